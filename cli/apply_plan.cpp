// Carries out an approved plan.
#include "cli/apply_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <stop_token>

#include "cli/last_words.h"
#include "cli/pipeline/history.h"
#include "cli/pipeline/record.h"
#include "cli/pipeline/topic_ownership.h"
#include "cli/steps.h"
#include "cli/systems.h"
#include "providers/kubernetes/ownership/ending_workloads.h"
#include "sdk/support/background_task.h"
#include "sdk/support/clock.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Nobody is waited for at the end of a run, so nothing stops these questions.
TopicQuestions questions_for(const Run& run) { return questions_for(run.outside.kafka(), {}); }

RecordedRun recorded_run(const Run& run, const Plan& plan, const TopicQuestions& kafka) {
  return {.plan = plan,
          .desired = run.desired,
          .before = run.record,
          .cluster_ids = run.outside.known_cluster_ids(),
          .application = run.application,
          .by = who_am_i(),
          .clock = real_clock(),
          .kafka = kafka,
          .saved_plan = run.saved_plan,
          .command = run.command,
          .id = run.id,
          .started = rfc3339(real_clock().wall())};
}

/// The record afterwards, with what is to be known of it said.
Inventory said_record_after(const Run& run, const RecordedRun& recorded, const Outcome& outcome, Inventory written) {
  Recorded out = record_after(recorded, outcome, std::move(written));
  for (const std::string& note : out.notes) run.view.note(note);
  return std::move(out.record);
}

ExitCode exit_code_of(const Outcome& outcome) {
  if (outcome.interrupted) return ExitCode::interrupted;
  // What waits for something refused is not done either; nothing went wrong.
  if (outcome.failures.empty() && outcome.refused > 0) return ExitCode::refused;
  if (!outcome.complete()) return outcome.made_anything() || outcome.may_go_on() ? ExitCode::partly : ExitCode::failed;
  return ExitCode::ok;
}

/// Adds the run to the history, and one before it that never came to that. What runs does not depend on it.
void add_to_history(const Run& run, const RecordedRun& recorded, const Outcome& outcome) {
  std::vector<Json> entries;
  if (std::optional<Json> before = entry_of_cut_short(run.record)) entries.push_back(*std::move(before));
  entries.push_back(entry_of(recorded, outcome));
  if (const Result<void> added = run.outside.cluster().history().add(entries, {}); !added)
    run.view.note(fmt::format("the history could not be completed: {}", added.error().message));
}

/// What has to be ready in the end although it does not change: all that an apply left that did not end, otherwise what
/// runs for as long as the application does.
std::vector<ResourceId> also_awaited(const Run& run) {
  const bool all = was_interrupted(run.record);
  std::vector<ResourceId> out;
  for (const Resource& resource : run.desired) {
    if (removes_itself(resource)) continue;  // gone may be as good as done
    if (all || run.outside.kubernetes().traits(resource.id).runs_pods) out.push_back(resource.id);
  }
  if (!ending_workloads(run.record).empty()) out.push_back(ending_pods(run.outside.cluster().ns()));
  return out;
}

/// The namespace in which lock and record are has to be there before they can be: makes it and takes it out of the
/// plan, where that creates it, and counts it in `added`. False when it could not be made.
bool make_own_namespace(const Run& run, Plan& plan, int& added) {
  const auto found = std::ranges::find_if(plan.changes, [&](const Change& change) {
    return is_namespace(change.id) && change.id.name == run.outside.cluster().ns() && change.action == Action::create &&
           !change.refused;
  });
  if (found == plan.changes.end()) return true;
  const auto start = real_clock().now();
  run.view.event(Started{found->id, found->action});
  // The server lets what comes into a new namespace wait for it for a moment. Where that was too short, the lock is
  // taken afterwards.
  BackgroundTask<Result<void>> locking(
      [&](const std::stop_token& stop) { return run.outside.cluster().lock().take({.who = who_am_i()}, stop); },
      run.host.abort);
  const Result<void> made = run.outside.kubernetes().apply(*found, run.host.abort);
  static_cast<void>(locking.take());
  if (!made) {
    run.view.event(Failed{found->id, found->action, made.error()});
    return false;
  }
  run.view.event(Finished{found->id, found->action,
                          std::chrono::duration_cast<std::chrono::milliseconds>(real_clock().now() - start)});
  plan.changes.erase(found);
  ++added;
  return true;
}

