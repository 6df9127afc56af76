// `cloudflow apply`: shows the plan, asks, and makes it so.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iterator>

#include "cli/apply_plan.h"
#include "cli/approval.h"
#include "cli/commands/commands.h"
#include "cli/pipeline/history.h"
#include "cli/pipeline/plans.h"
#include "cli/pipeline/saved_plans.h"
#include "cli/steps.h"
#include "sdk/support/text.h"

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
  std::string plan_file{};
  bool replan_moved = false;
  std::string require_signature{};  ///< a file with public keys
  std::string command = "apply";    ///< for the history
};

/// A plan that was saved, and how the one that is made now differs from it.
struct Approved {
  SavedPlan saved{};
  MovedChanges moved = MovedChanges::refused;
};

const Question question{.text = "\nApply these changes? Only \"yes\" is taken as agreement: ",
                        .answer = "yes",
                        .verb = "apply",
                        .otherwise = "Not applied: nothing was changed."};

/// Whether what was approved may be applied here and now; says why not.
bool is_applicable(const Approved& approved, const Source& source, Outside& outside, const Host& host, View& view) {
  std::optional<Error> why = why_not_for(approved.saved, source, outside, host.finish);
  if (!why) {
    const Result<Inventory> record = outside.record();
    why = record ? why_not_any_more(approved.saved, *record) : record.error();
  }
  if (why) view.error(*why);
  return !why;
}

/// Refuses in a plan what was not approved, and asks nobody about what was approved and is as it was.
PlanHooks holding(const Approved* approved, Outside& outside) {
  if (approved == nullptr) return {};
  return {.compared =
              [approved, &outside](std::span<Change> changes) {
                take_confirmations(approved->saved, digester_of(outside), changes);
              },
          .hold =
              [approved, &outside](Plan& plan) {
                const HeldTo held = hold_to(approved->saved, digester_of(outside), approved->moved, plan);
                std::ranges::move(notes_of(approved->saved, held, approved->moved), std::back_inserter(plan.notes));
              }};
}

/// Nothing where it has to be done again. `approved`: null where the plan is made here.
std::optional<ExitCode> apply_once(const ApplyOptions& options, const Approved* approved, const Host& host,
                                   View& view) {
  std::optional<ToChange> to_change = read_to_change(options.source, host, view);
  if (!to_change) return ExitCode::failed;
  auto& [source, access, proven] = *to_change;
  Outside& outside = **access;
  begin_locking(outside, std::chrono::seconds(options.lock_timeout_seconds), view);
  std::optional<Desired> desired = shown(read_desired(source, access, std::move(proven), host.finish), view);
  if (!desired) return without_plan(host);
  if (approved != nullptr && !is_applicable(*approved, source, outside, host, view)) return without_plan(host);
  std::optional<Planned> planned =
      shown(plan_desired(source, outside, *desired, options.allowed, host.finish, holding(approved, outside)), view);
  if (!planned) return without_plan(host);
  Run run(host, view, outside, source.application.id, std::move(desired->resources), *std::move(planned));
  run.command = options.command;
  if (approved != nullptr) run.saved_plan = approved->saved.digest;
  if (!options.json) view.plan(run.plan);
  if (auto code = why_not_applicable(view, run.plan, !options.json)) return code;
  if (!has_changes(run.plan)) return finish_without_changes(run, options.execute, options.json);
  if (!options.yes && !is_approved(host, view, question, options.json)) return ExitCode::failed;
  return apply_plan_or_plan_again(run, options.execute);
}

bool is_anything_allowed(const Allowances& allowed) {
  return allowed.delete_all_topics || !allowed.delete_topics.empty() || allowed.unsafe_order || allowed.drain;
}

/// The saved plan; from here on the options are those of the plan.
Result<Approved> read_approved(ApplyOptions& options, const Host& host) {
  if (is_anything_allowed(options.allowed)) {
    return failure(ErrorKind::invalid_input, "what a saved plan may do was said when it was made",
                   "leave out options such as --delete-topic, or pass them to cloudflow plan --out FILE");
  }
  CF_TRY(SavedPlan saved, load_saved_plan(options.plan_file));
  if (!options.require_signature.empty()) {
    if (std::optional<Error> why = why_not_signed(saved, options.require_signature))
      return std::unexpected(*std::move(why));
  }
  CF_TRY(options.source, source_of(saved, options.source));
  CF_CHECK(check_source(saved, source_request(options.source, host)));
  options.allowed = saved.allowed;
  return Approved{.saved = std::move(saved),
                  .moved = options.replan_moved ? MovedChanges::planned : MovedChanges::refused};
}

