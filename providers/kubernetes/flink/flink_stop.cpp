// Stop, remember, and only then let the caller change the pods.
#include "providers/kubernetes/flink/flink_stop.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "providers/kubernetes/api/api_discovery.h"
#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/flink/flink_journal.h"
#include "providers/kubernetes/flink/flink_rest.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds poll = 500ms;
/// A JobManager that is just starting or electing its leader, and a job that is just recovering.
constexpr std::chrono::milliseconds patience = 60s;
/// A JobManager that answers takes up its job within seconds.
constexpr std::chrono::milliseconds start_patience = 30s;
/// For how long answers about checkpoints may be old: as Flink's settings say, within these bounds.
constexpr std::chrono::milliseconds least_wait = 3s;
constexpr std::chrono::milliseconds most_wait = 2min;
/// Flink needs a second or two to put away what it recorded of a job that has ended.
constexpr std::chrono::milliseconds cleanup_patience = 30s;
/// Writing a savepoint of a large state takes its time.
constexpr std::chrono::milliseconds savepoint_deadline = 30min;
/// Under these keys Flink 1 and Flink 2 record a job that they start again.
constexpr std::string_view graph_prefixes[] = {"jobGraph-", "executionPlan-"};

std::string annotation(const Json& workload, std::string_view name) {
  return string_at(workload, {"metadata", "annotations", name});
}

std::unexpected<Error> refused(ErrorKind kind, std::string message) {
  return failure(
      kind, std::move(message),
      "repair the job and apply again; or go on without a savepoint: runtimes: {flink: {stop-with: checkpoint}} in "
      "the environment, or stop-with: nothing to give its state up");
}

class Stopping {
 public:
  Stopping(ApiClient& client, Clock& clock, const FlinkJobAddress& place, FlinkStop how, bool for_good,
           const std::stop_token& stop)
      : client_(client),
        clock_(clock),
        place_(place),
        how_(how),
        for_good_(for_good),
        stop_(stop),
        rest_(client, place.ns, place.service) {}

  Result<void> run();

 private:
  Result<std::optional<FlinkJob>> ask();
  Result<void> without_rest(const Error& why);
  Result<void> no_job();
  Result<void> renew(bool never_ran);
  Result<void> take_savepoint(const FlinkJob& job);
  Result<void> cancel(const FlinkJob& job);
  Result<void> ended(const FlinkJob& job);
  Result<FlinkSavepoint> wait_for_savepoint(const std::string& job, const std::string& request);
  Result<std::optional<FlinkJob>> wait_for_end(const FlinkJob& job);
  Result<void> remember(const std::string& job, const std::string& savepoint);
  Result<void> wait_for_new_answers();
  Result<void> wait_until_put_away();
  Result<void> pause();

  ApiClient& client_;
  Clock& clock_;
  const FlinkJobAddress& place_;
  FlinkStop how_;
  bool for_good_;
  const std::stop_token& stop_;
  FlinkRest rest_;
  FlinkJournal journal_{};
};

/// The job that counts: one that has not ended, else the one that the journal speaks of, else one that finished. A
/// JobManager that was started again lists the jobs before as well, in any order, and knows nothing of their
/// savepoints.
FlinkJob foremost(const std::vector<FlinkJob>& jobs, const FlinkJournal& journal) {
  const auto rank = [&](const FlinkJob& job) {
    if (!job.ended()) return 0;
    if (job.id == journal.stopping) return 1;
    if (job.id == journal.job_id) return 2;
    if (job.id == journal.stopped) return 3;
    return job.state == "FINISHED" ? 4 : 5;
  };
  return *std::ranges::min_element(jobs, {}, rank);
}

/// Flink 1 labels the ConfigMaps of its high availability with both, Flink 2 only with the first.
bool is_of_high_availability(const Json& map) {
  return string_at(map, {"metadata", "labels", "type"}) == "flink-native-kubernetes" ||
         string_at(map, {"metadata", "labels", "configmap-type"}) == "high-availability";
}

