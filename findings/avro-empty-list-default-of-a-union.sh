#!/usr/bin/env bash
# Avro 1.12.1: a reader whose field has a union with an array and the legal default [] cannot read records that lack the field.
#
# The schema parses, and SchemaCompatibility calls the pair compatible. Reading ends with AvroRuntimeException "Not an array: [...]": the fast reader,
# which 1.12 uses unless org.apache.avro.fastread is false, makes an empty list by the schema of the field, which is the union and has no element type.
# A list that is not empty, or an empty map, is read. With the older reader, and with 1.11.4, whose default that is, [] is read as well.
# Source: org.apache.avro.io.FastReaderBuilder, getDefaultingStep; org.apache.avro.generic.GenericData, newArray.
set -euo pipefail
cd "$(dirname "$0")"
source support/avro.sh 1.12.1
cat > "$work/Finding.java" <<'J'
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;

public class Finding {
  static void read(boolean fast, String type, String value) throws Exception {
    Schema writer = new Schema.Parser().parse("{\"type\": \"record\", \"name\": \"R\", \"fields\": []}");
    Schema reader = new Schema.Parser().parse("{\"type\": \"record\", \"name\": \"R\", \"fields\": [{\"name\": \"f\", \"type\": " + type
        + ", \"default\": " + value + "}]}");
    GenericData data = new GenericData();
    data.setFastReaderEnabled(fast);
    Object seen;
    try {
      seen = new GenericDatumReader<Object>(writer, reader, data).read(null, DecoderFactory.get().binaryDecoder(new byte[0], null));
    } catch (org.apache.avro.AvroRuntimeException e) {
      seen = e.getMessage();
    }
    System.out.println((fast ? "fast " : "older ") + value + ", " + SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getType() + ": " + seen);
  }

  public static void main(String[] arguments) throws Exception {
    System.out.println("fast by default: " + new GenericData().isFastReaderEnabled());
    String list = "[{\"type\": \"array\", \"items\": \"int\"}, \"null\"]";
    read(true, list, "[]");
    read(true, list, "[1]");
    read(true, "[{\"type\": \"map\", \"values\": \"int\"}, \"null\"]", "{}");
    read(false, list, "[]");
  }
}
J
seen=$(run_java "$work/Finding.java")
echo "$seen"
expect 'fast by default: true
fast [], COMPATIBLE: Not an array: [{"type":"array","items":"int"},"null"]
fast [1], COMPATIBLE: {"f": [1]}
fast {}, COMPATIBLE: {"f": {}}
older [], COMPATIBLE: {"f": []}' "$seen"
