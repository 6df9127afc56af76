// Other applications, as their records in a cluster tell.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "providers/kubernetes/cluster/cluster.h"

namespace cloudflow {

/// An application of ours in the cluster, by its inventory.
struct DeployedApplication {
  std::string name{};
  std::string ns{};
  std::string version{};  ///< as last applied; empty when unknown
  std::string created{};  ///< RFC 3339
  Json last{};            ///< as Inventory::last
};

/// A topic as the record of another application has it, which made it, or uses it.
struct TopicMaker {
  std::string application{};
  std::string ns{};
  std::string topic_id{};    ///< empty when it was not recorded
  bool is_deployed = false;  ///< not only its topics are left
  bool only_uses = false;    ///< the topic is not its own
};

/// (Kafka cluster id, topic) → the applications whose records name it.
using TopicMakers = std::multimap<std::pair<std::string, std::string>, TopicMaker>;

/// The same application in another namespace.
struct OtherDeployment {
  std::string ns{};
  /// Its streamlets' Secrets; nothing where they may not be read.
  std::optional<std::vector<Json>> secrets{};
};

/// Applications that have anything in the namespace, or in all when `ns` is empty; sorted.
Result<std::vector<DeployedApplication>> applications(KubernetesCluster& cluster, const std::string& ns,
                                                      std::stop_token stop);

/// Kafka cluster's id, topic → who made it, of other applications; of those whose records we may look at, in all
/// namespaces.
Result<TopicMakers> topic_makers(KubernetesCluster& cluster, std::stop_token stop);

/// Where else an application of this name is deployed, as far as we may look; sorted by namespace.
Result<std::vector<OtherDeployment>> deployed_elsewhere(KubernetesCluster& cluster, std::stop_token stop);

}  // namespace cloudflow
