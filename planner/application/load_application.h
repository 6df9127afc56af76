// From a project, or from a blueprint alone, to the proven application.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "planner/application/application.h"
#include "planner/application/verify.h"
#include "planner/blueprint/fields.h"
#include "planner/config/read_config.h"
#include "planner/project/project.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// Reads what the project names (the build's file, or blueprint and descriptors) and verifies it, and every environment
/// against it. All problems at once; nothing when there is an error, except where only environments have some.
std::optional<Application> load_application(const SourceTree& tree, const Project& project,
                                            const EnvironmentLookup& environment, Diagnostics& problems);

/// A blueprint without a project: images are not asked for.
std::optional<Application> load_blueprint(const SourceTree& tree, std::string_view path,
                                          std::span<const PlacedText> descriptors, const EnvironmentLookup& environment,
                                          Diagnostics& problems);

/// Only whether the file reads as a blueprint: no classes, no ports.
bool check_blueprint_syntax(const SourceTree& tree, std::string_view path, const EnvironmentLookup& environment,
                            Diagnostics& problems);

}  // namespace cloudflow
