// `cloudflow destroy`: removes what the application owns; topics only when asked.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/apply_plan.h"
#include "cli/commands/commands.h"

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
  Session session(host, *view, options.source);
  if (!open_to_change(session, std::chrono::seconds(options.lock_timeout_seconds))) return ExitCode::failed;
  const std::optional<Plan> plan = session.plan_removal(options.allowed);
  if (!plan) return ExitCode::failed;
  if (!options.json) view->plan(*plan);
  if (const auto code = why_not_applicable(session, *plan, !options.json)) return *code;
  if (has_changes(*plan)) {
    if (!options.yes && !is_approved(session, options.json, question_for(session.application().id)))
      return ExitCode::failed;
    const ExitCode code = apply_plan(session, *plan, options.execute, LockAfter::kept);
    if (code != ExitCode::ok) return code;
  } else if (count(*plan).refused > 0) {
    return report_no_changes(session, *plan, options.json);  // what is protected keeps its record
  }
  if (!has_lock(session)) return end_without_lock(session);
  if (const ExitCode code = await_end_of_pods(session, *plan, options.execute); code != ExitCode::ok) return code;
  return forget_application(session) ? ExitCode::ok : ExitCode::partly;
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
