// What a plan may do: limits and protections of the environment, and what the user allowed by name.
#pragma once

#include <string>
#include <vector>

#include "planner/plan/plan.h"
#include "planner/project/project.h"

namespace cloudflow {

/// What this very run was allowed beyond the environment's policy.
struct Allowances {
  bool delete_all_topics = false;            ///< --delete-topics
  std::vector<std::string> delete_topics{};  ///< --delete-topic NAME
  std::vector<std::string> adopt{};          ///< "kind/name" as the user named it: taken over although it has no mark
  bool unsafe_order = false;                 ///< --allow-unsafe-order: roll out what no order makes safe
  bool drain = false;                        ///< --drain: what is given up is read to its end first
  bool unattended = false;                   ///< nobody watches (sync): what loses data waits for a person
};

/// Marks what may not be done as refused with the reason, and with it what waits for it and what only it reads; moves
/// topics that stay into the notes, and lists exceeded budgets as violations. Changes are ordered already.
void apply_policy(Plan& plan, const PolicySettings& policy, const Allowances& allowed);

/// Whether something that exists without this application's mark may be taken over: the policy or the user names it.
bool is_named_for_adoption(const ResourceId& id, const PolicySettings& policy, const Allowances& allowed);

}  // namespace cloudflow
