// The plan of an application with six streamlets, in which everything happens that a plan can say.
#pragma once

#include "cli/views/plan_picture.h"
#include "planner/plan/plan.h"

namespace cloudflow::testing {

Plan sample_plan();
PlanPicture sample_picture();

}  // namespace cloudflow::testing
