// What Cloudflow 2 left in a cluster.
#include "providers/kubernetes/cluster/cloudflow2.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/cluster/cluster_state.h"
#include "providers/kubernetes/ownership/adoption.h"

namespace cloudflow {
namespace {

constexpr std::string_view protocol_label = "cloudflow-protocol-version";
constexpr std::string_view usual_ns = "cloudflow";

Result<std::vector<Json>> labelled(ApiClient& client, std::string_view kind, const std::string& ns,
                                   const std::string& labels, const std::stop_token& stop) {
  return list_objects(client, well_known_resource(kind)->collection(ns), {.labels = labels}, stop);
}

/// Namespaces with the secret by which Cloudflow 2's operator says which protocol it speaks. What may not be seen
/// counts as not there.
Result<std::set<std::string>> protocol_namespaces(ApiClient& client, const std::string& ns, const std::string& own,
                                                  std::stop_token stop) {
  std::set<std::string> out;
  const auto look = [&](const std::string& where) -> Result<void> {
    CF_TRY(const std::vector<Json> secrets, labelled(client, "Secret", where, std::string(protocol_label), stop));
    for (const Json& secret : secrets) out.insert(string_at(secret, {"metadata", "namespace"}, where));
    return {};
  };
  const Result<void> looked = look(ns);
  if (looked || looked.error().kind != ErrorKind::denied) {
    if (!looked) return std::unexpected(looked.error());
    return out;
  }
  for (const std::string& where : {std::string(usual_ns), own}) {
    const Result<void> one = look(where);
    if (!one && one.error().kind != ErrorKind::denied) return std::unexpected(one.error());
  }
  return out;
}

}  // namespace

Result<std::vector<Cloudflow2Operator>> cloudflow2_operators(KubernetesCluster& cluster, const std::string& in,
                                                             std::stop_token stop) {
  ApiClient& client = cluster.state().client;
  CF_TRY(const std::set<std::string> namespaces, protocol_namespaces(client, in, cluster.ns(), stop));
  std::vector<Cloudflow2Operator> out;
  for (const std::string& where : namespaces) {
    const auto deployments = labelled(client, "Deployment.apps", where, "", stop);
    if (!deployments && deployments.error().kind == ErrorKind::denied) {
      // Its secret is there and we may not see whether it runs: better to ask than to fight with it.
      out.push_back({.ns = where, .deployment = "cloudflow-operator"});
      continue;
    }
    if (!deployments) return std::unexpected(deployments.error());
    for (const Json& deployment : *deployments) {
      const std::string name = string_at(deployment, {"metadata", "name"});
      if (name.find("cloudflow-operator") == std::string::npos) continue;
      if (int_at(deployment, {"status", "readyReplicas"}) > 0) out.push_back({.ns = where, .deployment = name});
    }
  }
  return out;
}

Result<std::vector<ResourceId>> left_to_cloudflow2(KubernetesCluster& cluster, std::span<const Resource> desired,
                                                   std::stop_token stop) {
  ApiClient& client = cluster.state().client;
  const std::string& application = cluster.state().set.application;
  std::set<ResourceId> asked;
  for (const Resource& resource : desired) asked.insert(resource.id);
  std::vector<ResourceId> out;
  for (const char* kind : {"Deployment.apps", "Service", "Secret", "ServiceAccount", "Role.rbac.authorization.k8s.io",
                           "RoleBinding.rbac.authorization.k8s.io"}) {
    CF_TRY(const std::vector<Json> objects,
           labelled(client, kind, cluster.ns(), fmt::format("app.kubernetes.io/part-of={}", application), stop));
    for (const Json& object : objects) {
      ResourceId id{.provider = "kubernetes",
                    .kind = kind,
                    .scope = cluster.ns(),
                    .name = string_at(object, {"metadata", "name"})};
      if (cloudflow2_owner(object) == application && !asked.contains(id)) out.push_back(std::move(id));
    }
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace cloudflow