bool records_a_checkpoint(std::string_view key) { return key.starts_with("checkpointID-"); }

bool records_a_job(std::string_view key) {
  return std::ranges::any_of(graph_prefixes, [&](std::string_view prefix) { return key.starts_with(prefix); });
}

/// What Flink's high availability has recorded under keys that `counts` accepts: ConfigMap → keys.
Result<std::map<std::string, std::vector<std::string>>> recorded(ApiClient& client, const FlinkJobAddress& place,
                                                                 bool (*counts)(std::string_view key),
                                                                 const std::stop_token& stop) {
  std::map<std::string, std::vector<std::string>> out;
  if (place.cluster.empty()) return out;
  const auto take = [&](const Json& map) {
    const Json* data = find(map, {"data"});
    if (data == nullptr || !data->is_object() || !is_of_high_availability(map)) return;
    for (const auto& [key, value] : data->items()) {
      if (counts(key)) out[string_at(map, {"metadata", "name"})].push_back(key);
    }
  };
  CF_CHECK(each_object(
      client, well_known_resource("ConfigMap")->collection(place.ns), {.labels = "app=" + place.cluster},
      [&] { out.clear(); }, take, stop));
  return out;
}

/// The jobs that it would start again.
Result<std::map<std::string, std::vector<std::string>>> recorded_jobs(ApiClient& client, const FlinkJobAddress& place,
                                                                      const std::stop_token& stop) {
  return recorded(client, place, records_a_job, stop);
}

/// Lets Flink start the new program instead of the recorded one. What its checkpoints are stays recorded.
Result<void> forget_graphs(ApiClient& client, const FlinkJobAddress& place, const std::stop_token& stop) {
  CF_TRY(const auto recorded, recorded_jobs(client, place, stop));
  for (const auto& [name, keys] : recorded) {
    Json data = Json::object();
    for (const std::string& key : keys) data[key] = nullptr;
    const auto done = client.merge_patch(well_known_resource("ConfigMap")->object(place.ns, name), {{"data", data}},
                                         {.manager = "cloudflow-savepoint"}, stop);
    if (!done && done.error().kind != ErrorKind::not_found) return std::unexpected<Error>(done.error());
  }
  return {};
}