/// Stops with either of two tokens.
class Either {
 public:
  Either(std::stop_token one, std::stop_token other)
      : on_one_(std::move(one), [this] { either_.request_stop(); }),
        on_other_(std::move(other), [this] { either_.request_stop(); }) {}
  std::stop_token token() const { return either_.get_token(); }

 private:
  std::stop_source either_{};
  std::stop_callback<std::function<void()>> on_one_;
  std::stop_callback<std::function<void()>> on_other_;
};

/// There was no namespace, and so no lock, when this was planned; another run has made it since, or nobody does.
ExitCode planned_without_lock(const Run& run) {
  if (!run.outside.has_lock() && !take_lock(run.outside, std::chrono::milliseconds(0), run.view))
    return ExitCode::failed;
  const std::string& ns = run.outside.cluster().ns();
  if (run.outside.has_lock()) {
    run.view.error({ErrorKind::conflict,
                    fmt::format("namespace {} was not there when this run began, so it had no lock: nothing was "
                                "changed",
                                quote(ns)),
                    std::nullopt, "another run has made it meanwhile: run it again"});
  } else {
    run.view.error(
        {ErrorKind::not_found,
         fmt::format("namespace {} does not exist, and the lock of this run would be in it: nothing was changed",
                     quote(ns)),
         std::nullopt, fmt::format("make it and run it again: kubectl create namespace {}", ns)});
  }
  return ExitCode::failed;
}

bool lost_lock(const Run& run) { return run.outside.cluster().lock().lost().stop_requested(); }

/// Another run may be at work. The record stays as it is: ours before the first change, or that of the other run.
ExitCode report_lost_lock(const Run& run, const Plan& plan, const Outcome& outcome) {
  const std::string taken_by = run.outside.cluster().lock().taken_by();
  run.view.error({ErrorKind::conflict, "the lock of this run was taken away, so no further change was started",
                  std::nullopt, "wait until nobody else is at work, and run it again; what is done will be found"});
  if (!taken_by.empty())
    run.view.note(fmt::format("the lock of this run was taken away: {} has it now", quote(taken_by)));
  run.view.outcome(plan, outcome);
  return outcome.done.empty() ? ExitCode::failed : ExitCode::partly;
}

}  // namespace

namespace {

/// Writes down, while the rest is still being made, which topics this run has made: killed later, it is known that they
/// are its own.
class TopicsMade {
 public:
  TopicsMade(const Run& run, const Plan& plan, const Inventory& record) : run_(run), record_(record) {
    for (const Change& change : plan.changes) {
      if (is_topic(change.id) && change.action == Action::create && !change.refused) open_.insert(change.id);
    }
  }

  void see(const Event& event) {
    const auto* finished = std::get_if<Finished>(&event);
    const auto* failed = std::get_if<Failed>(&event);
    if (finished == nullptr && failed == nullptr) return;
    const ResourceId& id = finished != nullptr ? finished->id : failed->id;
    if (open_.erase(id) == 0) return;
    if (finished != nullptr) made_.push_back(id);
    if (!open_.empty() || made_.empty()) return;
    writing_ = std::make_unique<BackgroundTask<Result<void>>>(
        [this](const std::stop_token& stop) { return write(stop); }, run_.host.abort);
  }

  /// To be called before the record is written anew. Should it have failed, that says so, too.
  void end() {
    if (writing_ != nullptr) static_cast<void>(writing_->take());
    writing_.reset();
  }

 private:
  Result<void> write(const std::stop_token& stop) {
    std::set<ResourceId> ours;
    for (const ResourceId& id : made_) {
      if (!run_.outside.kafka()->was_there(id)) ours.insert(id);
    }
    CF_CHECK(record_topic_ids(run_.outside.known_cluster_ids(), questions_for(run_), ours, record_));
    return run_.outside.cluster().record().write(record_, stop);
  }

