// The formats of schemas, by name and by file ending.
#include "planner/schema/schema_format.h"

namespace cloudflow {

std::optional<SchemaFormat> schema_format(std::string_view name) {
  if (name == "avro") return SchemaFormat::avro;
  if (name == "proto" || name == "protobuf") return SchemaFormat::protobuf;
  if (name == "json" || name == "jsonschema" || name == "json-schema") return SchemaFormat::json;
  if (name == "bytearray") return SchemaFormat::bytes;
  return std::nullopt;
}

std::string_view name_of(SchemaFormat format) {
  switch (format) {
    case SchemaFormat::avro:
      return "avro";
    case SchemaFormat::protobuf:
      return "proto";
    case SchemaFormat::json:
      return "json";
    case SchemaFormat::bytes:
      break;
  }
  return "bytearray";
}

std::optional<SchemaFormat> schema_format_of_file(std::string_view path) {
  if (path.ends_with(".avsc")) return SchemaFormat::avro;
  if (path.ends_with(".proto")) return SchemaFormat::protobuf;
  if (path.ends_with(".json")) return SchemaFormat::json;
  return std::nullopt;
}

}  // namespace cloudflow