Result<void> Stopping::pause() {
  clock_.sleep(poll, stop_);
  if (stop_.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
  return {};
}

/// The job that counts. Waits a little for a JobManager that does not answer although it has a job, and for a job that
/// is just recovering.
Result<std::optional<FlinkJob>> Stopping::ask() {
  const auto end = clock_.now() + patience;
  std::optional<std::chrono::steady_clock::time_point> idle_until;
  for (;;) {
    const auto jobs = rest_.jobs(stop_);
    if (!jobs && (jobs.error().kind == ErrorKind::denied || jobs.error().kind == ErrorKind::unauthenticated ||
                  jobs.error().kind == ErrorKind::interrupted))
      return std::unexpected<Error>(jobs.error());
    if (!jobs) {
      CF_TRY(const auto recorded, recorded_jobs(client_, place_, stop_));
      const bool may_have_one = !recorded.empty() || (!journal_.savepoint.empty() && !for_good_);
      if (!may_have_one || how_ != FlinkStop::savepoint || clock_.now() >= end)
        return std::unexpected<Error>(jobs.error());
    } else if (jobs->empty()) {
      // Perhaps it is only now taking up again what it has recorded, or what the journal tells it to start.
      CF_TRY(const auto recorded, recorded_jobs(client_, place_, stop_));
      if (!idle_until) idle_until = clock_.now() + start_patience;
      if (recorded.empty() && (journal_.job_id.empty() || for_good_ || clock_.now() >= *idle_until))
        return std::optional<FlinkJob>();
      if (!recorded.empty() && (how_ != FlinkStop::savepoint || clock_.now() >= end))
        return failure(ErrorKind::unavailable, "its JobManager lists no job, and has recorded one");
    } else {
      const FlinkJob job = foremost(*jobs, journal_);
      const bool settled = job.ended() || job.state == "RUNNING" || how_ != FlinkStop::savepoint;
      if (settled || clock_.now() >= end) return std::optional(job);
    }
    CF_CHECK(pause());
  }
}

Result<void> Stopping::remember(const std::string& job, const std::string& savepoint) {
  journal_ = {.exists = true,
              .savepoint = savepoint,
              .job_id = flink_job_id(savepoint.empty() ? job + journal_.job_id + " anew" : job + savepoint),
              .stopping = "",
              .stopped = job};
  return write_journal(client_, place_.ns, place_.journal, journal_, stop_);
}

/// No JobManager answers. Whether there is something to lose stands in Flink's own records.
Result<void> Stopping::without_rest(const Error& why) {
  if (why.kind == ErrorKind::denied || why.kind == ErrorKind::unauthenticated || why.kind == ErrorKind::interrupted) {
    Error error = why;
    if (error.kind == ErrorKind::denied || error.hint.empty())
      error.hint = "stopping a job needs get, create and patch on services/proxy";
    return std::unexpected(std::move(error));
  }
  CF_TRY(const auto recorded, recorded_jobs(client_, place_, stop_));
  // A JobManager that is not there may never have been: only where one has started from a savepoint, there was a job.
  const bool started = !journal_.stopping.empty() || !journal_.savepoint.empty();
  if (recorded.empty()) return started && how_ == FlinkStop::savepoint ? no_job() : Result<void>();
  if (how_ == FlinkStop::savepoint)
    return refused(why.kind, fmt::format("its flink job cannot be stopped with a savepoint: {}", why.message));
  CF_CHECK(forget_graphs(client_, place_, stop_));
  // The same job goes on from its last checkpoint; another one begins with nothing.
  return how_ == FlinkStop::checkpoint ? Result<void>() : remember(journal_.job_id, "");
}

/// The job that the journal names runs nowhere: it ended at its start, as where its program cannot read the savepoint,
/// or was never taken up. Flink never runs a job of the same id again, and says nothing: what comes next has to be
/// another one, which starts from what this one was started from.
Result<void> Stopping::renew(bool never_ran) {
  if (journal_.job_id.empty() || for_good_) return {};
  CF_TRY(const auto checkpoints, recorded(client_, place_, records_a_checkpoint, stop_));
  if (!checkpoints.empty()) return {};
  if (how_ == FlinkStop::nothing) return remember(journal_.job_id, "");
  if (never_ran || !journal_.savepoint.empty()) return remember(journal_.job_id, journal_.savepoint);
  return failure(ErrorKind::not_found,
                 fmt::format("flink job {} has ended, and whether it left any state is not known", journal_.job_id),
                 fmt::format("where it never ran, or to give its state up, begin anew: runtimes: {{flink: {{stop-with: "
                             "nothing}}}} in the environment; else write the path of its last checkpoint and 32 new "
                             "hex digits into configmap {}: data: {{savepoint: PATH, job-id: DIGITS}}",
                             quote(place_.journal)));
}

Result<void> Stopping::no_job() {
  if (journal_.stopping.empty()) return renew(false);
  if (how_ == FlinkStop::nothing) return remember(journal_.stopping, "");
  return failure(
      ErrorKind::not_found,
      fmt::format("flink job {} was being stopped and is gone, and where its savepoint is is not known",
                  journal_.stopping),
      fmt::format("look for it in {}, and write it into configmap {}: data: {{savepoint: PATH, job-id: 32 new "
                  "hex digits}}, without stopping",
                  place_.savepoints, quote(place_.journal)));
}

/// The savepoint or why there is none; neither where Flink no longer knows the question.
Result<FlinkSavepoint> Stopping::wait_for_savepoint(const std::string& job, const std::string& request) {
  const auto end = clock_.now() + savepoint_deadline;
  auto silent_until = clock_.now() + patience;
  for (;;) {
    const auto answer = rest_.savepoint(job, request, stop_);
    if (answer && answer->done) return *answer;
    if (answer) {
      silent_until = clock_.now() + patience;
    } else if (answer.error().kind == ErrorKind::interrupted || answer.error().kind == ErrorKind::denied) {
      return std::unexpected<Error>(answer.error());
    } else if (answer.error().status == 404 || clock_.now() >= silent_until) {
      // A JobManager that was started again does not know the question; what became of the job, it does.
      return FlinkSavepoint{};
    }
    if (clock_.now() >= end)
      return refused(ErrorKind::timeout,
                     fmt::format("flink job {} has not written its savepoint after {} minutes", job,
                                 std::chrono::duration_cast<std::chrono::minutes>(savepoint_deadline).count()));
    CF_CHECK(pause());
  }
}

Result<void> Stopping::take_savepoint(const FlinkJob& job) {
  if (job.state != "RUNNING")
    return refused(ErrorKind::unavailable,
                   fmt::format("flink job {} is {}, and only a running one can write a savepoint", job.id, job.state));
  const bool asked_before = journal_.stopping == job.id;
  journal_.stopping = job.id;
  CF_CHECK(write_journal(client_, place_.ns, place_.journal, journal_, stop_));
  const auto request = rest_.begin_stop(job.id, place_.savepoints, stop_);
  FlinkSavepoint made;
  if (request) {
    CF_TRY(made, wait_for_savepoint(job.id, *request));
  } else if (request.error().kind != ErrorKind::timeout && request.error().kind != ErrorKind::unavailable) {
    return std::unexpected<Error>(request.error());
  }
  if (!made.location.empty()) return remember(job.id, made.location);
  // It is not known whether the question arrived, or Flink was answering that of a run before: what the job is now
  // decides.
  CF_TRY(const std::optional<FlinkJob> now, asked_before ? wait_for_end(job) : ask());
  if (now && now->id == job.id && now->ended()) return ended(*now);
  if (!made.failure.empty())
    return refused(ErrorKind::unavailable,
                   fmt::format("flink job {} did not stop with a savepoint: {}", job.id, made.failure));
  return refused(ErrorKind::unavailable,
                 fmt::format("flink job {} was asked to stop with a savepoint, and is {}{}", job.id,
                             now ? now->state : "gone", request ? "" : ": " + request.error().message));
}

/// The job once it has ended, or as it is when patience is over; nothing when Flink no longer lists it.
Result<std::optional<FlinkJob>> Stopping::wait_for_end(const FlinkJob& job) {
  const auto end = clock_.now() + patience;
  for (;;) {
    const auto jobs = rest_.jobs(stop_);
    if (jobs) {
      const auto found = std::ranges::find(*jobs, job.id, &FlinkJob::id);
      if (found == jobs->end()) return std::optional<FlinkJob>();
      if (found->ended() || clock_.now() >= end) return std::optional(*found);
    } else if (clock_.now() >= end) {
      return std::unexpected<Error>(jobs.error());
    }
    CF_CHECK(pause());
  }
}

/// What somebody, a browser say, was told of a job's checkpoints just before it ended is told again for a while. It
/// names a checkpoint that Flink has deleted since, or no savepoint yet.
Result<void> Stopping::wait_for_new_answers() {
  const auto kept = rest_.keeps_answers(stop_);
  const auto end = clock_.now() + std::clamp(kept ? *kept : least_wait, least_wait, most_wait);
  while (clock_.now() <= end) CF_CHECK(pause());
  return {};
}

/// A job that runs no more. Its last savepoint, or checkpoint, is what the next start continues from.
Result<void> Stopping::ended(const FlinkJob& job) {
  if (journal_.stopped == job.id && journal_.stopping.empty()) return {};
  if (how_ == FlinkStop::nothing) return remember(job.id, "");
  CF_CHECK(wait_for_new_answers());
  const bool finished = job.state == "FINISHED";
  const auto place =
      finished && how_ == FlinkStop::savepoint ? rest_.last_savepoint(job.id, stop_) : rest_.last_state(job.id, stop_);
  // Of a job that ended at its start, or before the JobManager was started again, Flink knows no checkpoints.
  if (!place && place.error().status == 404) {
    if (journal_.stopping == job.id) return no_job();
    if (journal_.job_id == job.id) return renew(!finished);
  }
  if (!place) return std::unexpected<Error>(place.error());
  // It came to its end by itself: there is nothing to go on with.
  if (place->empty() && finished && journal_.stopping != job.id) return remember(job.id, "");
  if (place->empty() || (!finished && how_ == FlinkStop::savepoint))
    return refused(ErrorKind::unavailable,
                   fmt::format("flink job {} is {} {}", job.id, job.state,
                               place->empty() ? "and has left neither savepoint nor checkpoint"
                                              : "without a savepoint; its last checkpoint is " + *place));
  return remember(job.id, *place);
}

Result<void> Stopping::cancel(const FlinkJob& job) {
  CF_CHECK(rest_.cancel(job.id, stop_));
  CF_TRY(const std::optional<FlinkJob> now, wait_for_end(job));
  if (!now || now->ended()) return ended(now.value_or(job));
  return refused(ErrorKind::timeout, fmt::format("flink job {} was cancelled and does not end", job.id));
}

Result<void> Stopping::run() {
  CF_TRY(journal_, read_journal(client_, place_.ns, place_.journal, stop_));
  const Result<std::optional<FlinkJob>> job = ask();
  if (!job) return without_rest(job.error());
  if (!*job) return no_job();
  if ((*job)->ended()) {
    CF_CHECK(ended(**job));
  } else {
    CF_CHECK(how_ == FlinkStop::savepoint ? take_savepoint(**job) : cancel(**job));
  }
  return wait_until_put_away();
}

/// Flink says that a job has ended, and then puts away what it recorded of it. Where its pods end in between, Flink 2.3
/// stumbles at the next start over the record of the old job and runs none. A JobManager that no longer answers is not
/// waited for: the state is safe.
Result<void> Stopping::wait_until_put_away() {
  const auto end = clock_.now() + cleanup_patience;
  for (int quiet = 0; quiet < 2 && clock_.now() < end;) {
    const auto recorded = recorded_jobs(client_, place_, stop_);
    const auto all_ended = rest_.applications_ended(stop_);
    if (!recorded || !all_ended) return {};
    // Its last write comes just after it says so.
    quiet = recorded->empty() && *all_ended ? quiet + 1 : 0;
    if (quiet < 2) CF_CHECK(pause());
  }
  return {};
}

}  // namespace

