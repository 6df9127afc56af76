// The contracts of what is deployed and of what is asked for, and what their difference means for a plan.
#pragma once

#include <span>
#include <vector>

#include "planner/plan/plan.h"
#include "planner/plan/roll_order.h"

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

/// The order that the schemas ask for. Notes, reasons against every order, and what is waited for without being changed
/// go to the plan; there is no order to keep when none is safe. `other_begun`: an apply of something else did not end.
std::vector<RollWait> order_roll_out(const ContractsInPlan& contracts, std::span<const Change> changes,
                                     bool other_begun, Plan& plan);

}  // namespace cloudflow
