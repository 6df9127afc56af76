// Computes Resource::after: which resources must be ready before each one.
#pragma once

#include <vector>

#include "cloudflow/resource.h"
#include "planner/application/application.h"
#include "planner/settings/effective_config.h"

namespace cloudflow {

/// Fills Resource::after: namespace → accounts, roles, pull secret → topics → secrets → services → workloads. A
/// workload waits only for the topics its own ports use, its own and the shared Secrets, the account and what binds it.
void link_resources(std::vector<Resource>& resources, const Application& application, const EffectiveConfig& config);

}  // namespace cloudflow
