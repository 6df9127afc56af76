// A plan as one page for a browser.
#pragma once

#include <string>

#include "cli/views/diagnostic_text.h"
#include "cli/views/plan_picture.h"
#include "planner/plan/plan.h"

namespace cloudflow {

/// A file that needs nothing else: no request leaves it, and its policy allows no script but its own. The same plan
/// gives the same bytes.
std::string plan_html(const Plan& plan, const FileText& file_text, PlanPicture picture);

}  // namespace cloudflow
