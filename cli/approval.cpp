// Whether a plan may be carried out.
#include "cli/approval.h"

#include <fmt/format.h>

#include "cli/views/layout.h"
#include "sdk/support/text.h"

namespace cloudflow {

bool is_approved(const Host& host, View& view, const Question& question, bool as_json) {
  if (!host.input_is_terminal || as_json) {
    view.error({ErrorKind::denied, "no terminal to confirm on: nothing was changed", std::nullopt,
                fmt::format("pass --yes to {} without being asked", question.verb)});
    return false;
  }
  std::string text = laid_out(question.text, host.error_width);
  if (!text.ends_with(' ')) text += ' ';  // which a line that is broken loses
  print_err(text);
  if (read_line() == question.answer) return true;
  view.note(question.otherwise);
  return false;
}

std::optional<ExitCode> why_not_applicable(View& view, const Plan& plan, bool is_shown) {
  if (!is_shown) {
    for (const Error& rejection : plan.rejections) view.error(rejection);
    for (const std::string& violation : plan.violations) view.error({ErrorKind::denied, violation});
  }
  // Programs read at the end that nothing was done.
  const auto summarize = [&] {
    if (is_shown) return;
    const int refused = count(plan).refused;
    view.outcome(plan, {.refused = refused, .skipped = static_cast<int>(plan.changes.size()) - refused});
  };
  if (!plan.rejections.empty()) {
    view.error({ErrorKind::invalid_input, "the plan holds changes that a server rejects: nothing was changed"});
    summarize();
    return ExitCode::failed;
  }
  if (!plan.violations.empty()) {
    view.error({ErrorKind::denied, "the plan is refused, for the reasons above: nothing was changed"});
    summarize();
    return ExitCode::refused;
  }
  return std::nullopt;
}

}  // namespace cloudflow
