// What a pod says about itself: why it is not ready, in the words people search for.
#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/readiness_rules.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr std::size_t longest_message = 200;

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  if (text.size() > longest_message) text = text.substr(0, longest_message) + "…";
  return text;
}

std::string joined(const std::string& reason, const std::string& message) {
  if (reason.empty() || message.empty()) return reason + message;
  return reason + ": " + one_line(message);
}

const Json* ready_condition(const Json& pod, std::string_view type) {
  const Json* conditions = find(pod, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return nullptr;
  for (const Json& one : *conditions) {
    if (string_at(one, {"type"}) == type) return &one;
  }
  return nullptr;
}

bool is_starting(const std::string& reason) { return reason == "ContainerCreating" || reason == "PodInitializing"; }

/// How the last run of a container ended: "exit code 1 (Error): java.lang.OutOfMemoryError".
std::string ending(const Json& terminated) {
  std::string text = fmt::format("exit code {}", int_at(terminated, {"exitCode"}));
  if (const std::string reason = string_at(terminated, {"reason"}); !reason.empty()) text += " (" + reason + ")";
  return joined(text, std::string(trimmed(string_at(terminated, {"message"}))));
}

/// Why one container keeps its pod from being ready; "" when it does not.
std::string container_reason(const Json& status, bool init) {
  const std::string name = string_at(status, {"name"});
  if (const Json* waiting = find(status, {"state", "waiting"})) {
    const std::string reason = string_at(*waiting, {"reason"}, "Waiting");
    if (is_starting(reason)) return init ? "" : reason;
    if (reason != "CrashLoopBackOff") return joined(reason, string_at(*waiting, {"message"}));
    const Json* last = find(status, {"lastState", "terminated"});
    std::string text = reason + (last == nullptr ? "" : ": " + ending(*last));
    if (const long long restarts = int_at(status, {"restartCount"}); restarts > 0)
      text += ", " + counted(restarts, "restart");
    return text;
  }
  if (const Json* ended = find(status, {"state", "terminated"})) {
    if (init && int_at(*ended, {"exitCode"}) == 0) return "";
    return fmt::format("container {} ended with {}", name, ending(*ended));
  }
  if (init) return bool_at(status, {"ready"}) ? "" : fmt::format("init container {} is running", name);
  return bool_at(status, {"ready"}) ? "" : fmt::format("container {} runs but is not ready", name);
}

std::string worst_container(const Json& pod) {
  std::string starting;
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    const Json* statuses = find(pod, {"status", list});
    if (statuses == nullptr || !statuses->is_array()) continue;
    for (const Json& status : *statuses) {
      std::string reason = container_reason(status, list[0] == 'i');
      if (reason.empty()) continue;
      if (!is_starting(reason)) return reason;
      starting = std::move(reason);
    }
  }
  return starting;
}

}  // namespace

std::string pod_reason(const Json& pod) {
  const std::string phase = string_at(pod, {"status", "phase"});
  if (find(pod, {"metadata", "deletionTimestamp"}) != nullptr || phase == "Succeeded") return "";
  const Json* ready = ready_condition(pod, "Ready");
  if (phase != "Failed" && ready != nullptr && string_at(*ready, {"status"}) == "True") return "";
  const Json* scheduled = ready_condition(pod, "PodScheduled");
  if (scheduled != nullptr && string_at(*scheduled, {"status"}) == "False") {
    return joined(string_at(*scheduled, {"reason"}, "Unschedulable"), string_at(*scheduled, {"message"}));
  }
  if (phase == "Failed" && !string_at(pod, {"status", "reason"}).empty()) {
    return joined(string_at(pod, {"status", "reason"}), string_at(pod, {"status", "message"}));
  }
  std::string reason = worst_container(pod);
  if (!reason.empty()) return reason;
  return phase.empty() ? "Pending" : phase;
}

int pod_severity(const Json& pod) {
  const std::string reason = pod_reason(pod);
  if (reason.empty()) return 0;
  if (is_starting(reason) || reason == "Pending" || reason == "Running") return 1;
  if (reason.ends_with("is not ready") || reason.ends_with("is running")) return 2;
  return 3;
}

std::string pod_status(const Json& pod) {
  if (find(pod, {"metadata", "deletionTimestamp"}) != nullptr) return "Terminating";
  const std::string phase = string_at(pod, {"status", "phase"});
  if (phase == "Succeeded" || phase == "Failed" || phase == "Unknown") return phase;
  const Json* statuses = find(pod, {"status", "containerStatuses"});
  if (statuses == nullptr || !statuses->is_array() || statuses->empty()) return "Pending";
  const auto all = [&](const char* state) {
    return std::ranges::all_of(*statuses, [&](const Json& one) { return find(one, {"state", state}) != nullptr; });
  };
  if (all("running")) return "Running";
  if (all("terminated")) return "Terminated";
  for (const Json& one : *statuses) {
    if (std::string reason = string_at(one, {"state", "waiting", "reason"}); !reason.empty()) return reason;
  }
  return "Pending";
}

}  // namespace cloudflow
