#!/usr/bin/env bash
# Avro 1.12.1: a field's alias is silently ignored where the record's namespace differs, though the check says COMPATIBLE.
#
# Records meet by their name without namespace: a reader "new.Order" reads what a writer "old.Order" wrote, and SchemaCompatibility finds the
# writer's field "sum" for the reader's field "total" by its alias. The resolver that decodes the data renames the writer's schema first, and looks
# for aliases of fields by the record's full name, which is "old.Order" there. It finds none, so "total" is taken for a field that was not written:
# the value 42 in the data is skipped and the default 0 is returned, without an error. With the record alias "old.Order" it works.
# Source: org.apache.avro.Schema, applyAliases and getFieldAlias; org.apache.avro.SchemaCompatibility, lookupWriterField and schemaNameEquals.
set -euo pipefail
cd "$(dirname "$0")" && source support/avro.sh 1.12.1
cat > "$work/Finding.java" <<'J'
import java.io.ByteArrayOutputStream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;

public class Finding {
  static Schema parse(String text) { return new Schema.Parser().parse(text); }

  static void read(Schema reader, Schema writer, byte[] data) throws Exception {
    System.out.println(SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getType() + ": "
        + new GenericDatumReader<Object>(writer, reader).read(null, DecoderFactory.get().binaryDecoder(data, null)));
  }

  public static void main(String[] arguments) throws Exception {
    Schema writer = parse("{\"type\": \"record\", \"name\": \"old.Order\", \"fields\": [{\"name\": \"sum\", \"type\": \"int\"}]}");
    String fields = "\"fields\": [{\"name\": \"total\", \"type\": \"int\", \"aliases\": [\"sum\"], \"default\": 0}]}";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<Object>(writer).write(new GenericRecordBuilder(writer).set("sum", 42).build(), encoder);
    encoder.flush();
    read(parse("{\"type\": \"record\", \"name\": \"new.Order\", " + fields), writer, out.toByteArray());
    read(parse("{\"type\": \"record\", \"name\": \"new.Order\", \"aliases\": [\"old.Order\"], " + fields), writer, out.toByteArray());
  }
}
J
seen=$(run_java "$work/Finding.java")
echo "$seen"
expect 'COMPATIBLE: {"total": 0}
COMPATIBLE: {"total": 42}' "$seen"
