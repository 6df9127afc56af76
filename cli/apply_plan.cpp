// Carries out an approved plan.
#include "cli/apply_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <stop_token>

#include "cli/last_words.h"
#include "cli/pipeline/record.h"
#include "cli/pipeline/topic_ownership.h"
#include "cli/systems.h"
#include "cli/views/layout.h"
#include "providers/kubernetes/ownership/ending_workloads.h"
#include "sdk/support/background_task.h"
#include "sdk/support/clock.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Nobody is waited for at the end of a run, so nothing stops these questions.
TopicQuestions questions_for(Session& session) {
  return questions_for(session.has_kafka() ? &session.kafka() : nullptr, {});
}

RecordedRun run_of(Session& session, const Plan& plan, const TopicQuestions& kafka) {
  return {.plan = plan,
          .desired = session.desired(),
          .before = session.inventory(),
          .cluster_ids = session.cluster_ids(),
          .application = session.application().id,
          .by = who_am_i(),
          .clock = real_clock(),
          .kafka = kafka};
}

/// The record afterwards, with what is to be known of it said.
Inventory said_record_after(Session& session, const RecordedRun& run, const Outcome& outcome, Inventory written) {
  Recorded out = record_after(run, outcome, std::move(written));
  for (const std::string& note : out.notes) session.view().note(note);
  return std::move(out.record);
}

ExitCode exit_code_of(const Outcome& outcome) {
  if (outcome.interrupted) return ExitCode::interrupted;
  // What waits for something refused is not done either; nothing went wrong.
  if (outcome.failures.empty() && outcome.refused > 0) return ExitCode::refused;
  if (!outcome.complete()) return outcome.made_anything() || outcome.may_go_on() ? ExitCode::partly : ExitCode::failed;
  return ExitCode::ok;
}

/// What has to be ready in the end although it does not change: all that an apply left that did not end, otherwise what
/// runs for as long as the application does.
std::vector<ResourceId> also_awaited(Session& session) {
  const bool all = was_interrupted(session.inventory());
  std::vector<ResourceId> out;
  for (const Resource& resource : session.desired()) {
    if (removes_itself(resource)) continue;  // gone may be as good as done
    if (all || session.kubernetes().traits(resource.id).runs_pods) out.push_back(resource.id);
  }
  if (!ending_workloads(session.inventory()).empty()) out.push_back(ending_pods(session.cluster().ns()));
  return out;
}

}  // namespace

bool has_lock(Session& session) { return session.cluster().lock().lost().stop_possible(); }

bool make_own_namespace(Session& session, Plan& plan, int& added) {
  const auto found = std::ranges::find_if(plan.changes, [&](const Change& change) {
    return is_namespace(change.id) && change.id.name == session.cluster().ns() && change.action == Action::create &&
           !change.refused;
  });
  if (found == plan.changes.end()) return true;
  const auto start = real_clock().now();
  session.view().event(Started{found->id, found->action});
  // The server lets what comes into a new namespace wait for it for a moment. Where that was too short, the lock is
  // taken afterwards.
  BackgroundTask<Result<void>> locking(
      [&](const std::stop_token& stop) { return session.cluster().lock().take({.who = who_am_i()}, stop); },
      session.host().abort);
  const Result<void> made = session.kubernetes().apply(*found, session.host().abort);
  static_cast<void>(locking.take());
  if (!made) {
    session.view().event(Failed{found->id, found->action, made.error()});
    return false;
  }
  session.view().event(Finished{found->id, found->action,
                                std::chrono::duration_cast<std::chrono::milliseconds>(real_clock().now() - start)});
  plan.changes.erase(found);
  ++added;
  return true;
}

