#!/usr/bin/env bash
# Flink 2.3.0, standalone-job: an argument that it does not know ends its own arguments, without a word. "--host", which 1.20 still had, turns all that
# follows into arguments of the program, --fromSavepoint too: the job starts from nothing, where the same call without --host fails because the savepoint
# does not exist. Source: org.apache.flink.container.entrypoint.StandaloneApplicationClusterConfigurationParserFactory has no --host since 2.0;
# commons-cli stops at the first argument that is no option. It is silent only where the program's main class is known otherwise: the jar names it.
# Needs pip, unzip and JDK 17; downloads 0.5 GB.
set -euo pipefail
version=2.3.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pip download -q --no-deps --only-binary :all: --python-version 3.9 --implementation cp --platform manylinux1_x86_64 --platform manylinux2014_x86_64 \
  -d "$work/scripts" "apache-flink==$version"
pip download -q --no-deps -d "$work/classes" "apache-flink-libraries==$version"
for wheel in "$work"/scripts/*.whl "$work"/classes/*.whl; do
  unzip -q -o "$wheel" 'pyflink/bin/*' 'pyflink/conf/*' 'pyflink/lib/*' -d "$work/x" 2>/dev/null || true
done
home=$work/x/pyflink
chmod +x "$home"/bin/*
mkdir -p "$home/usrlib" "$home/log" "$work/job"
cat > "$work/Count.java" <<'JAVA'
public class Count {
  public static void main(String[] arguments) throws Exception {
    System.out.println("PROGRAM GOT " + String.join(" ", arguments));
    var flink = org.apache.flink.streaming.api.environment.StreamExecutionEnvironment.getExecutionEnvironment();
    flink.fromSequence(0, Long.MAX_VALUE).print();
    flink.execute("count");
  }
}
JAVA
javac -cp "$home/lib/flink-dist-$version.jar" -d "$work/job" "$work/Count.java"
jar cfe "$home/usrlib/count.jar" Count -C "$work/job" .

# What standalone-job says within two minutes, until the job is running or has failed.
start() {
  local log=$1 pid end=$((SECONDS + 120))
  shift
  : > "$log"
  (cd "$home" && exec setsid "$home/bin/standalone-job.sh" start-foreground -Drest.port=0 -Drest.bind-port=0 -Djobmanager.rpc.port=0 "$@") > "$log" 2>&1 &
  pid=$!
  until grep -q 'switched from state CREATED to RUNNING\|FileNotFoundException' "$log" && grep -q 'PROGRAM GOT' "$log"; do
    [ $SECONDS -lt $end ] && kill -0 $pid 2> /dev/null || break
    sleep 1
  done
  sleep 5
  kill -9 -- -$pid 2> /dev/null || true
  wait $pid 2> /dev/null || true
}

start "$work/new" -Djobmanager.rpc.address=localhost --fromSavepoint file:/no/such/savepoint
start "$work/old" --host localhost --fromSavepoint file:/no/such/savepoint
echo "flink $version, without --host:"
grep -h 'PROGRAM GOT' "$work/new" || true
missing=$(grep -c 'Cannot find checkpoint or savepoint' "$work/new" || true)
echo "  lines that say that the savepoint does not exist: $missing"
echo "with --host localhost in front of --fromSavepoint:"
grep -h 'PROGRAM GOT' "$work/old" || true
swallowed=$(grep -c 'Cannot find checkpoint or savepoint' "$work/old" || true)
echo "  lines that say that the savepoint does not exist: $swallowed"
if [ "$missing" -gt 0 ] && [ "$swallowed" = 0 ] && grep -q 'PROGRAM GOT --host localhost --fromSavepoint' "$work/old"; then
  echo "as found: --fromSavepoint went to the program, and the job started from nothing"
else
  echo "changed" && exit 1
fi
