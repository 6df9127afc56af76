// When an object is ready, by kind: the rules of kstatus without their soft spots.
#include "providers/kubernetes/rules/readiness_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view not_seen = "the controller has not seen the change";

using State = Readiness::State;
using Rule = Readiness (*)(const Json& object);

Readiness ready() { return {.state = State::ready, .reason = {}}; }
Readiness waiting(std::string reason) { return {.state = State::waiting, .reason = std::move(reason)}; }
Readiness failed(std::string reason) { return {.state = State::failed, .reason = std::move(reason)}; }

const Json* condition(const Json& object, std::string_view type) {
  const Json* conditions = find(object, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return nullptr;
  for (const Json& one : *conditions) {
    if (string_at(one, {"type"}) == type) return &one;
  }
  return nullptr;
}

bool holds(const Json& object, std::string_view type, std::string_view status = "True") {
  const Json* found = condition(object, type);
  return found != nullptr && string_at(*found, {"status"}) == status;
}

/// "reason: message" of a condition, on one line.
std::string words(const Json* found) {
  if (found == nullptr) return "";
  const std::string reason = string_at(*found, {"reason"});
  std::string message = string_at(*found, {"message"});
  std::replace(message.begin(), message.end(), '\n', ' ');
  if (reason.empty() || message.empty()) return reason + message;
  return reason + ": " + message;
}

std::string with(const std::string& text, const std::string& more) { return more.empty() ? text : text + "; " + more; }

long long status(const Json& object, std::string_view field) { return int_at(object, {"status", field}); }

std::string pods_ready(long long count, long long wanted) {
  return fmt::format("{} of {} ready", count, counted(wanted, "pod"));
}

/// Waiting alone does not let a rollout go on. Paused from its making on, a Deployment is to have no pods.
Readiness paused_deployment(const Json& object, long long wanted) {
  const long long available = status(object, "availableReplicas");
  const bool rolled_out = find(object, {"metadata", "annotations", "deployment.kubernetes.io/revision"}) != nullptr;
  if (!rolled_out) return ready();
  if (const long long old = status(object, "replicas") - status(object, "updatedReplicas"); old > 0) {
    return failed(
        fmt::format("its rollout is paused, with {}: `kubectl rollout resume` lets it go on", counted(old, "old pod")));
  }
  if (available >= wanted) return ready();
  const std::string why = holds(object, "ReplicaFailure") ? words(condition(object, "ReplicaFailure")) : "";
  return waiting(with(with(pods_ready(available, wanted), "its rollout is paused"), why));
}

Readiness deployment(const Json& object) {
  const Json* progress = condition(object, "Progressing");
  if (progress != nullptr && string_at(*progress, {"reason"}) == "ProgressDeadlineExceeded")
    return failed(words(progress));
  const long long wanted = int_at(object, {"spec", "replicas"}, 1);
  if (bool_at(object, {"spec", "paused"})) return paused_deployment(object, wanted);
  const long long updated = status(object, "updatedReplicas");
  const long long available = status(object, "availableReplicas");
  const std::string why = holds(object, "ReplicaFailure") ? words(condition(object, "ReplicaFailure")) : "";
  if (updated < wanted) return waiting(with(fmt::format("{} of {} updated", updated, counted(wanted, "pod")), why));
  if (const long long old = status(object, "replicas") - updated; old > 0) {
    return waiting(with(fmt::format("{} still to end", counted(old, "old pod")), why));
  }
  if (status(object, "replicas") > wanted) {
    return waiting(fmt::format("{} still to end", counted(status(object, "replicas") - wanted, "pod")));
  }
  if (available < wanted) return waiting(with(pods_ready(available, wanted), why));
  return ready();
}

Readiness stateful_set(const Json& object) {
  const long long wanted = int_at(object, {"spec", "replicas"}, 1);
  const long long have = status(object, "replicas");
  if (status(object, "readyReplicas") < wanted) return waiting(pods_ready(status(object, "readyReplicas"), wanted));
  if (have > wanted) return waiting(fmt::format("{} still to end", counted(have - wanted, "pod")));
  if (status(object, "availableReplicas") < wanted)
    return waiting(pods_ready(status(object, "availableReplicas"), wanted));
  if (string_at(object, {"spec", "updateStrategy", "type"}) == "OnDelete") return ready();  // whoever deletes updates
  const long long partition = int_at(object, {"spec", "updateStrategy", "rollingUpdate", "partition"});
  const long long updated = status(object, "updatedReplicas");
  const bool one_revision =
      string_at(object, {"status", "currentRevision"}) == string_at(object, {"status", "updateRevision"});
  if (one_revision || updated >= wanted - partition) return ready();
  return waiting(fmt::format("{} of {} updated", updated, counted(wanted - partition, "pod")));
}

Readiness daemon_set(const Json& object) {
  if (find(object, {"status", "observedGeneration"}) == nullptr) return waiting("the controller has not seen it");
  const long long wanted = status(object, "desiredNumberScheduled");
  if (string_at(object, {"spec", "updateStrategy", "type"}) != "OnDelete" &&
      status(object, "updatedNumberScheduled") < wanted) {
    return waiting(fmt::format("{} of {} updated", status(object, "updatedNumberScheduled"), counted(wanted, "pod")));
  }
  if (status(object, "numberAvailable") < wanted) return waiting(pods_ready(status(object, "numberAvailable"), wanted));
  return ready();
}

Readiness replica_set(const Json& object) {
  const long long wanted = int_at(object, {"spec", "replicas"}, 1);
  const std::string why = holds(object, "ReplicaFailure") ? words(condition(object, "ReplicaFailure")) : "";
  if (status(object, "availableReplicas") < wanted)
    return waiting(with(pods_ready(status(object, "availableReplicas"), wanted), why));
  if (status(object, "replicas") > wanted) return waiting("pods still to end");
  return ready();
}

Readiness pod(const Json& object) {
  const std::string phase = string_at(object, {"status", "phase"});
  if (phase == "Succeeded" || holds(object, "Ready")) return ready();
  if (phase == "Failed") return failed(pod_reason(object));
  return waiting(pod_reason(object));
}

Readiness job(const Json& object) {
  if (holds(object, "Complete")) return ready();
  if (holds(object, "Failed")) return failed(words(condition(object, "Failed")));
  if (bool_at(object, {"spec", "suspend"})) return ready();
  const long long failures = status(object, "failed");
  std::string text =
      fmt::format("{} of {} completed", status(object, "succeeded"), int_at(object, {"spec", "completions"}, 1));
  if (failures > 0) text += fmt::format("; {} failed", counted(failures, "pod"));
  return waiting(std::move(text));
}

Readiness claim(const Json& object, bool first_consumer) {
  const std::string phase = string_at(object, {"status", "phase"});
  if (phase == "Bound") return ready();
  if (phase == "Lost") return failed("its volume is lost");
  // No pod can start to use it before those that wait for the claim are made.
  if (first_consumer) return {.state = State::ready, .reason = "binds with its first pod"};
  return waiting("not bound to a volume");
}

Readiness service(const Json& object) {
  if (string_at(object, {"spec", "type"}) != "LoadBalancer") return ready();
  const Json* ingress = find(object, {"status", "loadBalancer", "ingress"});
  if (ingress == nullptr || ingress->empty()) return waiting("the load balancer has no address");
  return ready();
}

Readiness definition(const Json& object) {
  if (holds(object, "NamesAccepted", "False")) return failed(words(condition(object, "NamesAccepted")));
  const Json* established = condition(object, "Established");
  if (holds(object, "Established") && holds(object, "NamesAccepted")) return ready();
  if (holds(object, "Established", "False") && string_at(*established, {"reason"}) != "Installing")
    return failed(words(established));
  return waiting("not served yet");
}

Readiness ns(const Json& object) {
  return string_at(object, {"status", "phase"}, "Active") == "Active" ? ready() : waiting(deletion_of(object));
}

Readiness always(const Json&) { return ready(); }

/// Kinds without a rule of their own: what their conditions say; ready when they say nothing.
Readiness by_conditions(const Json& object) {
  // Some controllers write the generation that they have seen into each condition only.
  const auto is_old = [&](const Json& one) {
    const long long generation = int_at(object, {"metadata", "generation"}, -1);
    return int_at(one, {"observedGeneration"}, generation) < generation;
  };
  if (holds(object, "Stalled")) {
    const Json* stalled = condition(object, "Stalled");
    return is_old(*stalled) ? waiting(std::string(not_seen)) : failed(words(stalled));
  }
  if (holds(object, "Reconciling")) return waiting(words(condition(object, "Reconciling")));
  for (const char* type : {"Ready", "Available", "Healthy", "Succeeded", "Complete"}) {
    const Json* found = condition(object, type);
    if (found == nullptr) continue;
    if (is_old(*found)) return waiting(std::string(not_seen));
    if (string_at(*found, {"status"}) == "True") return ready();
    return waiting(with(fmt::format("{} is {}", type, string_at(*found, {"status"})), words(found)));
  }
  if (holds(object, "NotReady")) return waiting(words(condition(object, "NotReady")));
  return ready();
}

/// Flink's operator says how the job is, and why not, in its status.
Readiness flink_deployment(const Json& object) {
  const std::string state = string_at(object, {"status", "lifecycleState"});
  const std::string trouble = string_at(object, {"status", "error"});
  if (state == "FAILED") return failed(with("the job failed", trouble.substr(0, trouble.find('\n'))));
  const std::string job = string_at(object, {"status", "jobStatus", "state"});
  const bool suspended = string_at(object, {"spec", "job", "state"}) == "suspended";
  if ((state == "STABLE" || state == "DEPLOYED") && (job == "RUNNING" || suspended)) return ready();
  if (state.empty()) return waiting("flink's operator has not seen it");
  return waiting(with(fmt::format("{}, job {}", lower(state), job.empty() ? "not started" : lower(job)),
                      trouble.substr(0, trouble.find('\n'))));
}

Readiness spark_application(const Json& object) {
  const std::string state = string_at(object, {"status", "applicationState", "state"});
  const std::string trouble = string_at(object, {"status", "applicationState", "errorMessage"});
  if (state == "RUNNING" || state == "COMPLETED") return ready();
  if (state.empty() || state == "NEW") return waiting("the spark operator has not seen it");
  return waiting(with(lower(state), trouble.substr(0, trouble.find('\n'))));
}

Rule rule_for(std::string_view kind) {
  static const std::map<std::string_view, Rule> rules = {
      {"Deployment.apps", deployment},
      {"StatefulSet.apps", stateful_set},
      {"DaemonSet.apps", daemon_set},
      {"ReplicaSet.apps", replica_set},
      {"ReplicationController", replica_set},
      {"Pod", pod},
      {"Job.batch", job},
      {"Service", service},
      {"CustomResourceDefinition.apiextensions.k8s.io", definition},
      {"Namespace", ns},
      {"ConfigMap", always},
      {"Secret", always},
      {"ServiceAccount", always},
      {"CronJob.batch", always},
      {"Ingress.networking.k8s.io", always},
      {"PodDisruptionBudget.policy", always},
      {"HorizontalPodAutoscaler.autoscaling", always},
      {"FlinkDeployment.flink.apache.org", flink_deployment},
      {"SparkApplication.sparkoperator.k8s.io", spark_application},
  };
  const auto found = rules.find(kind);
  return found == rules.end() ? by_conditions : found->second;
}

}  // namespace

