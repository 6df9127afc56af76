// What can be known of an application without asking any system.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "cloudflow/resource.h"
#include "planner/application/application.h"
#include "planner/project/project.h"
#include "planner/settings/effective_config.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// What a source asks for with stand-ins in place of everything that comes from outside. Good for checks only.
struct Offline {
  EffectiveConfig config{};
  std::vector<Resource> desired{};
};

/// Configures and renders one environment; what is wrong in the source goes into `problems`.
Offline check_offline(const SourceTree& tree, const Project& project, const Application& application,
                      Environment environment, Diagnostics& problems);

/// Every environment of the project, or the one of that name; what several of them share is said once. Gives the last.
Offline check_environments(const SourceTree& tree, const Project& project, const Application& application,
                           const std::string& only, Diagnostics& problems);

}  // namespace cloudflow
