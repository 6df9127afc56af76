// `cloudflow plan`: what would change, why, and what it risks.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/approval.h"
#include "cli/commands/commands.h"
#include "cli/commands/plan_reports.h"
#include "cli/commands/shell_word.h"
#include "cli/pipeline/left_behind.h"
#include "cli/pipeline/plans.h"
#include "cli/pipeline/record.h"
#include "cli/pipeline/saved_plans.h"
#include "cli/steps.h"
#include "cli/views/status_view.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct PlanOptions {
  SourceOptions source{};
  Allowances allowed{};
  PlanReports reports{};
  bool detailed_exit_code = false;
  bool full = false;
  std::string out{};   ///< the file for the saved plan
  std::string sign{};  ///< the file with the key that signs it
};

/// Writes the plan down for `apply FILE`.
Result<SavedPlan> save_to(const PlanOptions& options, const Source& source, Outside& outside, const ToSave& plan,
                          const Host& host) {
  CF_TRY(SavedPlan saved, save(source, outside, plan, options.allowed, host.finish));
  if (!options.sign.empty()) CF_CHECK(sign(saved, options.sign));
  CF_CHECK(write_saved_plan(options.out, text_of(saved)));
  return saved;
}

/// False where it could not be saved, which is said.
bool is_saved(const PlanOptions& options, const Source& source, Outside& outside, const ToSave& plan, const Host& host,
              View& view) {
  const Result<SavedPlan> saved = save_to(options, source, outside, plan, host);
  if (!saved) {
    view.error(saved.error());
    return false;
  }
  view.note(fmt::format("Saved the plan in {0}. To apply exactly this: cloudflow apply {0}", shell_word(options.out)));
  if (!saved->source.is_commit())
    view.note("No commit has all that it was made of: it can only be applied in this folder, as it is now.");
  return true;
}

ExitCode show_plan(const PlanOptions& options, const Host& host, ReportView* view) {
  if (!options.out.empty()) remove_saved_plan(options.out);
  const std::optional<Source> source = read_source(options.source, host, *view);
  if (!source) return without_plan(host);
  Access access = connect(*source, host);
  if (access) (*access)->look_for_other_run();
  std::optional<Desired> desired = shown(read_desired(*source, access, std::nullopt, host.finish), *view);
  if (!desired) return without_plan(host);
  if (view->draws()) view->draw(picture_of(source->application, desired->config));
  Outside& outside = **access;
  const auto of_other_runs = [&](const Plan&, const Inventory& record) -> Result<PlanAdditions> {
    PlanAdditions out;
    if (const std::optional<LockSeen> other = outside.other_run(); other && !other->is_dead) {
      view->note(fmt::format("{}: this plan is of what is there now.", text_of(*other)));
    } else if (was_interrupted(record) && string_at(record.last, {"command"}) != "destroy") {
      out.notes.emplace_back("the last apply was not completed: the next one also waits until everything is ready");
    }
    return out;
  };
  Compared compared;
  PlanHooks hooks{.more = of_other_runs};
  if (!options.out.empty())
    hooks.compared = [&](std::span<Change> changes) { compared = digests_of(changes, digester_of(outside)); };
  std::optional<Planned> planned =
      shown(plan_desired(*source, outside, *desired, options.allowed, host.finish, hooks), *view);
  leave_behind(std::move(desired));
  if (!planned) return without_plan(host);
  const Plan& plan = planned->plan;
  view->plan(plan);
  if (!options.out.empty() && !is_saved(options, *source, outside, {*planned, compared}, host, *view))
    return without_plan(host);
  if (const auto code = why_not_applicable(*view, plan)) return *code;
  if (!options.detailed_exit_code) return ExitCode::ok;
  // As apply would end: what is refused is not done, whatever else is.
  if (count(plan).refused > 0) return ExitCode::refused;
  return has_changes(plan) || !plan.takes_over.empty() ? ExitCode::changes : ExitCode::ok;
}

ExitCode run_plan(const PlanOptions& options, const Host& host) {
  const std::unique_ptr<ReportView> view = report_view(options.reports, host, {.full = options.full}, options.source);
  return write_reports(*view, show_plan(options, host, view.get()));
}

}  // namespace

void add_plan(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<PlanOptions>();
  CLI::App* command = app.add_subcommand("plan", "Show what would change, why, and what it risks");
  add_source_options(*command, options->source, true);
  add_allowances(*command, options->allowed);
  add_plan_reports(*command, options->reports);
  command
      ->add_option("--out", options->out,
                   "Save the plan in this file; `cloudflow apply FILE` applies exactly that, or says what has moved")
      ->type_name("FILE")
      ->check(why_empty, "");
  command->add_option("--sign", options->sign, "Sign the saved plan with this Ed25519 private key (PEM)")
      ->type_name("KEY")
      ->check(why_empty, "")
      ->needs("--out");
  command->add_flag("--detailed-exitcode", options->detailed_exit_code,
                    "Exit 3 when something is refused, else 2 when there are changes, 0 when there are none");
  command->add_flag("--unattended", options->allowed.unattended,
                    "Plan as sync does: what loses data, or starts what somebody stopped, is refused and waits for a "
                    "person");
  command->add_flag("--full", options->full, "Show every field of what is created and every line that changes");
  command->callback([options, &host, &exit] { exit = run_plan(*options, host); });
}

}  // namespace cloudflow