ExitCode run_apply(ApplyOptions& options, const Host& host) {
  options.execute.deadline = std::chrono::seconds(options.deadline_seconds);
  const std::unique_ptr<View> view =
      options.json ? make_json_view(JsonAnswer::events) : make_text_view(host, {.full = options.full});
  std::optional<Approved> approved;
  if (!options.plan_file.empty()) {
    Result<Approved> read = read_approved(options, host);
    if (!read) {
      view->error(read.error());
      return ExitCode::failed;
    }
    approved = *std::move(read);
  }
  while (true) {
    if (const auto code = apply_once(options, approved ? &*approved : nullptr, host, *view)) return *code;
    view->note("Another run has deployed the application since this was planned; planning again.");
  }
}

struct RollbackOptions {
  ApplyOptions apply{};
  std::optional<long long> revision{};
};

/// The commit to go back to is read from the cluster that the project as it is now names.
Result<HistoryEntry> find_entry(const RollbackOptions& options, const Source& source, const Host& host) {
  Access access = connect(source, host);
  if (!access) return std::unexpected(access.error());
  CF_TRY(const std::vector<HistoryEntry> entries, history_of(**access, host.finish));
  CF_TRY(HistoryEntry entry, entry_to_go_back_to(entries, options.revision));
  if (!entry.environment.empty() && entry.environment != source.environment.name) {
    return failure(ErrorKind::conflict,
                   fmt::format("revision {} was of environment {}, and this is {}", entry.revision,
                               quote(entry.environment), quote(source.environment.name)),
                   "choose another: cloudflow history");
  }
  CF_CHECK(check_commit(source_request(at_commit(source, entry.commit), host),
                        fmt::format("revision {}", entry.revision), entry.subject));
  return entry;
}

ExitCode run_rollback(RollbackOptions& options, const Host& host) {
  const std::unique_ptr<View> view =
      options.apply.json ? make_json_view(JsonAnswer::events) : make_text_view(host, {.full = options.apply.full});
  const std::optional<Source> source = read_source(options.apply.source, host, *view);
  if (!source) return ExitCode::failed;
  const Result<HistoryEntry> entry = find_entry(options, *source, host);
  if (!entry) {
    view->error(entry.error());
    return without_plan(host);
  }
  view->note(fmt::format("Going back to revision {}: commit {}{}, applied by {} at {}.", entry->revision,
                         entry->commit.substr(0, 7), entry->subject.empty() ? "" : " " + quote(entry->subject),
                         entry->by, entry->time));
  options.apply.source = at_commit(*source, entry->commit);
  options.apply.command = "rollback";
  return run_apply(options.apply, host);
}

/// What every command that carries out a plan takes.
void add_carrying_out(CLI::App& command, ApplyOptions& options) {
  add_source_options(command, options.source, true);
  add_allowances(command, options.allowed);
  command.add_flag("-y,--yes", options.yes, "Do not ask");
  add_json(command, options.json, "one JSON object per event on stdout");
  command.add_flag("--full", options.full, "Show every field of what is created and every line that changes");
  add_time(command, "--deadline", options.deadline_seconds, "Time that one change may take until it is ready");
  command.add_option("--concurrency", options.execute.workers, "Changes written at once (default: 32)")
      ->type_name("N")
      ->check(CLI::Range(1, 256).description(""));
  add_lock_timeout(command, options.lock_timeout_seconds);
}

}  // namespace

void add_apply(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<ApplyOptions>();
  CLI::App* command = app.add_subcommand("apply", "Make it so; an interrupted apply is continued by the next");
  CLI::Option* plan =
      command
          ->add_option(
              "PLAN", options->plan_file,
              "A file of `cloudflow plan --out`: exactly that plan is applied, and what has moved since is not")
          ->type_name("")
          ->check(why_empty, "");
  command
      ->add_flag("--replan-moved", options->replan_moved,
                 "With a saved plan: what has moved since is planned again, shown and applied with the rest")
      ->needs(plan);
  command
      ->add_option("--require-signature", options->require_signature,
                   "Only a saved plan that one of the Ed25519 public keys in this file (PEM) has signed is applied")
      ->type_name("PUBKEYS")
      ->check(why_empty, "")
      ->needs(plan);
  add_carrying_out(*command, *options);
  command->callback([options, &host, &exit] { exit = run_apply(*options, host); });
}

void add_rollback(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<RollbackOptions>();
  CLI::App* command = app.add_subcommand(
      "rollback", "Apply the commit of an earlier revision of the history: a plan like any other, shown and asked for");
  command
      ->add_option("REVISION", options->revision,
                   "Its number in the history (default: the last that was applied whole from another commit)")
      ->type_name("")
      ->check(why_no_revision, "");
  add_carrying_out(*command, options->apply);
  command->remove_option(command->get_option("--revision"));  // the history says which commit
  command->callback([options, &host, &exit] { exit = run_rollback(*options, host); });
}

}  // namespace cloudflow
