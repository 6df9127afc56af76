// A Deployment that its controller does not get on with: it takes each look for a scaling, and scales nothing.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "cloudflow/json.h"

namespace cloudflow {

/// A Deployment as far as this matters.
struct ScaledDeployment {
  std::string name{};
  std::string ns{};
  std::string uid{};
  long long generation = 0;
  long long replicas = 1;  ///< that it asks for
};

/// Nothing of a Deployment that is paused, or that its controller has not seen as it is.
std::optional<ScaledDeployment> scaled_deployment(const Json& deployment);

/// Why it stands still, and the way on, where its ReplicaSets show it. The controller notes at each of them the number
/// of pods that the Deployment asked for, and rolls nothing out while one that has pods notes another: first it scales.
/// When the strategy is not RollingUpdate any more and two versions have pods, or when the only version with pods has
/// as many as are asked for by chance, it scales nothing and notes nothing (kubernetes/kubernetes issues 102551 and
/// 125568, seen with 1.34). It is so for a moment in each scaling: only what stays so is stuck.
std::optional<std::string> stuck_scaling(const ScaledDeployment& deployment, std::span<const Json> replica_sets);

}  // namespace cloudflow
