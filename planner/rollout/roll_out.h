// The contracts of what is deployed and of what is asked for, and what their difference means for a plan.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "planner/rollout/readers.h"
#include "planner/rollout/roll_order.h"

namespace cloudflow {

/// The record of contracts, as it is and as it will be; read only when it changes.
struct ContractsInPlan {
  const Resource* desired = nullptr;  ///< null: there will be none
  std::string live{};                 ///< the object's text; empty when what is deployed has no record
  std::string groups{};               ///< with which names of consumer groups begin
};

/// Looks for the record `id` among what is asked for and what exists. `desired` must outlive the result.
ContractsInPlan find_contracts(const ResourceId& id, std::span<const Resource> desired, std::span<const Live> live);

/// The ports of what is deployed, as far as they are recorded.
std::vector<DeployedPort> deployed_ports(const ContractsInPlan& contracts);

/// What the schemas ask of a plan. Where no order is safe it has `conflicts`, and nothing waits.
struct RollOutPlan {
  std::vector<RollWait> waits{};  ///< for changes of this plan
  /// Change → what does not change and has to be ready before it starts.
  std::map<ResourceId, std::vector<ResourceId>> awaits{};
  /// Those of `awaits` that have to read to their end: what --allow-unsafe-order does not wait for.
  std::set<ResourceId> drains{};
  std::vector<std::string> conflicts{};  ///< why no order is safe
  std::vector<std::string> notes{};
};

/// The order that the schemas ask for. `other_begun`: an apply of something else did not end.
RollOutPlan order_roll_out(const ContractsInPlan& contracts, std::span<const Change> changes, bool other_begun);

/// Tells `readers` which ports read and write, as it is recorded or, where nothing is recorded yet, asked for: after an
/// adoption, of an application whose version of cloudflow recorded no ports without a schema, or of a port that is new.
void add_ports(const ContractsInPlan& contracts, std::span<const Resource> desired, Readers& readers);

}  // namespace cloudflow