namespace {

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
ExitCode planned_without_lock(Session& session) {
  if (!has_lock(session) && !session.lock(std::chrono::milliseconds(0))) return ExitCode::failed;
  const std::string& ns = session.cluster().ns();
  if (has_lock(session)) {
    session.view().error({ErrorKind::conflict,
                          fmt::format("namespace {} was not there when this run began, so it had no lock: nothing was "
                                      "changed",
                                      quote(ns)),
                          std::nullopt, "another run has made it meanwhile: run it again"});
  } else {
    session.view().error(
        {ErrorKind::not_found,
         fmt::format("namespace {} does not exist, and the lock of this run would be in it: nothing was changed",
                     quote(ns)),
         std::nullopt, fmt::format("make it and run it again: kubectl create namespace {}", ns)});
  }
  return ExitCode::failed;
}

bool lost_lock(Session& session) { return session.cluster().lock().lost().stop_requested(); }

/// Another run may be at work. The record stays as it is: ours before the first change, or that of the other run.
ExitCode report_lost_lock(Session& session, const Plan& plan, const Outcome& outcome) {
  const std::string taken_by = session.cluster().lock().taken_by();
  session.view().error({ErrorKind::conflict, "the lock of this run was taken away, so no further change was started",
                        std::nullopt,
                        "wait until nobody else is at work, and run it again; what is done will be found"});
  if (!taken_by.empty())
    session.view().note(fmt::format("the lock of this run was taken away: {} has it now", quote(taken_by)));
  session.view().outcome(plan, outcome);
  return outcome.done.empty() ? ExitCode::failed : ExitCode::partly;
}

}  // namespace

bool open_to_change(Session& session, std::chrono::milliseconds patience) {
  if (!session.open_project() || !session.open_application() || !session.choose_environment() ||
      !session.check_offline() || !session.connect())
    return false;
  session.start_locking(patience);
  return true;
}

bool is_approved(Session& session, bool as_json, const Question& question) {
  View& view = session.view();
  if (!session.host().input_is_terminal || as_json) {
    view.error({ErrorKind::denied, "no terminal to confirm on: nothing was changed", std::nullopt,
                fmt::format("pass --yes to {} without being asked", question.verb)});
    return false;
  }
  std::string text = laid_out(question.text, session.host().error_width);
  if (!text.ends_with(' ')) text += ' ';  // which a line that is broken loses
  print_err(text);
  if (read_line() == question.answer) return true;
  view.note(question.otherwise);
  return false;
}

std::optional<ExitCode> why_not_applicable(Session& session, const Plan& plan, bool is_shown) {
  if (!is_shown) {
    for (const Error& rejection : plan.rejections) session.view().error(rejection);
    for (const std::string& violation : plan.violations) session.view().error({ErrorKind::denied, violation});
  }
  // Programs read at the end that nothing was done.
  const auto summarize = [&] {
    if (is_shown) return;
    const int refused = count(plan).refused;
    session.view().outcome(plan, {.refused = refused, .skipped = static_cast<int>(plan.changes.size()) - refused});
  };
  if (!plan.rejections.empty()) {
    session.view().error(
        {ErrorKind::invalid_input, "the plan holds changes that a server rejects: nothing was changed"});
    summarize();
    return ExitCode::failed;
  }
  if (!plan.violations.empty()) {
    session.view().error({ErrorKind::denied, "the plan is refused, for the reasons above: nothing was changed"});
    summarize();
    return ExitCode::refused;
  }
  return std::nullopt;
}

namespace {

/// Writes down, while the rest is still being made, which topics this run has made: killed later, it is known that they
/// are its own.
class TopicsMade {
 public:
  TopicsMade(Session& session, const Plan& plan, const Inventory& record) : session_(session), record_(record) {
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
        [this](const std::stop_token& stop) { return write(stop); }, session_.host().abort);
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
      if (!session_.kafka().was_there(id)) ours.insert(id);
    }
    CF_CHECK(record_topic_ids(session_.cluster_ids(), questions_for(session_), ours, record_));
    return session_.cluster().record().write(record_, stop);
  }

  Session& session_;
  Inventory record_;
  std::set<ResourceId> open_{};
  std::vector<ResourceId> made_{};
  std::unique_ptr<BackgroundTask<Result<void>>> writing_{};
};

