// What has to be known from a cluster before anything can be rendered.
#pragma once

#include <map>
#include <set>
#include <stop_token>
#include <string>

#include "providers/kubernetes/cluster/cluster.h"
#include "sdk/support/secret.h"

namespace cloudflow {

/// Kafka clusters by labelled secrets: cluster name → text of key secret.conf. Those of the application's namespace
/// win over those of `also_in` (a namespace, or "*" for all; empty for none), where a name in `used` must mean one
/// cluster. Other names that mean several are left out.
Result<std::map<std::string, Secret>> kafka_clusters(KubernetesCluster& cluster, const std::string& also_in,
                                                     const std::set<std::string>& used, std::stop_token stop);

/// PersistentVolumeClaims of the namespace: name → access modes, comma separated.
Result<std::map<std::string, std::string>> claims(KubernetesCluster& cluster, std::stop_token stop);

/// One key of a Secret in the namespace.
Result<Secret> secret_value(KubernetesCluster& cluster, const std::string& secret, const std::string& key,
                            std::stop_token stop);

/// All keys of a Secret in the namespace that are text; empty when there is no such Secret.
Result<std::map<std::string, Secret>> secret_values(KubernetesCluster& cluster, const std::string& secret,
                                                    std::stop_token stop);

}  // namespace cloudflow
