// Holds a plan that was made anew to the one that was approved.
#pragma once

#include <string>
#include <vector>

#include "planner/plan/plan.h"
#include "planner/saved/change_digest.h"
#include "planner/saved/saved_plan.h"

namespace cloudflow {

/// What becomes of changes that are not the approved ones any more.
enum class MovedChanges {
  refused,  ///< they are not made
  planned,  ///< they are made as they are planned now
};

/// How the new plan differs from the approved one.
struct HeldTo {
  std::vector<ResourceId> moved{};  ///< changes that are other than approved, or were not in it at all
  std::vector<ResourceId> done{};   ///< approved changes that are not needed any more
  bool secrets_unchecked = false;   ///< of some change only what is not secret could be compared
};

/// Refuses in `plan` what is not approved, each with what moved and who moved it, and what was refused then. For the
/// policy to go on with, which refuses what waits for these.
HeldTo hold_to(const SavedPlan& approved, const Digester& digester, MovedChanges moved, Plan& plan);

}  // namespace cloudflow
