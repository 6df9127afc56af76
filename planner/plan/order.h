// The order of changes: what waits for what.
#pragma once

#include <span>
#include <vector>

#include "cloudflow/change.h"
#include "planner/rollout/roll_order.h"

namespace cloudflow {

/// Fills Change::after and sorts the changes so that each comes after those it waits for; otherwise by id.
/// What is made or updated waits as its resources say (through unchanged resources too). What is removed goes in the
/// opposite direction, by Traits::removal_rank: workloads first, then what they used, and never before the workloads
/// that stop using it are updated. `waits` come on top. A cycle is an error that names it.
Result<std::vector<Change>> order_changes(std::vector<Change> changes, std::span<const Resource> desired,
                                          std::span<const RollWait> waits = {});

}  // namespace cloudflow
