// Decides from the change and the annotations whether a job is stopped first.
#include "providers/kubernetes/workload_stop.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>

#include "providers/kubernetes/flink/flink_stop.h"
#include "providers/kubernetes/rules/workload_annotations.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::chrono::seconds failure_holds{10};

/// The pointer below which a difference means that the job has to be stopped: the pod template, or one annotation of
/// it.
std::string trigger_of(const Json& workload) {
  const std::string when = stop_when_of(workload);
  return when.empty() ? std::string(pod_template_pointer)
                      : fmt::format("{}/metadata/annotations/{}", pod_template_pointer, pointer_step(when));
}

/// Nothing in the source says how to stop what it no longer asks for.
std::string removal_hint(const ResourceId& id) {
  return fmt::format(
      "repair the job and apply again; or give its state up: kubectl annotate deployment {} -n {} --overwrite "
      "cloudflow/stop-with=flink-nothing",
      id.name, id.scope);
}

}  // namespace

Result<void> stop_before(ProviderState& state, const Change& change, const ApiPath& path, const std::stop_token& stop) {
  if (change.id.kind != "Deployment.apps") return {};
  const Json& desired = change.desired.spec;
  const bool removes = change.action == Action::remove;
  const std::optional<FlinkStop> wanted = flink_stop_of(desired);
  if (!removes && !wanted) return {};
  if (change.action == Action::create) {
    if (!stop_when_of(desired).empty()) return {};
    const std::string unique = fmt::format("{} {} {} {}", state.set.id(), change.id.scope, change.id.name,
                                           state.clock.wall().time_since_epoch().count());
    return prepare_flink_job(state.client, flink_job_address(desired, change.id.scope), unique, stop);
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
  if ((!wanted && !running) || is_scaled_to_zero(*live)) return {};
  // What runs is asked where it is; how it is stopped is what the source says now.
  const FlinkJobAddress place = flink_job_address(running ? *live : desired, change.id.scope);
  const auto one = state.stop_of(place.ns + "/" + place.journal);
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

}  // namespace cloudflow
