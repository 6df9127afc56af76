// The contract of a port, as a descriptor or a blueprint names it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"
#include "planner/schema/port_schema.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// Where schema files are looked for: next to the file that names them, then in the project's folder.
struct SchemaSource {
  const SourceTree* tree = nullptr;
  std::string beside{};
  std::string folder{};
  /// Files read before, by format, name and path: many ports share a schema.
  using Known = std::map<std::string, PortSchema>;
  std::shared_ptr<Known> known = std::make_shared<Known>();
};

/// Text is the path of a schema file (*.avsc, *.proto, *.json); an object is {name, schema, fingerprint, format} as
/// builds write it, {path or text, format, name}, or an Avro schema itself (it has "type"). `owner` names the port in
/// messages.
std::optional<PortSchema> read_port_schema(const ConfigValue& value, std::string_view owner, const SchemaSource& place,
                                           Diagnostics& problems);

}  // namespace cloudflow