  const Run& run_;
  Inventory record_;
  std::set<ResourceId> open_{};
  std::vector<ResourceId> made_{};
  std::unique_ptr<BackgroundTask<Result<void>>> writing_{};
};

/// Says in the lock how far this run is, for those who wait for it.
class Progress {
 public:
  Progress(const Run& run, const Plan& plan, int done)
      : run_(run), done_(done), all_(static_cast<int>(plan.changes.size()) - count(plan).refused + done) {
    say();
  }

  void see(const Event& event) {
    const auto* finished = std::get_if<Finished>(&event);
    if (finished == nullptr || finished->action == Action::none) return;
    ++done_;
    say();
  }

 private:
  void say() {
    run_.outside.cluster().lock().say_progress(fmt::format("{} of {} done", done_, counted(all_, "change")));
  }

  const Run& run_;
  int done_;
  int all_;
};

/// The record before the changes: written before the first of them, or beside them where it names all places already.
class RecordBefore {
 public:
  RecordBefore(const Run& run, const Inventory& record) : run_(run), record_(record) {}

  /// The changes may begin where it succeeds.
  Result<void> begin() {
    const auto write = [this](const std::stop_token& stop) {
      Result<void> written = run_.outside.cluster().record().write(record_, stop);
      if (!written) failed_.request_stop();
      return written;
    };
    if (names_all(run_.record, record_)) {
      writing_ = std::make_unique<BackgroundTask<Result<void>>>(write, run_.host.abort);
      return {};
    }
    return write(run_.host.abort);
  }
  /// To be asked for after the changes: whether it is there.
  Result<void> end() { return writing_ == nullptr ? Result<void>() : writing_->take(); }
  /// Stops when it could not be written.
  std::stop_token failed() const { return failed_.get_token(); }

 private:
  const Run& run_;
  const Inventory record_;
  std::stop_source failed_{};
  std::unique_ptr<BackgroundTask<Result<void>>> writing_{};
};

/// How many changes may be on their way at once: those that wait for nothing, or the rest of them.
int most_at_once(const Plan& plan) {
  const auto first = std::ranges::count_if(plan.changes, [](const Change& change) { return change.after.empty(); });
  return static_cast<int>(std::max(first, std::ssize(plan.changes) - first));
}

/// How a plan is carried out, and what may become of it.
struct HowToApply {
  bool is_part = false;
  bool may_plan_again = false;
  LockAfter lock = LockAfter::given_back;
};

/// Nothing where the plan has to be made again, as another run came first, and that may be.
std::optional<ExitCode> carry_out(const Run& run, const ExecuteOptions& options, const HowToApply& how) {
  Plan plan = run.plan;
  View& view = run.view;
  const bool was_locked = run.outside.has_lock();
  run.outside.cluster().expect(most_at_once(plan));
  int added = 0;
  if (!make_own_namespace(run, plan, added)) return ExitCode::failed;
  if (added == 0 && !was_locked) return planned_without_lock(run);
  if (!was_locked && !take_lock(run.outside, lock_patience, run.view)) return ExitCode::failed;
  run.outside.cluster().lock().say_commit(plan.revision.commit);
  const TopicQuestions kafka = questions_for(run);
  const RecordedRun recorded = recorded_run(run, plan, kafka);
  Inventory record = record_before(recorded);
  RecordBefore before(run, record);
  if (const Result<void> begun = before.begin(); !begun) {
    // Both began without a namespace, and so without a lock.
    if (how.may_plan_again && !was_locked && begun.error().kind == ErrorKind::conflict) return std::nullopt;
    view.error(begun.error());
    view.outcome(plan, {.added = added, .skipped = static_cast<int>(plan.changes.size())});
    return added > 0 ? ExitCode::partly : ExitCode::failed;
  }
  const std::vector<Provider*> providers = run.outside.providers();
  const std::stop_token lost = run.outside.cluster().lock().lost();
  const Either may_not_go_on(lost, before.failed());
  const Either finish(run.host.finish, may_not_go_on.token());
  ExecuteOptions all = options;
  if (all.await_workloads) all.also = also_awaited(run);
  run.outside.kubernetes().set_deadline(options.deadline);
  TopicsMade topics(run, plan, record);
  Progress progress(run, plan, added);
  const auto see = [&](const Event& event) {
    last_words::hear(event);
    topics.see(event);
    progress.see(event);
    view.event(event);
  };
  Outcome outcome = execute(plan, providers, real_clock(), all, see, finish.token(), run.host.abort);
  topics.end();
  outcome.added += added;
  const Result<void> begun = before.end();
  if (!begun) view.error(begun.error());
  for (const std::string& warning : run.outside.kubernetes().take_warnings())
    view.note("warning of the Kubernetes server: " + warning);
  if (lost.stop_requested()) return report_lost_lock(run, plan, outcome);
  if (!begun) {
    run.outside.cluster().lock().give_back();
    view.outcome(plan, outcome);
    return outcome.done.empty() ? ExitCode::failed : ExitCode::partly;
  }
  record = how.is_part ? record_after_part(recorded, std::move(record))
                       : said_record_after(run, recorded, outcome, std::move(record));
  // The record is written even when the user asked to stop: it is what makes the next run find everything.
  const Result<void> written = run.outside.cluster().record().write(record, {});
  if (!written) {
    view.error(
        {written.error().kind,
         fmt::format("the changes were made, but their record could not be completed: {}", written.error().message),
         std::nullopt, "run apply again: it looks in all places that this run touched"});
  }
  add_to_history(run, recorded, outcome);
  if (how.lock == LockAfter::given_back) run.outside.cluster().lock().give_back();
  view.outcome(plan, outcome);
  const ExitCode code = exit_code_of(outcome);
  return !written && code == ExitCode::ok ? ExitCode::partly : code;
}

}  // namespace

