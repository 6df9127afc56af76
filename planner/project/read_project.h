// cloudflow.yaml to Project.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "planner/config/read_config.h"
#include "planner/project/project.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// The project file in a folder of the tree: cloudflow.yaml, cloudflow.yml or cloudflow.conf; nothing when there is
/// none.
std::optional<std::string> find_project_file(const SourceTree& tree, std::string_view folder = "");

/// Reads the project file (YAML, or HOCON when it ends in .conf). References to values outside git stay as they are.
/// Nothing when the file cannot be read at all; mistakes inside it are in `problems` either way, all of them.
std::optional<Project> read_project(const SourceTree& tree, std::string_view path, const EnvironmentLookup& environment,
                                    Diagnostics& problems);

}  // namespace cloudflow
