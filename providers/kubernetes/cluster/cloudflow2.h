// What Cloudflow 2 left in a cluster.
#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "cloudflow/resource.h"
#include "providers/kubernetes/cluster/cluster.h"

namespace cloudflow {

/// An operator of Cloudflow 2 that runs.
struct Cloudflow2Operator {
  std::string ns{};
  std::string deployment{};
};

/// Operators of Cloudflow 2 with ready replicas in the namespace, or in all when `ns` is empty. Where we may not look
/// at all namespaces, the usual one and the application's own are looked at.
Result<std::vector<Cloudflow2Operator>> cloudflow2_operators(KubernetesCluster& cluster, const std::string& ns,
                                                             std::stop_token stop);

/// Objects of Cloudflow 2's application of this name that are not desired: they stay with it. Sorted.
Result<std::vector<ResourceId>> left_to_cloudflow2(KubernetesCluster& cluster, std::span<const Resource> desired,
                                                   std::stop_token stop);

}  // namespace cloudflow