/// Says in the lock how far this run is, for those who wait for it.
class Progress {
 public:
  Progress(Session& session, const Plan& plan, int done)
      : session_(session), done_(done), all_(static_cast<int>(plan.changes.size()) - count(plan).refused + done) {
    say();
  }

  void see(const Event& event) {
    const auto* finished = std::get_if<Finished>(&event);
    if (finished == nullptr || finished->action == Action::none) return;
    ++done_;
    say();
  }

 private:
  void say() { session_.cluster().lock().say_progress(fmt::format("{} of {} done", done_, counted(all_, "change"))); }

  Session& session_;
  int done_;
  int all_;
};

/// The record before the changes: written before the first of them, or beside them where it names all places already.
class RecordBefore {
 public:
  RecordBefore(Session& session, const Inventory& record) : session_(session), record_(record) {}

  /// The changes may begin where it succeeds.
  Result<void> begin() {
    const auto write = [this](const std::stop_token& stop) {
      Result<void> written = session_.cluster().record().write(record_, stop);
      if (!written) failed_.request_stop();
      return written;
    };
    if (names_all(session_.inventory(), record_)) {
      writing_ = std::make_unique<BackgroundTask<Result<void>>>(write, session_.host().abort);
      return {};
    }
    return write(session_.host().abort);
  }
  /// To be asked for after the changes: whether it is there.
  Result<void> end() { return writing_ == nullptr ? Result<void>() : writing_->take(); }
  /// Stops when it could not be written.
  std::stop_token failed() const { return failed_.get_token(); }

 private:
  Session& session_;
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
std::optional<ExitCode> carry_out(Session& session, Plan plan, const ExecuteOptions& options, const HowToApply& how) {
  View& view = session.view();
  const bool was_locked = has_lock(session);
  session.cluster().expect(most_at_once(plan));
  int added = 0;
  if (!make_own_namespace(session, plan, added)) return ExitCode::failed;
  if (added == 0 && !was_locked) return planned_without_lock(session);
  if (!was_locked && !session.lock()) return ExitCode::failed;
  session.cluster().lock().say_commit(plan.revision.commit);
  const TopicQuestions kafka = questions_for(session);
  const RecordedRun run = run_of(session, plan, kafka);
  Inventory record = record_before(run);
  RecordBefore before(session, record);
  if (const Result<void> begun = before.begin(); !begun) {
    // Both began without a namespace, and so without a lock.
    if (how.may_plan_again && !was_locked && begun.error().kind == ErrorKind::conflict) return std::nullopt;
    view.error(begun.error());
    view.outcome(plan, {.added = added, .skipped = static_cast<int>(plan.changes.size())});
    return added > 0 ? ExitCode::partly : ExitCode::failed;
  }
  const std::vector<Provider*> providers = session.providers();
  const std::stop_token lost = session.cluster().lock().lost();
  const Either may_not_go_on(lost, before.failed());
  const Either finish(session.host().finish, may_not_go_on.token());
  ExecuteOptions all = options;
  if (all.await_workloads) all.also = also_awaited(session);
  session.kubernetes().set_deadline(options.deadline);
  TopicsMade topics(session, plan, record);
  Progress progress(session, plan, added);
  const auto see = [&](const Event& event) {
    last_words::hear(event);
    topics.see(event);
    progress.see(event);
    view.event(event);
  };
  Outcome outcome = execute(plan, providers, real_clock(), all, see, finish.token(), session.host().abort);
  topics.end();
  outcome.added += added;
  const Result<void> recorded = before.end();
  if (!recorded) view.error(recorded.error());
  for (const std::string& warning : session.kubernetes().take_warnings())
    view.note("warning of the Kubernetes server: " + warning);
  if (lost.stop_requested()) return report_lost_lock(session, plan, outcome);
  if (!recorded) {
    session.cluster().lock().give_back();
    view.outcome(plan, outcome);
    return outcome.done.empty() ? ExitCode::failed : ExitCode::partly;
  }
  record = how.is_part ? record_after_part(run, std::move(record))
                       : said_record_after(session, run, outcome, std::move(record));
  // The record is written even when the user asked to stop: it is what makes the next run find everything.
  const Result<void> written = session.cluster().record().write(record, {});
  if (!written) {
    view.error(
        {written.error().kind,
         fmt::format("the changes were made, but their record could not be completed: {}", written.error().message),
         std::nullopt, "run apply again: it looks in all places that this run touched"});
  }
  if (how.lock == LockAfter::given_back) session.cluster().lock().give_back();
  view.outcome(plan, outcome);
  const ExitCode code = exit_code_of(outcome);
  return !written && code == ExitCode::ok ? ExitCode::partly : code;
}

}  // namespace

