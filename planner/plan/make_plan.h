// The pipeline from desired resources to a plan.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stop_token>

#include "cloudflow/provider.h"
#include "planner/plan/plan.h"
#include "planner/project/project.h"

namespace cloudflow {

/// What the plan is made from.
struct PlanRequest {
  std::span<const Resource> desired{};
  Inventory inventory{};
  std::span<Provider* const> providers{};
  std::string application{};
  std::string groups{};  ///< with which names of consumer groups begin; empty: the application
  std::map<std::string, std::string> kafka_clusters{};  ///< bootstrap servers → name
  std::string commit{};                                 ///< of the source; empty outside git
  /// The ConfigMap with the contracts of what is deployed; empty: their order is not looked at.
  ResourceId contracts{};
  bool drain = false;                         ///< readers that are given up read to the end first
  std::span<const DriftRule> ignore_drift{};  ///< what others write there stays
  /// Looks at what differs before the systems are asked about it, and may say of a change that they were asked.
  std::function<void(std::span<Change>)> compared{};
};

/// Reads live state, compares, asks the systems, orders. Changes nothing. The result lacks only policy and headings.
Result<Plan> make_plan(const PlanRequest& request, std::stop_token stop);

}  // namespace cloudflow
