// What a change of an object costs, by kind.
#include "providers/kubernetes/risk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "providers/kubernetes/leftovers.h"
#include "providers/kubernetes/workload_stop.h"

namespace cloudflow {
namespace {

std::string_view name(const Difference& difference, std::size_t i) {
  return i < difference.names.size() ? std::string_view(difference.names[i]) : std::string_view{};
}

template <std::size_t n>
bool one_of(std::string_view value, const std::array<std::string_view, n>& list) {
  return std::ranges::find(list, value) != list.end();
}

bool is_workload(std::string_view kind) {
  return kind == "Deployment.apps" || kind == "StatefulSet.apps" || kind == "DaemonSet.apps";
}

/// How many pods a workload has or will have.
long long pods_of(std::string_view kind, const Json* desired, const Json* live) {
  if (kind == "DaemonSet.apps") return live == nullptr ? 0 : int_at(*live, {"status", "desiredNumberScheduled"});
  const long long running = live == nullptr ? 1 : int_at(*live, {"spec", "replicas"}, 1);
  return desired == nullptr ? running : int_at(*desired, {"spec", "replicas"}, running);
}

void judge_update(Change& change, std::span<const Difference> found, const Json* desired, const Json* live) {
  const auto touches_template = [](const Difference& one) {
    return name(one, 0) == "spec" && name(one, 1) == "template";
  };
  if (!is_workload(change.id.kind) || std::ranges::none_of(found, touches_template)) return;
  if (live != nullptr && bool_at(*live, {"spec", "paused"})) {
    change.notes.emplace_back("the rollout is paused: pods keep their old template until it is resumed");
    return;
  }
  if (live != nullptr && string_at(*live, {"spec", "updateStrategy", "type"}) == "OnDelete") {
    change.notes.emplace_back("update strategy OnDelete: pods keep their old template until they are deleted");
    return;
  }
  change.restarts = static_cast<int>(pods_of(change.id.kind, desired, live));
  if (change.restarts > 0) change.risk = Risk::restart;
}

void judge_replace(Change& change, const Json* desired, const Json* live) {
  const std::string& kind = change.id.kind;
  if (kind == "PersistentVolumeClaim") {
    change.risk = Risk::data_loss;
  } else if (is_workload(kind)) {
    change.risk = Risk::disruptive;
    change.restarts = static_cast<int>(pods_of(kind, desired, live));
    if (kind == "StatefulSet.apps") change.notes.emplace_back("its volume claims stay");
  } else if (kind == "Service" || kind == "RoleBinding.rbac.authorization.k8s.io" ||
             kind == "ClusterRoleBinding.rbac.authorization.k8s.io") {
    change.risk = Risk::disruptive;
  } else if (kind == "Job.batch") {
    change.risk = Risk::restart;
    change.notes.emplace_back("the job runs again");
  }
}

void judge_kind(Change& change, std::span<const Difference> found, const Json* desired, const Json* live) {
  switch (change.action) {
    case Action::none:
    case Action::create:
      return;
    case Action::update:
      return judge_update(change, found, desired, live);
    case Action::replace:
      return judge_replace(change, desired, live);
    case Action::remove:
      if (change.id.kind == "PersistentVolumeClaim" || change.id.kind == "Namespace") change.risk = Risk::data_loss;
      if (change.id.kind == "Service") change.risk = Risk::disruptive;
      return;
  }
}

}  // namespace

bool is_immutable(std::string_view kind, const Difference& difference, const Json& live) {
  const std::string_view top = name(difference, 0);
  const std::string_view field = name(difference, 1);
  if (kind == "RoleBinding.rbac.authorization.k8s.io" || kind == "ClusterRoleBinding.rbac.authorization.k8s.io") {
    return top == "roleRef";
  }
  if (kind == "Secret" || kind == "ConfigMap") {
    if (kind == "Secret" && top == "type") return true;
    return bool_at(live, {"immutable"}) && (top == "data" || top == "binaryData" || top == "immutable");
  }
  if (top != "spec") return false;
  if (kind == "Deployment.apps" || kind == "DaemonSet.apps" || kind == "ReplicaSet.apps") return field == "selector";
  if (kind == "StatefulSet.apps") {
    constexpr std::array<std::string_view, 7> can = {"replicas",
                                                     "ordinals",
                                                     "template",
                                                     "updateStrategy",
                                                     "revisionHistoryLimit",
                                                     "persistentVolumeClaimRetentionPolicy",
                                                     "minReadySeconds"};
    return !one_of(field, can);
  }
  if (kind == "Service") {
    // An address that the server chose may be given up with the type, but not be changed.
    return field == "clusterIP" && difference.after && difference.before && *difference.before != "";
  }
  if (kind == "Job.batch") {
    constexpr std::array<std::string_view, 6> cannot = {"selector",         "template",      "completionMode",
                                                        "podFailurePolicy", "successPolicy", "managedBy"};
    return one_of(field, cannot) ||
           (field == "completions" && string_at(live, {"spec", "completionMode"}, "NonIndexed") != "Indexed");
  }
  if (kind == "PersistentVolumeClaim") {
    constexpr std::array<std::string_view, 2> can = {"resources", "volumeAttributesClassName"};
    return !one_of(field, can);
  }
  return false;
}

void judge(Change& change, std::span<const Difference> found, const Json* desired, const Json* live) {
  judge_kind(change, found, desired, live);
  note_stop(change, found, desired, live);
  note_leftovers(change, live);
}

}  // namespace cloudflow
