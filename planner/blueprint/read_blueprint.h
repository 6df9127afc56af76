// Blueprint file to Blueprint.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "planner/blueprint/blueprint.h"
#include "planner/config/read_config.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// Reads a blueprint, HOCON or YAML by its ending. Schema files that it names are looked for next to it, then in
/// `folder`. Nothing when it cannot be read as a blueprint at all; mistakes inside it are in `problems` either way.
std::optional<Blueprint> read_blueprint(const SourceTree& tree, std::string_view path, std::string_view folder,
                                        const EnvironmentLookup& environment, Diagnostics& problems);

/// The same for a tree that is already parsed; `path` is the file it came from.
std::optional<Blueprint> blueprint_from(const ConfigValue& root, const SourceTree& tree, std::string_view path,
                                        std::string_view folder, Diagnostics& problems);

/// What `blueprint.connections` of version 1 is called today: the text of a `topics` section in HOCON.
std::string migrate_connections(const ConfigValue& connections);

}  // namespace cloudflow
