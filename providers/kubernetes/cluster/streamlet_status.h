// What runs of an application, by streamlet.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "cloudflow/provider.h"
#include "providers/kubernetes/cluster/cluster.h"

namespace cloudflow {

/// One pod of a streamlet, for status.
struct PodStatus {
  std::string name{};
  bool ready = false;
  int ready_containers = 0;
  int containers = 0;
  int restarts = 0;
  std::string status{};  ///< "Running", "CrashLoopBackOff" … (docs/compatibility.md, Status)
  std::string reason{};  ///< why it is not ready; empty when it is
  std::string image{};   ///< of its first container
};

/// What runs for one streamlet.
struct StreamletStatus {
  std::string streamlet{};
  std::string image{};
  int wanted = 0;  ///< replicas asked for
  int available = 0;
  Readiness readiness{};
  std::vector<PodStatus> pods{};
};

/// Sorted by streamlet.
Result<std::vector<StreamletStatus>> streamlet_status(KubernetesCluster& cluster, std::stop_token stop);

}  // namespace cloudflow
