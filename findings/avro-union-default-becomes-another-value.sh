#!/usr/bin/env bash
# Avro 1.12.1: the legal default 1.5 of a field of type ["int", "double"] is read as 1.
#
# As of 1.12 the default of a union may be a value of any branch, and the parser accepts 1.5 for ["int", "double"]. A reader that needs the default
# does not take the branch that the value belongs to but the first one whose JSON type fits: "int", because 1.5 is a number too, and writes it as an
# int. Nothing warns. For ["long", "double"] it is the same.
# Source: org.apache.avro.io.parsing.ResolvingGrammarGenerator, encode and isCompatible; org.apache.avro.Schema, isValidDefault.
set -euo pipefail
cd "$(dirname "$0")" && source support/avro.sh 1.12.1
cat > "$work/Finding.java" <<'J'
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;

public class Finding {
  static void read(String type) throws Exception {
    Schema writer = new Schema.Parser().parse("{\"type\": \"record\", \"name\": \"R\", \"fields\": []}");
    Schema reader = new Schema.Parser().parse(
        "{\"type\": \"record\", \"name\": \"R\", \"fields\": [{\"name\": \"rate\", \"type\": " + type + ", \"default\": 1.5}]}");
    System.out.println(type + ", " + SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getType() + ": "
        + new GenericDatumReader<Object>(writer, reader).read(null, DecoderFactory.get().binaryDecoder(new byte[0], null)));
  }

  public static void main(String[] arguments) throws Exception {
    read("[\"double\", \"int\"]");
    read("[\"int\", \"double\"]");
    read("[\"long\", \"double\"]");
  }
}
J
seen=$(run_java "$work/Finding.java")
echo "$seen"
expect '["double", "int"], COMPATIBLE: {"rate": 1.5}
["int", "double"], COMPATIBLE: {"rate": 1}
["long", "double"], COMPATIBLE: {"rate": 1}' "$seen"
