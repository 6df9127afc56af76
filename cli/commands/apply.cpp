// `cloudflow apply`: shows the plan, asks, and makes it so.
#include <CLI/CLI.hpp>

#include "cli/apply_plan.h"
#include "cli/approval.h"
#include "cli/commands/commands.h"
#include "cli/pipeline/plans.h"
#include "cli/steps.h"

namespace cloudflow {
namespace {

struct ApplyOptions {
  SourceOptions source{};
  Allowances allowed{};
  ExecuteOptions execute{};
  int deadline_seconds = 300;
  int lock_timeout_seconds = lock_patience.count();
  bool yes = false;
  bool json = false;
  bool full = false;
};

const Question question{.text = "\nApply these changes? Only \"yes\" is taken as agreement: ",
                        .answer = "yes",
                        .verb = "apply",
                        .otherwise = "Not applied: nothing was changed."};

/// Nothing where it has to be done again.
std::optional<ExitCode> apply_once(const ApplyOptions& options, const Host& host, View& view) {
  std::optional<ToChange> to_change = read_to_change(options.source, host, view);
  if (!to_change) return ExitCode::failed;
  auto& [source, access, proven] = *to_change;
  Outside& outside = **access;
  begin_locking(outside, std::chrono::seconds(options.lock_timeout_seconds), view);
  std::optional<Desired> desired = shown(read_desired(source, access, std::move(proven), host.finish), view);
  if (!desired) return without_plan(host);
  std::optional<Planned> planned = shown(plan_desired(source, outside, *desired, options.allowed, host.finish), view);
  if (!planned) return without_plan(host);
  const Run run(host, view, outside, source.application.id, std::move(desired->resources), *std::move(planned));
  if (!options.json) view.plan(run.plan);
  if (auto code = why_not_applicable(view, run.plan, !options.json)) return code;
  if (!has_changes(run.plan)) return finish_without_changes(run, options.execute, options.json);
  if (!options.yes && !is_approved(host, view, question, options.json)) return ExitCode::failed;
  return apply_plan_or_plan_again(run, options.execute);
}

ExitCode run_apply(ApplyOptions& options, const Host& host) {
  options.execute.deadline = std::chrono::seconds(options.deadline_seconds);
  const std::unique_ptr<View> view =
      options.json ? make_json_view(JsonAnswer::events) : make_text_view(host, {.full = options.full});
  while (true) {
    if (const std::optional<ExitCode> code = apply_once(options, host, *view)) return *code;
    view->note("Another run has deployed the application since this was planned; planning again.");
  }
}

}  // namespace

void add_apply(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<ApplyOptions>();
  CLI::App* command = app.add_subcommand("apply", "Make it so; an interrupted apply is continued by the next");
  add_source_options(*command, options->source, true);
  add_allowances(*command, options->allowed);
  command->add_flag("-y,--yes", options->yes, "Do not ask");
  add_json(*command, options->json, "one JSON object per event on stdout");
  command->add_flag("--full", options->full, "Show every field of what is created and every line that changes");
  add_time(*command, "--deadline", options->deadline_seconds, "Time that one change may take until it is ready");
  command->add_option("--concurrency", options->execute.workers, "Changes written at once (default: 32)")
      ->type_name("N")
      ->check(CLI::Range(1, 256).description(""));
  add_lock_timeout(*command, options->lock_timeout_seconds);
  command->callback([options, &host, &exit] { exit = run_apply(*options, host); });
}

}  // namespace cloudflow
