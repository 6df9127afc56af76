// Reasons that only events have: what the cluster last warned of about a pod, or about a workload without pods.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"
#include "cloudflow/result.h"
#include "providers/kubernetes/api/api_client.h"
#include "providers/kubernetes/rules/workload_pods.h"

namespace cloudflow {

/// For so long something waits before its events are asked for: most waits are over by then.
inline constexpr std::chrono::seconds event_patience{2};

/// Whose events.
struct EventQuestion {
  std::string kind{};  ///< without group
  std::string name{};
  std::string uid{};      ///< empty: not known
  bool starting = true;   ///< nothing of it runs yet; what happened while it started is told
  bool answered = false;  ///< it says itself what is wrong
};

/// About the pod that keeps a workload from being ready, or about the workload when it has none.
EventQuestion event_question(const Workload& workload, std::span<const Json* const> pods);
/// About an object that makes no pods; it may be a pod itself.
EventQuestion question_of(const ResourceId& id, const Json& object);

/// One text for each question: "FailedMount: MountVolume.SetUp failed …", or "" where there is none, or where events
/// may not be read.
Result<std::vector<std::string>> last_warnings(ApiClient& client, const std::string& ns,
                                               std::span<const EventQuestion> questions, const std::stop_token& stop);

/// What a mount needs and does not find.
struct MissingMount {
  std::string kind{};  ///< "Secret" or "ConfigMap"
  std::string name{};
};

/// The Secret or ConfigMap that is not there, from a kubelet's warning about a volume; nothing where it says something
/// else.
std::optional<MissingMount> missing_in(std::string_view warning);

/// The newest warning about one thing among these events that says more than its own status.
std::string last_warning(const EventQuestion& question, std::span<const Json> events);

}  // namespace cloudflow
