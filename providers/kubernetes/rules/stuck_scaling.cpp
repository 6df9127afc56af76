// A Deployment that its controller does not get on with: it takes each look for a scaling, and scales nothing.
#include "providers/kubernetes/rules/stuck_scaling.h"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view noted_replicas = "deployment.kubernetes.io/desired-replicas";

bool is_of(const Json& replica_set, const ScaledDeployment& deployment) {
  const Json* owners = find(replica_set, {"metadata", "ownerReferences"});
  return owners != nullptr && owners->is_array() &&
         std::ranges::any_of(*owners, [&](const Json& owner) { return string_at(owner, {"uid"}) == deployment.uid; });
}

}  // namespace

std::optional<ScaledDeployment> scaled_deployment(const Json& deployment) {
  const long long generation = int_at(deployment, {"metadata", "generation"});
  if (bool_at(deployment, {"spec", "paused"}) || int_at(deployment, {"status", "observedGeneration"}) < generation)
    return std::nullopt;
  return ScaledDeployment{.name = string_at(deployment, {"metadata", "name"}),
                          .ns = string_at(deployment, {"metadata", "namespace"}),
                          .uid = string_at(deployment, {"metadata", "uid"}),
                          .generation = generation,
                          .replicas = int_at(deployment, {"spec", "replicas"}, 1)};
}

std::optional<std::string> stuck_scaling(const ScaledDeployment& deployment, std::span<const Json> replica_sets) {
  int versions = 0;
  std::string noted;
  for (const Json& one : replica_sets) {
    if (!is_of(one, deployment) || int_at(one, {"spec", "replicas"}) == 0) continue;
    ++versions;
    const std::string replicas = string_at(one, {"metadata", "annotations", noted_replicas});
    if (!replicas.empty() && replicas != std::to_string(deployment.replicas)) noted = replicas;
  }
  if (noted.empty()) return std::nullopt;
  return fmt::format(
      "its controller stands still: replicas changed from {0} to {1} while the pods of {2} ran, which it does not get "
      "over (kubernetes issue 125568); it goes on after `kubectl scale deployment/{3} -n {4} --replicas={0}`, then "
      "apply again",
      noted, deployment.replicas, versions == 1 ? "an unfinished roll-out" : counted(versions, "version"),
      deployment.name, deployment.ns);
}

}  // namespace cloudflow
