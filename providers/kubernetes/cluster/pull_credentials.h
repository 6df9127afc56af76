// Credentials of image registries in the pull secret of a namespace.
#pragma once

#include <stop_token>
#include <string>

#include "providers/kubernetes/cluster/cluster.h"
#include "sdk/support/secret.h"

namespace cloudflow {

/// Credentials in the pull secret of the namespace, but those that an apply wrote for the application's own registry:
/// JSON of registry → entry. not_found where there is no such secret.
Result<Secret> other_registries(KubernetesCluster& cluster, std::stop_token stop);

/// Writes one registry's credentials into the pull secret of the namespace, making both where they are missing; other
/// registries' credentials stay. The secret belongs to the namespace, not to an application.
Result<void> add_pull_credentials(KubernetesCluster& cluster, const std::string& registry, const std::string& username,
                                  const Secret& password, std::stop_token stop);

}  // namespace cloudflow
