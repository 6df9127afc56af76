// Reads the events of the Job controller.
#include "providers/kubernetes/job_ending.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "providers/kubernetes/api/api_discovery.h"
#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/rules/readiness_rules.h"

namespace cloudflow {
namespace {

using State = Readiness::State;

constexpr std::string_view removed_itself = "it has removed itself since (ttlSecondsAfterFinished)";

/// The reasons of a Job's condition Failed, which are those of its last event.
bool is_failure(const std::string& reason) {
  static constexpr std::array<std::string_view, 5> reasons = {
      "BackoffLimitExceeded", "DeadlineExceeded", "FailedIndexes", "MaxFailedIndexesExceeded", "PodFailurePolicy"};
  return std::ranges::find(reasons, reason) != reasons.end();
}

}  // namespace

Readiness job_ending(std::span<const Json> events, const std::string& uid, std::chrono::milliseconds gone_for) {
  for (const Json& event : events) {
    if (string_at(event, {"involvedObject", "uid"}) != uid) continue;
    const std::string reason = string_at(event, {"reason"});
    if (reason == "Completed") return {State::ready, ""};
    if (is_failure(reason))
      return {State::failed,
              fmt::format("{}: {}; {}", reason, on_one_line(string_at(event, {"message"})), removed_itself)};
  }
  if (gone_for < ending_patience) return {State::waiting, "it is gone, and no event says yet how it ended"};
  return {State::failed,
          "it is gone, and no event says that it completed: it was deleted, or has removed itself before it was seen "
          "to end (ttlSecondsAfterFinished)"};
}

Result<Readiness> job_ending(ApiClient& client, const ResourceId& job, const std::string& uid,
                             std::chrono::milliseconds gone_for, const std::stop_token& stop) {
  const auto events =
      list_objects(client, well_known_resource("Event")->collection(job.scope),
                   {.fields = fmt::format("involvedObject.kind=Job,involvedObject.name={}", job.name)}, stop);
  if (!events && events.error().kind == ErrorKind::denied)
    return Readiness{State::failed, fmt::format("it is gone, and how it ended cannot be seen: {}; {}",
                                                events.error().message, events.error().hint)};
  if (!events) return std::unexpected(events.error());
  return job_ending(*events, uid, gone_for);
}

}  // namespace cloudflow