ExitCode apply_plan(Session& session, Plan plan, const ExecuteOptions& options, LockAfter lock) {
  return *carry_out(session, std::move(plan), options, {.lock = lock});
}

std::optional<ExitCode> apply_plan_or_plan_again(Session& session, Plan plan, const ExecuteOptions& options) {
  return carry_out(session, std::move(plan), options, {.may_plan_again = true});
}

ExitCode apply_part(Session& session, Plan plan, const ExecuteOptions& options) {
  return *carry_out(session, std::move(plan), options, {.is_part = true});
}

namespace {

/// Writes the record where it lacks something of what is deployed, or of what was just taken over.
bool complete_record(Session& session, const Plan& plan) {
  if (!has_lock(session)) return true;  // without a namespace there is none, and no record
  const TopicQuestions kafka = questions_for(session);
  const RecordedRun run = run_of(session, plan, kafka);
  if (unrecorded(session.inventory(), session.desired(), plan).empty() && session.adopted_topics().empty() &&
      !lacks_topics(run) && !session.kubernetes().record_search().made)
    return true;
  Outcome nothing;
  nothing.refused = count(plan).refused;
  const Inventory record = said_record_after(session, run, nothing, record_before(run));
  const Result<void> written = session.cluster().record().write(record, session.host().abort);
  if (!written) session.view().error(written.error());
  return written.has_value();
}

}  // namespace

ExitCode report_no_changes(Session& session, const Plan& plan, bool always) {
  const int refused = count(plan).refused;
  if (!complete_record(session, plan)) return ExitCode::failed;
  if (always || refused > 0) session.view().outcome(plan, {.refused = refused});
  return refused > 0 ? ExitCode::refused : ExitCode::ok;
}

bool forget_application(Session& session) {
  View& view = session.view();
  // There was no namespace: a record that is there by now is that of a run that has made one.
  if (!has_lock(session)) return true;
  const std::stop_token stop = session.host().abort;
  Result<Inventory> left = session.cluster().record().read(stop);
  if (!left) {
    view.error(left.error());
    return false;
  }
  const TopicQuestions kafka = questions_for(session);
  settle_intents(session.cluster_ids(), kafka, *left);
  const bool is_shorter = forget_gone_topics(session.desired(), session.cluster_ids(), kafka, *left);
  std::size_t topics = 0;
  for (const auto& [cluster, names] : left->topics) {
    for (const std::string& topic : names) {
      // What was only to be made is not there, or is others', where Kafka could be asked.
      if (!session.has_kafka() || record_of(*left, cluster, topic, "") != TopicRecord::intended) ++topics;
    }
  }
  if (topics > 0) {
    view.note(fmt::format("{} {}, and with {} the record that this application made {} (configmap/cloudflow-{}).",
                          counted(static_cast<long long>(topics), "topic"), topics == 1 ? "stays" : "stay",
                          topics == 1 ? "it" : "them", topics == 1 ? "it" : "them", session.application().id));
  }
  Result<void> written;
  if (topics == 0) written = session.cluster().record().remove(stop);
  if (topics > 0 && is_shorter) written = session.cluster().record().write(*left, stop);
  if (!written) view.error(written.error());
  if (written) session.cluster().lock().give_back();
  return written.has_value();
}

