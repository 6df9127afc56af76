#!/usr/bin/env bash
# Copies the jars of one version of Avro's Java library into DIR/lib and compiles the program that asks it, once.
# usage: fetch.sh DIR [VERSION]
set -euo pipefail
dir=${1:?usage: fetch.sh DIR [VERSION]} version=${2:-1.12.1}
here=$(dirname "$0")
key="$version $(sha256sum < "$here/AvroOracle.java")"
[[ $(cat "$dir/version" 2>/dev/null) == "$key" ]] && exit 0
rm -rf "$dir" && mkdir -p "$dir"
mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -Davro.version="$version" -DoutputDirectory="$(realpath "$dir")/lib" >&2
javac -cp "$dir/lib/*" -d "$dir/classes" "$here/AvroOracle.java"
echo "$key" > "$dir/version"
