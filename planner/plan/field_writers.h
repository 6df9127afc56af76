// Which commits brought the changes of a plan.
#pragma once

#include "planner/plan/plan.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// Fills Plan::writers for the fields that the source changes. Says nothing where the tree has no history.
void find_writers(Plan& plan, const SourceTree& tree);

}  // namespace cloudflow
