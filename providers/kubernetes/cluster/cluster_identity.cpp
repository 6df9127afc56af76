// What tells one cluster from another.
#include "providers/kubernetes/cluster/cluster_identity.h"

#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/cluster/cluster_state.h"

namespace cloudflow {

Result<ClusterIdentity> identity_of(KubernetesCluster& cluster, const std::stop_token& stop) {
  ClusterIdentity out{.server = cluster.state().client.access().server};
  const Result<Json> found =
      cluster.state().client.get(well_known_resource("Namespace")->object("", "kube-system"), stop);
  if (found) out.uid = string_at(*found, {"metadata", "uid"});
  const bool may_be_hidden =
      !found && (found.error().kind == ErrorKind::denied || found.error().kind == ErrorKind::not_found);
  if (!found && !may_be_hidden) return std::unexpected(found.error());
  return out;
}

std::string stored_digest_key(KubernetesCluster& cluster) {
  const DigestKey key = cluster.state().known_digest_key();
  return key.stored && !key.hidden ? key.bytes : "";
}

}  // namespace cloudflow
