# Sourced by findings about Kafka: a broker (KRaft, one node) on loopback from the jars of one version.
# usage: source support/kafka.sh VERSION; then $bootstrap is its address and `run_java FILE` runs a program with its jars.
set -euo pipefail
version=$1
work=$(mktemp -d)
broker=
finish() {
  if [[ -n $broker ]]; then kill "$broker" 2> /dev/null && wait "$broker" 2> /dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

cat > "$work/pom.xml" <<P
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
</dependencies></project>
P
mvn -q -B -f "$work/pom.xml" dependency:copy-dependencies -DoutputDirectory="$work/lib" >&2
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
bootstrap=127.0.0.1:$(free_port) controller=127.0.0.1:$(free_port)
cat > "$work/server.properties" <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@$controller
listeners=PLAINTEXT://$bootstrap,CONTROLLER://$controller
controller.listener.names=CONTROLLER
log.dirs=$work/data
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
P
java -cp "$work/lib/*" kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c "$work/server.properties" > "$work/format.log" 2>&1
java -Xmx512m -cp "$work/lib/*" kafka.Kafka "$work/server.properties" > "$work/broker.log" 2>&1 &
broker=$!

# run_java FILE: a Java source file with the broker's address as its argument; the client waits until the broker answers.
run_java() { java -cp "$work/lib/*" "$1" "$bootstrap" 2> "$work/java.log" || { grep -v SLF4J "$work/java.log" | tail -n 20 >&2; return 1; }; }
# expect TEXT SEEN: ends the finding where what was seen is not what the finding says.
expect() { diff <(echo "$1") <(echo "$2") > "$work/diff" || { echo "This has changed ( < then, > now):"; cat "$work/diff"; exit 1; }; }
