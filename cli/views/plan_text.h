// A plan for people.
#pragma once

#include <string>

#include "cli/views/diagnostic_text.h"
#include "planner/plan/plan.h"

namespace cloudflow {

struct PlanTextOptions {
  Style style{false};
  bool full = false;  ///< also every field of what is created, and all of long values
  int width = 0;      ///< columns of the terminal; 0: lines are as long as they are
};

std::string plan_text(const Plan& plan, const FileText& file_text, const PlanTextOptions& options);

}  // namespace cloudflow
