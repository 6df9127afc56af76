// Decides from the change and the annotations whether a job is stopped first.
#include "providers/kubernetes/workload_stop.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>

#include "providers/kubernetes/flink_stop.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view pod_template = "/spec/template";
constexpr std::chrono::seconds failure_holds{10};

std::string stop_when(const Json& workload) {
  return string_at(workload, {"metadata", "annotations", "cloudflow/stop-when"});
}

/// The pointer below which a difference means that the job has to be stopped: the pod template, or one annotation of
/// it.
std::string trigger_of(const Json& workload) {
  const std::string when = stop_when(workload);
  return when.empty() ? std::string(pod_template)
                      : fmt::format("{}/metadata/annotations/{}", pod_template, pointer_step(when));
}

bool touches(std::string_view pointer, std::string_view trigger) {
  return pointer.starts_with(trigger) || trigger.starts_with(std::string(pointer) + "/");
}

constexpr std::string_view job_state = "the state of its Flink job, which is cancelled without a savepoint";

std::string_view words_of(FlinkStop how, bool removes) {
  switch (how) {
    case FlinkStop::savepoint:
      return removes ? "stops with a savepoint, which stays" : "stops with a savepoint and starts from it";
    case FlinkStop::checkpoint:
      return removes ? "is cancelled; its last checkpoint stays" : "is cancelled and starts from its last checkpoint";
    case FlinkStop::nothing:
      return removes ? "is cancelled, and its state is given up"
                     : "is cancelled and starts anew: its state is given up";
  }
  return "";
}

/// Nothing in the source says how to stop what it no longer asks for.
std::string removal_hint(const ResourceId& id) {
  return fmt::format(
      "repair the job and apply again; or give its state up: kubectl annotate deployment {} -n {} --overwrite "
      "cloudflow/stop-with=flink-nothing",
      id.name, id.scope);
}

bool is_stopped(const Json& live) { return int_at(live, {"spec", "replicas"}, 1) == 0; }

}  // namespace

Result<void> stop_before(ProviderState& state, const Change& change, const ApiPath& path, const std::stop_token& stop) {
  if (change.id.kind != "Deployment.apps") return {};
  const Json& desired = change.desired.spec;
  const bool removes = change.action == Action::remove;
  const std::optional<FlinkStop> wanted = flink_stop_of(desired);
  if (!removes && !wanted) return {};
  if (change.action == Action::create) {
    if (!stop_when(desired).empty()) return {};
    const std::string unique = fmt::format("{} {} {} {}", state.set.id(), change.id.scope, change.id.name,
                                           state.clock.wall().time_since_epoch().count());
    return prepare_flink_job(state.client, flink_place_of(desired, change.id.scope), unique, stop);
  }
  const std::string trigger = trigger_of(desired);
  if (change.action == Action::update &&
      std::ranges::none_of(change.fields, [&](const FieldChange& field) { return touches(field.pointer, trigger); }))
    return {};
  const auto live = state.client.get(path, stop);
  if (!live && live.error().kind == ErrorKind::not_found) return {};
  if (!live) return std::unexpected<Error>(live.error());
  // Another object than the planned one is refused by the write itself.
  const std::string planned = string_at(change.precondition, {"uid"});
  if (!planned.empty() && planned != string_at(*live, {"metadata", "uid"})) return {};
  const std::optional<FlinkStop> running = flink_stop_of(*live);
  if ((!wanted && !running) || is_stopped(*live)) return {};
  // What runs is asked where it is; how it is stopped is what the source says now.
  const FlinkPlace place = flink_place_of(running ? *live : desired, change.id.scope);
  const auto one = state.stop_of(place.space + "/" + place.journal);
  const std::scoped_lock lock(one->mutex);
  // What has just failed for a workload of the same job fails for this one, without waiting once more.
  if (one->failed && state.clock.now() - one->failed_at < failure_holds) return std::unexpected(*one->failed);
  auto stopped = stop_flink_job(state.client, state.clock, place, removes ? *running : *wanted, removes, stop);
  if (stopped) return {};
  if (removes && !stopped.error().hint.empty()) stopped.error().hint = removal_hint(change.id);
  one->failed = stopped.error();
  one->failed_at = state.clock.now();
  return stopped;
}

void note_stop(Change& change, std::span<const Difference> found, const Json* desired, const Json* live) {
  if (change.id.kind != "Deployment.apps" || live == nullptr || is_stopped(*live)) return;
  const bool removes = change.action == Action::remove;
  const std::optional<FlinkStop> how = flink_stop_of(removes || desired == nullptr ? *live : *desired);
  const Json& workload = removes || desired == nullptr ? *live : *desired;
  // Said once: of the workload that starts the job again.
  if (!how || !stop_when(workload).empty()) return;
  if (change.action == Action::update &&
      std::ranges::none_of(found, [](const Difference& one) { return touches(one.pointer, pod_template); }))
    return;
  change.notes.emplace_back(words_of(*how, removes));
  if (*how == FlinkStop::nothing) lose(change, {.what = std::string(job_state)});
}

void forget_stop(Change& change) {
  for (const FlinkStop how : {FlinkStop::savepoint, FlinkStop::checkpoint, FlinkStop::nothing})
    std::erase(change.notes, words_of(how, false));
  std::erase_if(change.losses, [](const Loss& loss) { return loss.what == job_state; });
}

}  // namespace cloudflow
