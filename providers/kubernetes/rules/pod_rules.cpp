// What a pod says about itself: why it is not ready, in the words people search for.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "providers/kubernetes/rules/readiness_rules.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Of a longer message the middle goes: it begins with what was done and ends with what is wrong.
constexpr std::size_t longest_message = 300;
constexpr std::size_t kept_beginning = 90;

/// Whether a byte continues a character of UTF-8.
bool is_inside(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

std::string joined(const std::string& reason, const std::string& message) {
  if (reason.empty() || message.empty()) return reason + message;
  return reason + ": " + on_one_line(message);
}

bool is_starting(const std::string& reason) { return reason == "ContainerCreating" || reason == "PodInitializing"; }

/// Why one container keeps its pod from being ready, without its name; "" when it does not.
std::string container_reason(const Json& status, const std::string& what, bool ends) {
  if (const Json* waiting = find(status, {"state", "waiting"})) {
    const std::string reason = string_at(*waiting, {"reason"}, "Waiting");
    if (is_starting(reason)) return ends ? "" : reason;
    if (reason != "CrashLoopBackOff") return joined(reason, string_at(*waiting, {"message"}));
    const Json* last = find(status, {"lastState", "terminated"});
    std::string text = reason + (last == nullptr ? "" : ": " + ending_of(*last));
    if (const long long restarts = int_at(status, {"restartCount"}); restarts > 0)
      text += ", " + counted(restarts, "restart");
    return text;
  }
  if (const Json* ended = find(status, {"state", "terminated"})) {
    if (ends && int_at(*ended, {"exitCode"}) == 0) return "";
    return fmt::format("{} ended with {}", what, ending_of(*ended));
  }
  if (bool_at(status, {"ready"})) return "";
  return ends ? fmt::format("{} is running", what) : fmt::format("{} runs but is not ready", what);
}

/// "init container prepare", "sidecar proxy", "container main"
std::string title_of(const Json& pod, const std::string& name, bool init) {
  if (!init) return "container " + name;
  return (is_sidecar(pod, name) ? "sidecar " : "init container ") + name;
}

std::size_t count_of(const Json& pod, const char* list) {
  const Json* statuses = find(pod, {"status", list});
  return statuses != nullptr && statuses->is_array() ? statuses->size() : 0;
}

std::string worst_container(const Json& pod) {
  std::string starting;
  const bool only_one = count_of(pod, "initContainerStatuses") + count_of(pod, "containerStatuses") == 1;
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    const Json* statuses = find(pod, {"status", list});
    if (statuses == nullptr || !statuses->is_array()) continue;
    for (const Json& status : *statuses) {
      const bool init = list[0] == 'i';
      const std::string name = string_at(status, {"name"});
      const std::string title = title_of(pod, name, init);
      std::string reason = container_reason(status, title, init && !is_sidecar(pod, name));
      if (reason.empty()) continue;
      const bool named = reason.starts_with(title);
      if (!is_starting(reason)) return only_one || named ? reason : title + ": " + reason;
      starting = std::move(reason);
    }
  }
  return starting;
}

bool says_not_found(std::string message) {
  message = lower(message);
  return std::ranges::any_of(std::array{"not found", "manifest unknown", "name unknown", "does not exist"},
                             [&](const char* words) { return message.find(words) != std::string::npos; });
}

/// What keeps a container from ever running, in a word; "" where it may come to run.
std::string lasting_trouble_of(const Json& status) {
  const std::string reason = string_at(status, {"state", "waiting", "reason"});
  if (reason == "InvalidImageName" || reason == "ErrImageNeverPull" || reason == "CreateContainerConfigError")
    return reason;
  if (reason == "ErrImagePull" || reason == "ImagePullBackOff")
    return says_not_found(string_at(status, {"state", "waiting", "message"})) ? "image not found" : "";
  if (reason == "RunContainerError") return "cannot start";
  for (const char* state : {"state", "lastState"}) {
    const std::string ended = string_at(status, {state, "terminated", "reason"});
    if (ended == "StartError" || ended == "ContainerCannotRun") return "cannot start";
    if (find(status, {state, "terminated"}) != nullptr) break;
  }
  return "";
}

}  // namespace

const Json* pod_condition(const Json& pod, std::string_view type) {
  const Json* conditions = find(pod, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return nullptr;
  for (const Json& one : *conditions) {
    if (string_at(one, {"type"}) == type) return &one;
  }
  return nullptr;
}

std::string on_one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  if (text.size() <= longest_message) return text;
  std::size_t first = kept_beginning;
  while (first > 0 && is_inside(text[first])) --first;
  std::size_t last = text.size() - (longest_message - kept_beginning);
  while (last < text.size() && is_inside(text[last])) ++last;
  return text.substr(0, first) + " … " + text.substr(last);
}

bool is_sidecar(const Json& pod, std::string_view container) {
  const Json* containers = find(pod, {"spec", "initContainers"});
  return containers != nullptr && containers->is_array() && std::ranges::any_of(*containers, [&](const Json& one) {
           return string_at(one, {"name"}) == container && string_at(one, {"restartPolicy"}) == "Always";
         });
}

std::string ending_of(const Json& terminated) {
  std::string text = fmt::format("exit code {}", int_at(terminated, {"exitCode"}));
  if (const std::string reason = string_at(terminated, {"reason"}); !reason.empty()) text += " (" + reason + ")";
  return joined(text, std::string(trimmed(string_at(terminated, {"message"}))));
}

bool node_is_silent(const Json& pod) {
  const Json* ready = pod_condition(pod, "Ready");
  const Json* containers = pod_condition(pod, "ContainersReady");
  // The kubelet writes both; of a node that is silent the node controller writes only the first, without a reason.
  return ready != nullptr && containers != nullptr && string_at(*ready, {"status"}) == "False" &&
         string_at(*containers, {"status"}) == "True" && string_at(*ready, {"reason"}).empty();
}

std::string lasting_trouble(const Json& pod) {
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    const Json* statuses = find(pod, {"status", list});
    if (statuses == nullptr || !statuses->is_array()) continue;
    for (const Json& status : *statuses) {
      if (std::string trouble = lasting_trouble_of(status); !trouble.empty()) return trouble;
    }
  }
  return "";
}

std::string pod_reason(const Json& pod) {
  const std::string phase = string_at(pod, {"status", "phase"});
  if (find(pod, {"metadata", "deletionTimestamp"}) != nullptr || phase == "Succeeded") return "";
  const Json* ready = pod_condition(pod, "Ready");
  if (phase != "Failed" && ready != nullptr && string_at(*ready, {"status"}) == "True") return "";
  const Json* scheduled = pod_condition(pod, "PodScheduled");
  if (scheduled != nullptr && string_at(*scheduled, {"status"}) == "False") {
    return joined(string_at(*scheduled, {"reason"}, "Unschedulable"), string_at(*scheduled, {"message"}));
  }
  if (phase == "Failed" && !string_at(pod, {"status", "reason"}).empty()) {
    return joined(string_at(pod, {"status", "reason"}), string_at(pod, {"status", "message"}));
  }
  std::string reason = worst_container(pod);
  if (!reason.empty()) return reason;
  if (node_is_silent(pod)) return fmt::format("its node {} does not answer", string_at(pod, {"spec", "nodeName"}));
  // As where a readiness gate is not passed.
  if (ready != nullptr && !string_at(*ready, {"reason"}).empty() && phase == "Running")
    return joined(string_at(*ready, {"reason"}), string_at(*ready, {"message"}));
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
