// The file that sbt or Maven built (a CloudflowApplication resource) to Application.
#pragma once

#include <optional>
#include <string_view>

#include "cloudflow/diagnostics.h"
#include "planner/application/application.h"
#include "planner/config/config_value.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// Reads the resource (docs/compatibility.md, Application file); descriptor versions 2 to 6. The build has verified the
/// blueprint, so wires are taken as they are; what cannot be deployed is an error. Members that nobody knows are
/// warnings. Nothing when there is an error.
std::optional<Application> read_application_json(const SourceTree& tree, std::string_view path, Diagnostics& problems);

/// The same for a parsed tree.
std::optional<Application> application_from(const ConfigValue& root, const SourceTree& tree, std::string_view path,
                                            Diagnostics& problems);

}  // namespace cloudflow
