// The formats of schemas, by name and by file ending.
#pragma once

#include <optional>
#include <string_view>

namespace cloudflow {

enum class SchemaFormat { avro, protobuf, json, bytes };

/// The format that a descriptor calls "avro", "proto" or "protobuf", "json", "jsonschema" or "json-schema",
/// "bytearray".
std::optional<SchemaFormat> schema_format(std::string_view name);

/// As descriptors write it: "avro", "proto", "json", "bytearray".
std::string_view name_of(SchemaFormat format);

/// By the ending: .avsc, .proto, .json; nothing for any other.
std::optional<SchemaFormat> schema_format_of_file(std::string_view path);

}  // namespace cloudflow
