// One entry of `environments:`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/blueprint/fields.h"
#include "planner/project/project.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// Where the files that a project names are.
struct ProjectPlace {
  const SourceTree* tree = nullptr;
  std::string folder{};  ///< of the project file
};

Environment read_environment(const std::string& name, const ConfigValue& value, const ProjectPlace& place,
                             Diagnostics& problems);

/// The path inside the tree, or "" and a mistake when it leaves it. A file that must exist and does not is a mistake
/// too.
std::string project_path(const PlacedText& path, std::string_view what, bool must_exist, const ProjectPlace& place,
                         Diagnostics& problems);

/// {a: {b: x}, "c.d": y} → a.b = x, c.d = y, in order.
std::vector<std::pair<std::string, ConfigValue>> flattened(const ConfigValue& value);

}  // namespace cloudflow