ExitCode apply_plan(const Run& run, const ExecuteOptions& options, LockAfter lock) {
  return *carry_out(run, options, {.lock = lock});
}

std::optional<ExitCode> apply_plan_or_plan_again(const Run& run, const ExecuteOptions& options) {
  return carry_out(run, options, {.may_plan_again = true});
}

ExitCode apply_part(const Run& run, const ExecuteOptions& options) {
  return *carry_out(run, options, {.is_part = true});
}

namespace {

/// Writes the record where it lacks something of what is deployed, or of what was just taken over.
bool complete_record(const Run& run) {
  if (!run.outside.has_lock()) return true;  // without a namespace there is none, and no record
  const TopicQuestions kafka = questions_for(run);
  const RecordedRun recorded = recorded_run(run, run.plan, kafka);
  if (unrecorded(run.record, run.desired, run.plan).empty() && run.adopted_topics.empty() && !lacks_topics(recorded) &&
      !run.outside.kubernetes().record_search().made)
    return true;
  Outcome nothing;
  nothing.refused = count(run.plan).refused;
  const Inventory record = said_record_after(run, recorded, nothing, record_before(recorded));
  const Result<void> written = run.outside.cluster().record().write(record, run.host.abort);
  if (!written) run.view.error(written.error());
  return written.has_value();
}

}  // namespace

ExitCode report_no_changes(const Run& run, bool always) {
  const int refused = count(run.plan).refused;
  if (!complete_record(run)) return ExitCode::failed;
  if (always || refused > 0) run.view.outcome(run.plan, {.refused = refused});
  return refused > 0 ? ExitCode::refused : ExitCode::ok;
}

bool forget_application(const Run& run) {
  View& view = run.view;
  // There was no namespace: a record that is there by now is that of a run that has made one.
  if (!run.outside.has_lock()) return true;
  const std::stop_token stop = run.host.abort;
  Result<Inventory> left = run.outside.cluster().record().read(stop);
  if (!left) {
    view.error(left.error());
    return false;
  }
  const TopicQuestions kafka = questions_for(run);
  settle_intents(run.outside.known_cluster_ids(), kafka, *left);
  const bool is_shorter = forget_gone_topics(run.desired, run.outside.known_cluster_ids(), kafka, *left);
  std::size_t topics = 0;
  for (const auto& [cluster, names] : left->topics) {
    for (const std::string& topic : names) {
      // What was only to be made is not there, or is others', where Kafka could be asked.
      if (run.outside.kafka() == nullptr || record_of(*left, cluster, topic, "") != TopicRecord::intended) ++topics;
    }
  }
  if (topics > 0) {
    view.note(fmt::format("{} {}, and with {} the record that this application made {} (configmap/cloudflow-{}).",
                          counted(static_cast<long long>(topics), "topic"), topics == 1 ? "stays" : "stay",
                          topics == 1 ? "it" : "them", topics == 1 ? "it" : "them", run.application));
  }
  Result<void> written;
  if (topics == 0) written = run.outside.cluster().history().remove(stop);
  if (topics == 0 && written) written = run.outside.cluster().record().remove(stop);
  if (topics > 0 && is_shorter) written = run.outside.cluster().record().write(*left, stop);
  if (!written) view.error(written.error());
  if (written) run.outside.cluster().lock().give_back();
  return written.has_value();
}

