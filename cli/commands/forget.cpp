// `cloudflow forget`: stops managing an application, and leaves all of it running.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <iterator>

#include "cli/approval.h"
#include "cli/commands/commands.h"
#include "cli/steps.h"
#include "planner/apply/executor.h"
#include "providers/kubernetes/forgetting_provider.h"
#include "sdk/support/clock.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct ForgetOptions {
  SourceOptions source{};
  int lock_timeout_seconds = lock_patience.count();
  bool yes = false;
  bool json = false;
};

Question question_for(const std::string& application) {
  return {.text = fmt::format("\nStop managing all of this? Type the application's name ({}) to agree: ", application),
          .answer = application,
          .verb = "forget",
          .otherwise = "Not forgotten: nothing was changed."};
}

std::size_t topics_in(const Inventory& record) {
  std::size_t out = 0;
  for (const auto& [cluster, topics] : record.topics) out += topics.size();
  return out;
}

/// One change for each object that carries the mark.
Result<Plan> plan_forgetting(const Source& source, const std::string& where, const Inventory& record,
                             ForgettingProvider& provider, const std::stop_token& stop) {
  Plan out{.application = source.application.id,
           .version = source.application.version,
           .environment = source.environment.name,
           .targets = {where},
           .is_part = true};
  CF_TRY(const std::vector<Live> all, provider.read({}, record, stop));
  for (const Live& live : all) {
    CF_TRY(Change change, provider.compare(nullptr, &live));
    if (change.action != Action::none) out.changes.push_back(std::move(change));
  }
  CF_TRY(out.rejections, provider.verify(out.changes, stop));
  if (record.exists || !out.changes.empty()) {
    out.notes.emplace_back("all of it runs on as it is: only the mark of this application goes, and no pod restarts");
    out.notes.emplace_back(
        fmt::format("the record of what this application made goes (configmap/cloudflow-{0}), and "
                    "with it the history and the key of its digests",
                    out.application));
  }
  if (const std::size_t topics = topics_in(record); topics > 0) {
    out.notes.emplace_back(fmt::format("{} {} as {}; nothing is recorded of {} afterwards",
                                       counted(static_cast<long long>(topics), "topic"), topics == 1 ? "stays" : "stay",
                                       topics == 1 ? "it is" : "they are", topics == 1 ? "it" : "them"));
  }
  return out;
}

/// Everything that is known of the application in the cluster but the mark; the record goes last, so that a run that is
/// killed before that is continued by the next.
Result<void> remove_records(Outside& outside, const std::stop_token& stop) {
  CF_CHECK(outside.cluster().history().remove(stop));
  CF_CHECK(outside.cluster().record().remove(stop));
  return {};
}

ExitCode exit_code_of(const Outcome& outcome) {
  if (outcome.interrupted) return ExitCode::interrupted;
  return outcome.made_anything() ? ExitCode::partly : ExitCode::failed;
}

/// Takes the marks away, and then what is recorded. The lock is held.
ExitCode carry_out(const Plan& plan, Outside& outside, ForgettingProvider& provider, const Host& host, View& view) {
  const std::stop_token lost = outside.cluster().lock().lost();
  std::stop_source ended;
  const auto end = [&ended] { ended.request_stop(); };
  const std::stop_callback on_lost(lost, end);
  const std::stop_callback on_finish(host.finish, end);
  Provider* const providers[] = {&provider};
  const Outcome outcome = execute(
      plan, providers, real_clock(), {}, [&view](const Event& event) { view.event(event); }, ended.get_token(),
      host.abort);
  if (lost.stop_requested()) {
    view.error({ErrorKind::conflict, "the lock of this run was taken away, so nothing more was changed", std::nullopt,
                "wait until nobody else is at work, and run it again"});
    view.outcome(plan, outcome);
    return outcome.made_anything() ? ExitCode::partly : ExitCode::failed;
  }
  ExitCode code = ExitCode::ok;
  if (!outcome.complete()) {
    code = exit_code_of(outcome);
  } else if (const Result<void> removed = remove_records(outside, host.abort); !removed) {
    view.error(removed.error());
    code = ExitCode::partly;
  }
  outside.cluster().lock().give_back();
  view.outcome(plan, outcome);
  if (code == ExitCode::ok) {
    view.note(fmt::format("{} is not managed any more. To manage it again: cloudflow adopt '*/*', then apply.",
                          plan.application));
  } else {
    view.note("What still has the mark is found by the record, which stays until all is done: run forget again.");
  }
  return code;
}

ExitCode run_forget(const ForgetOptions& options, const Host& host) {
  const std::unique_ptr<View> view = options.json ? make_json_view(JsonAnswer::events) : make_text_view(host, {});
  const std::optional<Source> source = read_source(options.source, host, *view);
  if (!source) return ExitCode::failed;
  Access access = connect(*source, host);
  Outside* outside = shown(access, *view);
  if (outside == nullptr || !take_lock(*outside, std::chrono::seconds(options.lock_timeout_seconds), *view))
    return ExitCode::failed;
  const Result<Inventory> record = outside->record();
  if (!record) {
    view->error(record.error());
    return without_plan(host);
  }
  ForgettingProvider provider(outside->cluster(), outside->kubernetes());
  const Result<Plan> plan = plan_forgetting(*source, outside->name(), *record, provider, host.finish);
  if (!plan) {
    view->error(plan.error());
    return without_plan(host);
  }
  if (!options.json) view->plan(*plan);
  if (const auto code = why_not_applicable(*view, *plan, !options.json)) return *code;
  if (!outside->has_lock() || (!record->exists && plan->changes.empty())) {
    view->note(fmt::format("Nothing here is managed as {}: nothing was changed.", source->application.id));
    if (options.json) view->outcome(*plan, {});
    return ExitCode::ok;
  }
  if (!options.yes && !is_approved(host, *view, question_for(source->application.id), options.json))
    return ExitCode::failed;
  return carry_out(*plan, *outside, provider, host, *view);
}

}  // namespace

void add_forget(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<ForgetOptions>();
  CLI::App* command = app.add_subcommand(
      "forget", "Stop managing the application and leave all of it running; only our mark and record go");
  add_source_options(*command, options->source, true);
  command->add_flag("-y,--yes", options->yes, "Do not ask");
  add_json(*command, options->json, "one JSON object per event on stdout");
  add_lock_timeout(*command, options->lock_timeout_seconds);
  command->callback([options, &host, &exit] { exit = run_forget(*options, host); });
}

}  // namespace cloudflow
