// Workloads that a run has removed and whose pods it has not seen end: the record names them for the next run.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "cloudflow/change.h"
#include "cloudflow/resource.h"

namespace cloudflow {

/// The member of Inventory::last that holds them.
inline constexpr const char* ending_member = "ending";

/// Those that a record names.
std::vector<ResourceId> ending_workloads(const Inventory& record);

/// The member anew, null where there are none: those that were recorded, and those that `changes` remove, without what
/// is asked for again.
Json record_of_ending(const Inventory& before, std::span<const Change> changes, const std::set<ResourceId>& asked_for);

/// What KubernetesProvider::readiness is asked: "ready" when no pod runs any more of the workloads that the record
/// names and that are gone.
ResourceId ending_pods(const std::string& ns);

}  // namespace cloudflow