std::optional<FlinkStop> flink_stop_of(const Json& workload) {
  const std::string how = annotation(workload, "cloudflow/stop-with");
  if (how == "flink-savepoint") return FlinkStop::savepoint;
  if (how == "flink-checkpoint") return FlinkStop::checkpoint;
  if (how == "flink-nothing") return FlinkStop::nothing;
  return std::nullopt;
}

FlinkJobAddress flink_job_address(const Json& workload, const std::string& ns) {
  return {.ns = ns,
          .service = annotation(workload, "cloudflow/flink-rest"),
          .cluster = annotation(workload, "cloudflow/flink-cluster"),
          .savepoints = annotation(workload, "cloudflow/flink-savepoints"),
          .journal = annotation(workload, "cloudflow/flink-journal")};
}

Result<void> stop_flink_job(ApiClient& client, Clock& clock, const FlinkJobAddress& place, FlinkStop how, bool for_good,
                            const std::stop_token& stop) {
  return Stopping(client, clock, place, how, for_good, stop).run();
}

Result<void> prepare_flink_job(ApiClient& client, const FlinkJobAddress& place, const std::string& unique,
                               const std::stop_token& stop) {
  CF_TRY(const FlinkJournal journal, read_journal(client, place.ns, place.journal, stop));
  if (journal.exists) return {};
  CF_CHECK(forget_graphs(client, place, stop));
  return write_journal(client, place.ns, place.journal, {.job_id = flink_job_id(unique)}, stop);
}

}  // namespace cloudflow
