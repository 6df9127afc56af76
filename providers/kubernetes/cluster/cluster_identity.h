// What tells one cluster from another, and what only those who may read an application's secrets know.
#pragma once

#include <stop_token>
#include <string>

#include "providers/kubernetes/cluster/cluster.h"

namespace cloudflow {

struct ClusterIdentity {
  std::string uid{};     ///< of the namespace kube-system; empty where it may not be read
  std::string server{};  ///< URL of the API server
};

Result<ClusterIdentity> identity_of(KubernetesCluster& cluster, const std::stop_token& stop);

/// The application's key for digests, as the last read() found it in the cluster; empty where there is none yet, or it
/// may not be read.
std::string stored_digest_key(KubernetesCluster& cluster);

}  // namespace cloudflow
