// `cloudflow sync`: keeps an environment at a branch: once, or again and again.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/apply_plan.h"
#include "cli/approval.h"
#include "cli/commands/commands.h"
#include "cli/commands/install_hook.h"
#include "cli/pipeline/plans.h"
#include "cli/pipeline/record.h"
#include "cli/steps.h"
#include "cli/views/unrepeated_view.h"
#include "sdk/support/clock.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct SyncOptions {
  SourceOptions source{};
  Allowances allowed{};
  ExecuteOptions execute{};
  std::string branch = "main";
  int interval_seconds = 30;
  int deadline_seconds = 300;
  int lock_timeout_seconds = 600;
  bool once = false;
  bool json = false;
};

/// Whether the branch has another commit than the one that was planned: another push came while we waited for the lock
/// or planned, and what it brought may be deployed already.
bool has_moved(const SyncOptions& options, const Host& host, const Plan& plan) {
  const Result<std::unique_ptr<SourceTree>> now = open_source(source_request(options.source, host));
  if (!now) return false;
  const Result<Revision> tip = (*now)->revision();
  return tip && tip->commit != plan.revision.commit;
}

/// One round: fetch, plan, apply what policy allows. `seen` is the commit that was last reported as up to date. Nothing
/// when the branch moved meanwhile, or nothing could be locked, so that another round is due at once.
std::optional<ExitCode> sync_round(const SyncOptions& options, const Host& host, View& view, std::string& seen,
                                   std::chrono::steady_clock::time_point lock_deadline) {
  const auto patience =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::max(lock_deadline - real_clock().now(), {}));
  std::optional<ToChange> to_change = read_to_change(options.source, host, view);
  if (!to_change) return ExitCode::failed;
  auto& [source, access, proven] = *to_change;
  Outside& outside = **access;
  begin_locking(outside, patience, view);
  std::optional<Desired> desired = shown(read_desired(source, access, std::move(proven), host.finish), view);
  if (!desired) return ExitCode::failed;
  std::optional<Planned> planned = shown(plan_desired(source, outside, *desired, options.allowed, host.finish), view);
  if (!planned) return ExitCode::failed;
  Run run(host, view, outside, source.application.id, std::move(desired->resources), *std::move(planned));
  run.command = "sync";
  // Under the lock: whoever pushes from here on finds it taken, and waits.
  if (has_changes(run.plan) && has_moved(options, host, run.plan)) {
    outside.cluster().lock().give_back();
    return std::nullopt;
  }
  // Everything was ready once with this commit: what fails later is not for this command to wait for.
  const bool is_settled = !was_interrupted(run.record) && run.plan.revision.commit == seen;
  const bool quiet = !has_changes(run.plan) && is_settled;
  if (!quiet && !options.json) view.plan(run.plan);
  seen.clear();
  if (const auto code = why_not_applicable(view, run.plan, !options.json)) return code;
  ExitCode code = ExitCode::ok;
  if (has_changes(run.plan)) {
    const std::optional<ExitCode> applied = apply_plan_or_plan_again(run, options.execute);
    if (!applied) return std::nullopt;
    code = *applied;
  } else if (is_settled) {
    code = report_no_changes(run, false);
  } else {
    code = finish_without_changes(run, options.execute, false);
  }
  if (code == ExitCode::ok) seen = run.plan.revision.commit;
  return code;
}

/// Rounds until one is about the branch as it is.
ExitCode sync_tip(const SyncOptions& options, const Host& host, View& view, std::string& seen) {
  const auto deadline = real_clock().now() + std::chrono::seconds(options.lock_timeout_seconds);
  while (true) {
    const std::optional<ExitCode> code = sync_round(options, host, view, seen, deadline);
    if (code) return *code;
    if (host.finish.stop_requested()) return ExitCode::interrupted;
  }
}

ExitCode run_sync(SyncOptions& options, const Host& host) {
  options.execute.deadline = std::chrono::seconds(options.deadline_seconds);
  options.source.branch = options.branch;
  options.allowed.unattended = true;
  // Programs are told of every round; for people the same trouble every half a minute would hide what is new.
  UnrepeatedView for_people(make_text_view(host, {}));
  const std::unique_ptr<View> for_programs = options.json ? make_json_view(JsonAnswer::events) : nullptr;
  View& view = options.json ? *for_programs : for_people;
  std::string seen;
  while (true) {
    const ExitCode code = sync_tip(options, host, view, seen);
    if (options.once) return code;
    for_people.next_round();
    if (host.finish.stop_requested()) return ExitCode::interrupted;
    real_clock().sleep(std::chrono::seconds(options.interval_seconds), host.finish);
    if (host.finish.stop_requested()) return ExitCode::ok;
  }
}

}  // namespace

void add_sync(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<SyncOptions>();
  CLI::App* command = app.add_subcommand(
      "sync", "Keep an environment at a branch of a repository; data loss always waits for a person");
  add_source_options(*command, options->source, true);
  command->remove_option(command->get_option("--revision"));  // a branch is followed: --branch
  add_allowances(*command, options->allowed);
  command->add_option("--branch", options->branch, "Branch to follow (default: main)")->type_name("NAME");
  command->add_flag("--once", options->once, "One round, for a CI step or a post-receive hook");
  add_time(*command, "--interval", options->interval_seconds, "Time between rounds");
  add_lock_timeout(*command, options->lock_timeout_seconds);
  add_time(*command, "--deadline", options->deadline_seconds, "Time that one change may take until it is ready");
  add_json(*command, options->json, "one JSON object per event on stdout");
  add_install_hook(*command, exit);
  command->callback([command, options, &host, &exit] {
    if (!command->get_subcommands().empty()) return;
    if (options->source.repository.empty()) throw CLI::RequiredError("--repository");
    exit = run_sync(*options, host);
  });
}

}  // namespace cloudflow
