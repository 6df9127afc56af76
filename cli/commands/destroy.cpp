// `cloudflow destroy`: removes what the application owns; topics only when asked.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/apply_plan.h"
#include "cli/approval.h"
#include "cli/commands/commands.h"
#include "cli/pipeline/plans.h"
#include "cli/steps.h"

namespace cloudflow {
namespace {

struct DestroyOptions {
  SourceOptions source{};
  Allowances allowed{};
  ExecuteOptions execute{};
  int deadline_seconds = 300;
  int lock_timeout_seconds = lock_patience.count();
  bool yes = false;
  bool json = false;
};

Question question_for(const std::string& application) {
  return {.text = fmt::format("\nRemove all of this? Type the application's name ({}) to agree: ", application),
          .answer = application,
          .verb = "destroy",
          .otherwise = "Not destroyed: nothing was changed."};
}

ExitCode run_destroy(DestroyOptions& options, const Host& host) {
  options.execute.deadline = std::chrono::seconds(options.deadline_seconds);
  const std::unique_ptr<View> view = options.json ? make_json_view(JsonAnswer::events) : make_text_view(host, {});
  std::optional<ToChange> to_change = read_to_change(options.source, host, *view);
  if (!to_change) return ExitCode::failed;
  auto& [source, access, proven] = *to_change;
  Outside& outside = **access;
  begin_locking(outside, std::chrono::seconds(options.lock_timeout_seconds), *view);
  const std::optional<Desired> desired = shown(read_desired(source, access, std::move(proven), host.finish), *view);
  if (!desired) return ExitCode::failed;
  std::optional<Planned> planned = shown(plan_removal(source, outside, *desired, options.allowed, host.finish), *view);
  if (!planned) return ExitCode::failed;
  const Run run(host, *view, outside, source.application.id, {}, *std::move(planned));
  if (!options.json) view->plan(run.plan);
  if (const auto code = why_not_applicable(*view, run.plan, !options.json)) return *code;
  if (has_changes(run.plan)) {
    if (!options.yes && !is_approved(host, *view, question_for(run.application), options.json)) return ExitCode::failed;
    const ExitCode code = apply_plan(run, options.execute, LockAfter::kept);
    if (code != ExitCode::ok) return code;
  } else if (count(run.plan).refused > 0) {
    return report_no_changes(run, options.json);  // what is protected keeps its record
  }
  if (!outside.has_lock()) return end_without_lock(run);
  if (const ExitCode code = await_end_of_pods(run, options.execute); code != ExitCode::ok) return code;
  return forget_application(run) ? ExitCode::ok : ExitCode::partly;
}

}  // namespace

void add_destroy(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<DestroyOptions>();
  CLI::App* command = app.add_subcommand("destroy", "Remove what the application owns; topics stay unless named");
  add_source_options(*command, options->source, true);
  add_allowances(*command, options->allowed);
  command->remove_option(command->get_option("--allow-unsafe-order"));  // nothing is rolled out
  command->add_flag("-y,--yes", options->yes, "Do not ask");
  add_json(*command, options->json, "one JSON object per event on stdout");
  add_time(*command, "--deadline", options->deadline_seconds, "Time that one removal may take");
  add_lock_timeout(*command, options->lock_timeout_seconds);
  command->callback([options, &host, &exit] { exit = run_destroy(*options, host); });
}

}  // namespace cloudflow