namespace {

/// Nothing is changed: only waits, and says what it waits for. What the plan refuses stays refused. Without its lock it
/// would wait for what another run makes: it ends then.
Outcome wait_for(Session& session, const Plan& plan, std::span<const ResourceId> ids, const ExecuteOptions& options) {
  const std::vector<Provider*> providers = session.providers();
  const Either finish(session.host().finish, session.cluster().lock().lost());
  Outcome outcome = await_ready(
      ids, providers, real_clock(), options,
      [&](const Event& event) {
        if (!std::holds_alternative<Finished>(event)) session.view().event(event);
      },
      finish.token(), session.host().abort);
  outcome.added = outcome.changed = outcome.removed = 0;
  outcome.refused = count(plan).refused;
  return outcome;
}

ExitCode finish_interrupted(Session& session, const Plan& plan, const ExecuteOptions& options) {
  if (!has_lock(session)) return planned_without_lock(session);
  View& view = session.view();
  view.note(fmt::format("The last {} was not completed; waiting until everything is ready.",
                        string_at(session.inventory().last, {"command"}, "apply")));
  const Outcome outcome = wait_for(session, plan, also_awaited(session), options);
  if (lost_lock(session)) return report_lost_lock(session, plan, outcome);
  const TopicQuestions kafka = questions_for(session);
  const Inventory record = said_record_after(session, run_of(session, plan, kafka), outcome, session.inventory());
  if (const Result<void> written = session.cluster().record().write(record, session.host().abort); !written)
    view.error(written.error());
  session.cluster().lock().give_back();
  view.outcome(plan, outcome);
  return exit_code_of(outcome);
}

}  // namespace

ExitCode end_without_lock(Session& session) {
  if (!session.lock(std::chrono::milliseconds(0))) return ExitCode::failed;
  return has_lock(session) ? planned_without_lock(session) : ExitCode::ok;
}

ExitCode await_end_of_pods(Session& session, const Plan& plan, const ExecuteOptions& options) {
  const std::vector<ResourceId> ids = {session.kubernetes().all_pods()};
  const auto answer = session.kubernetes().readiness(ids, session.host().abort);
  if (!answer) {
    session.view().error(answer.error());
    return ExitCode::failed;
  }
  if (answer->front().state == Readiness::State::ready) return ExitCode::ok;
  const Outcome outcome = wait_for(session, plan, ids, options);
  if (lost_lock(session)) return report_lost_lock(session, plan, outcome);
  if (!outcome.complete()) session.view().outcome(plan, outcome);
  return exit_code_of(outcome);
}

ExitCode finish_without_changes(Session& session, const Plan& plan, const ExecuteOptions& options, bool always) {
  if (was_interrupted(session.inventory())) return finish_interrupted(session, plan, options);
  std::vector<ResourceId> ids = also_awaited(session);
  const auto answers = session.kubernetes().readiness(ids, session.host().abort);
  if (!answers) {
    session.view().error(answers.error());
    return ExitCode::failed;
  }
  std::vector<ResourceId> unready;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if ((*answers)[i].state != Readiness::State::ready) unready.push_back(ids[i]);
  }
  if (unready.empty()) return report_no_changes(session, plan, always);
  if (!complete_record(session, plan)) return ExitCode::failed;
  session.view().note("Nothing is to be changed, but not everything is ready; waiting until it is.");
  const Outcome outcome = wait_for(session, plan, unready, options);
  if (lost_lock(session)) return report_lost_lock(session, plan, outcome);
  session.cluster().lock().give_back();
  session.view().outcome(plan, outcome);
  return exit_code_of(outcome);
}

}  // namespace cloudflow
