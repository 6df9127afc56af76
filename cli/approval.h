// Whether a plan may be carried out: the user's word, and what stands against it.
#pragma once

#include <optional>
#include <string>

#include "cli/exit_code.h"
#include "cli/host.h"
#include "cli/views/view.h"
#include "planner/plan/plan.h"

namespace cloudflow {

/// What is asked before anything is changed.
struct Question {
  std::string text{};
  std::string answer{};     ///< the only one that is taken as agreement
  std::string verb{};       ///< "apply"
  std::string otherwise{};  ///< said to any other answer
};
/// Whether the user agrees. Without a terminal nobody can be asked, which is an error that names --yes.
bool is_approved(const Host& host, View& view, const Question& question, bool as_json = false);

/// The exit code for a plan that must not be applied; nothing when it may. Says the reasons too where the plan was not
/// shown.
std::optional<ExitCode> why_not_applicable(View& view, const Plan& plan, bool is_shown = true);

}  // namespace cloudflow
