// The ConfigMap that keeps which schema every port uses, for the plan of the next roll-out.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "cloudflow/diagnostics.h"
#include "cloudflow/resource.h"
#include "planner/application/application.h"
#include "planner/settings/effective_config.h"

namespace cloudflow {

/// `cloudflow-<application>-contracts` in the application's namespace.
ResourceId contracts_id(const Application& application, const std::string& ns);

/// The contracts of all ports that are on a topic, and the workloads among `resources` that run their streamlets.
/// It comes after all workloads, so that a roll-out that did not end leaves the old contracts there. Nothing when no
/// port is on a topic; a warning when the schemas are too large for one object. Ports without a schema are kept, too:
/// the next plan has to know who read and who wrote.
std::optional<Resource> contracts_map(const Application& application, const EffectiveConfig& config,
                                      const std::string& ns, std::span<const Resource> resources,
                                      Diagnostics& problems);

}  // namespace cloudflow
