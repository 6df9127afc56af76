// A schema file as the contract of a port.
#pragma once

#include <string>
#include <string_view>

#include "planner/schema/avro/avro_fingerprint.h"
#include "planner/schema/port_schema.h"
#include "planner/schema/schema_format.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// Where the other files that a schema names are looked for: in the folder of `path`, then in each folder above it.
struct SchemaSurroundings {
  const SourceTree* tree = nullptr;  ///< null: nowhere
  std::string path{};                ///< of the schema itself, or of the file that its text stands in
};

/// What one schema says of itself.
struct SchemaFacts {
  std::string name{};       ///< full name of the type, or what comes closest
  std::string text{};       ///< without comments and blanks, with all that a reader needs
  std::string canonical{};  ///< Avro: parsing canonical form; Protobuf: .proto in one order; JSON: compact, keys sorted
  std::string contract{};   ///< canonical with everything that matters: Avro defaults, aliases, logical types
  std::vector<std::string> warnings{};
  std::vector<std::string> not_found{};  ///< other files that it names and that are not there
};

/// Parses and proves the schema. `file` stands in errors, and names a JSON Schema that has no name.
Result<SchemaFacts> schema_facts(SchemaFormat format, std::string_view text, std::string_view file,
                                 const SchemaSurroundings& around = {});

/// The fingerprint of a canonical or contract form: hex, or for CRC-64-AVRO the number in hex (16 digits).
std::string schema_fingerprint(std::string_view form, FingerprintAlgorithm algorithm);

/// Reads a schema by its ending (.avsc, .proto, .schema.json, .json). The fingerprint is the base64 SHA-256 of the
/// canonical form, as Cloudflow 2's builds write it for Avro.
Result<PortSchema> read_schema_file(const SourceTree& tree, std::string_view path);

/// Same for text that is not a file of a tree.
Result<PortSchema> port_schema(SchemaFormat format, std::string_view text, std::string_view file);

/// What facts become.
PortSchema port_schema(SchemaFormat format, SchemaFacts facts);

}  // namespace cloudflow
