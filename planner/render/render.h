// From the proven application to everything that should exist.
#pragma once

#include <string_view>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "cloudflow/resource.h"
#include "planner/application/application.h"
#include "planner/project/project.h"
#include "planner/settings/effective_config.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// Every Kubernetes object and Kafka topic that the application asks for in this environment, sorted by id, each value
/// with the place it comes from. `tree` is asked for templates/, kubernetes/*.yaml and the logback file below `folder`,
/// where cloudflow.yaml is. Asks no system. All mistakes go to `problems`; the result then holds what could be made.
std::vector<Resource> render(const Application& application, const Environment& environment,
                             const EffectiveConfig& config, const SourceTree& tree, Diagnostics& problems,
                             std::string_view folder = "");

/// The namespace that the application is deployed to.
std::string namespace_of(const Application& application, const Environment& environment);

}  // namespace cloudflow
