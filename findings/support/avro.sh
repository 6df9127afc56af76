# Sourced by findings about Avro: the jars of one version of its Java library.
# usage: source support/avro.sh VERSION; then `run_java FILE` runs a program with its jars.
version=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/pom.xml" <<P
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>avro</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.apache.avro</groupId><artifactId>avro</artifactId><version>$version</version></dependency>
</dependencies></project>
P
mvn -q -B -f "$work/pom.xml" dependency:copy-dependencies -DoutputDirectory="$work/lib" >&2

run_java() { java -cp "$work/lib/*" "$1" 2> "$work/java.log" || { grep -v SLF4J "$work/java.log" | tail -n 20 >&2; return 1; }; }
# expect TEXT SEEN: ends the finding where what was seen is not what the finding says.
expect() { diff <(echo "$1") <(echo "$2") > "$work/diff" || { echo "This has changed ( < then, > now):"; cat "$work/diff"; exit 1; }; }
