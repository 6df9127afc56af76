// A file that is one document: a project, a blueprint, a descriptor.
#pragma once

#include <optional>
#include <string_view>

#include "planner/config/read_config.h"

namespace cloudflow {

/// The content of a file by its ending: YAML, JSON, or HOCON with its includes. In YAML and JSON a key with dots is one
/// key. Nothing when it cannot be read; `problems` then says why.
std::optional<ConfigValue> read_document(const SourceTree& tree, std::string_view path,
                                         const EnvironmentLookup& environment, Diagnostics& problems);

}  // namespace cloudflow