namespace {

/// Nothing is changed: only waits, and says what it waits for. What the plan refuses stays refused. Without its lock it
/// would wait for what another run makes: it ends then.
Outcome wait_for(const Run& run, std::span<const ResourceId> ids, const ExecuteOptions& options) {
  const std::vector<Provider*> providers = run.outside.providers();
  const Either finish(run.host.finish, run.outside.cluster().lock().lost());
  Outcome outcome = await_ready(
      ids, providers, real_clock(), options,
      [&](const Event& event) {
        if (!std::holds_alternative<Finished>(event)) run.view.event(event);
      },
      finish.token(), run.host.abort);
  outcome.added = outcome.changed = outcome.removed = 0;
  outcome.refused = count(run.plan).refused;
  return outcome;
}

ExitCode finish_interrupted(const Run& run, const ExecuteOptions& options) {
  if (!run.outside.has_lock()) return planned_without_lock(run);
  View& view = run.view;
  view.note(fmt::format("The last {} was not completed; waiting until everything is ready.",
                        string_at(run.record.last, {"command"}, "apply")));
  const Outcome outcome = wait_for(run, also_awaited(run), options);
  if (lost_lock(run)) return report_lost_lock(run, run.plan, outcome);
  const TopicQuestions kafka = questions_for(run);
  const RecordedRun recorded = recorded_run(run, run.plan, kafka);
  const Inventory record = said_record_after(run, recorded, outcome, run.record);
  if (const Result<void> written = run.outside.cluster().record().write(record, run.host.abort); !written)
    view.error(written.error());
  add_to_history(run, recorded, outcome);
  run.outside.cluster().lock().give_back();
  view.outcome(run.plan, outcome);
  return exit_code_of(outcome);
}

}  // namespace

ExitCode end_without_lock(const Run& run) {
  if (!take_lock(run.outside, std::chrono::milliseconds(0), run.view)) return ExitCode::failed;
  return run.outside.has_lock() ? planned_without_lock(run) : ExitCode::ok;
}

ExitCode await_end_of_pods(const Run& run, const ExecuteOptions& options) {
  const std::vector<ResourceId> ids = {run.outside.kubernetes().all_pods()};
  const auto answer = run.outside.kubernetes().readiness(ids, run.host.abort);
  if (!answer) {
    run.view.error(answer.error());
    return ExitCode::failed;
  }
  if (answer->front().state == Readiness::State::ready) return ExitCode::ok;
  const Outcome outcome = wait_for(run, ids, options);
  if (lost_lock(run)) return report_lost_lock(run, run.plan, outcome);
  if (!outcome.complete()) run.view.outcome(run.plan, outcome);
  return exit_code_of(outcome);
}

ExitCode finish_without_changes(const Run& run, const ExecuteOptions& options, bool always) {
  if (was_interrupted(run.record)) return finish_interrupted(run, options);
  std::vector<ResourceId> ids = also_awaited(run);
  const auto answers = run.outside.kubernetes().readiness(ids, run.host.abort);
  if (!answers) {
    run.view.error(answers.error());
    return ExitCode::failed;
  }
  std::vector<ResourceId> unready;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if ((*answers)[i].state != Readiness::State::ready) unready.push_back(ids[i]);
  }
  if (unready.empty()) return report_no_changes(run, always);
  if (!complete_record(run)) return ExitCode::failed;
  run.view.note("Nothing is to be changed, but not everything is ready; waiting until it is.");
  const Outcome outcome = wait_for(run, unready, options);
  if (lost_lock(run)) return report_lost_lock(run, run.plan, outcome);
  run.outside.cluster().lock().give_back();
  run.view.outcome(run.plan, outcome);
  return exit_code_of(outcome);
}

}  // namespace cloudflow