std::string deletion_of(const Json& object) {
  std::vector<std::string> names;
  // Of a namespace, what is left in it is the better word.
  for (const char* type : {"NamespaceContentRemaining", "NamespaceFinalizersRemaining"}) {
    if (holds(object, type)) names.push_back(string_at(*condition(object, type), {"message"}));
  }
  if (!names.empty()) return fmt::format("is being deleted: {}", on_one_line(join(names, " ")));
  const Json* finalizers = find(object, {"metadata", "finalizers"});
  if (finalizers != nullptr && finalizers->is_array()) {
    for (const Json& one : *finalizers) {
      if (!one.is_string()) continue;
      const std::string name = one.get<std::string>();
      names.push_back(name == "foregroundDeletion" ? "what it owns to be deleted first" : "finalizer " + name);
    }
  }
  return names.empty() ? "is being deleted" : fmt::format("is being deleted: it waits for {}", join(names, ", "));
}

Readiness readiness_of(std::string_view kind, const Json& object, bool first_consumer) {
  if (find(object, {"metadata", "deletionTimestamp"}) != nullptr) return waiting(deletion_of(object));
  const long long generation = int_at(object, {"metadata", "generation"}, -1);
  const long long observed = int_at(object, {"status", "observedGeneration"}, -1);
  const bool needs_observer = kind == "Deployment.apps" || kind == "StatefulSet.apps" || kind == "DaemonSet.apps";
  if (generation >= 0 && observed != generation && (observed >= 0 || needs_observer)) {
    return waiting(std::string(not_seen));
  }
  if (kind == "PersistentVolumeClaim") return claim(object, first_consumer);
  return rule_for(kind)(object);
}

bool selects(const Json& workload, const Json& pod) {
  const Json* wanted = find(workload, {"spec", "selector", "matchLabels"});
  if (wanted == nullptr || !wanted->is_object() || wanted->empty()) return false;
  for (const auto& [key, value] : wanted->items()) {
    const Json* label = find(pod, {"metadata", "labels", key});
    if (label == nullptr || *label != value) return false;
  }
  return true;
}

std::string match_labels_of(const Json& workload) {
  std::string out;
  const Json* labels = find(workload, {"spec", "selector", "matchLabels"});
  if (labels == nullptr || !labels->is_object()) return out;
  for (const auto& [key, value] : labels->items()) {
    if (value.is_string()) out += fmt::format("{}{}={}", out.empty() ? "" : ",", key, value.get<std::string>());
  }
  return out;
}

}  // namespace cloudflow
