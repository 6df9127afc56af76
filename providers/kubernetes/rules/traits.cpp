// What the kinds of Kubernetes are to those around them.
#include "providers/kubernetes/rules/traits.h"

#include <map>

namespace cloudflow {

Traits traits_of_kind(std::string_view kind) {
  static const std::map<std::string_view, Traits> known = {
      {"Deployment.apps", {.runs_pods = true, .removal_rank = 0}},
      {"StatefulSet.apps", {.runs_pods = true, .removal_rank = 0}},
      {"DaemonSet.apps", {.runs_pods = true, .removal_rank = 0}},
      {"ReplicaSet.apps", {.runs_pods = true, .removal_rank = 0}},
      {"ReplicationController", {.runs_pods = true, .removal_rank = 0}},
      {"Job.batch", {.removal_rank = 0}},
      {"CronJob.batch", {.removal_rank = 0}},
      {"Pod", {.removal_rank = 0}},
      {"Ingress.networking.k8s.io", {.removal_rank = 0}},
      {"Service", {.runs_nothing = true, .removal_rank = 1}},
      {"PersistentVolumeClaim", {.runs_nothing = true}},
      {"Secret", {.runs_nothing = true, .ready_when_written = true, .read_by_pods = true}},
      {"ConfigMap", {.runs_nothing = true, .ready_when_written = true, .read_by_pods = true}},
      {"ServiceAccount", {.runs_nothing = true, .ready_when_written = true}},
      {"Role.rbac.authorization.k8s.io", {.runs_nothing = true, .ready_when_written = true}},
      {"RoleBinding.rbac.authorization.k8s.io", {.runs_nothing = true, .ready_when_written = true}},
      {"CustomResourceDefinition.apiextensions.k8s.io", {.removal_rank = 8}},
      {"Namespace", {.removal_rank = 9}}};
  const auto found = known.find(kind);
  return found == known.end() ? Traits{} : found->second;
}

}  // namespace cloudflow
