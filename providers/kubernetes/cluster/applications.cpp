// Other applications, as their records in a cluster tell.
#include "providers/kubernetes/cluster/applications.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/cluster/cluster_state.h"

namespace cloudflow {
namespace {

constexpr std::string_view record_labels = "applyset.kubernetes.io/id,app.kubernetes.io/managed-by=cloudflow";

Result<std::vector<Json>> records(KubernetesCluster& cluster, const std::string& ns, const std::string& more_labels,
                                  const std::stop_token& stop) {
  return list_objects(cluster.state().client, well_known_resource("ConfigMap")->collection(ns),
                      {.labels = std::string(record_labels) + more_labels}, stop);
}

/// Adds an application to the topics that it uses and that are not its own.
void add_users(const Inventory& record, const ApplySet& set, TopicMakers& out) {
  const Json* used = find(record.last, {used_member});
  if (used == nullptr || !used->is_object()) return;
  for (const auto& [cluster, topics] : used->items()) {
    for (const Json& topic : topics) {
      if (!topic.is_string()) continue;
      out.emplace(std::pair(cluster, topic.get<std::string>()), TopicMaker{.application = set.application,
                                                                           .ns = set.ns,
                                                                           .topic_id = {},
                                                                           .is_deployed = !record.resources.empty(),
                                                                           .only_uses = true});
    }
  }
}

}  // namespace

Result<TopicMakers> topic_makers(KubernetesCluster& cluster, std::stop_token stop) {
  const ApplySet& own = cluster.state().set;
  TopicMakers out;
  auto parents = records(cluster, "", "", stop);
  if (!parents && parents.error().kind == ErrorKind::denied) parents = records(cluster, cluster.ns(), "", stop);
  if (!parents && parents.error().kind == ErrorKind::denied) return out;
  if (!parents) return std::unexpected(std::move(parents).error());
  for (const Json& parent : *parents) {
    const ApplySet set{.application = string_at(parent, {"metadata", "labels", "app.kubernetes.io/part-of"}),
                       .ns = string_at(parent, {"metadata", "namespace"})};
    const Result<Inventory> inventory = read_parent(parent, set);
    if (!inventory || (set.application == own.application && set.ns == own.ns)) continue;
    for (const auto& [kafka, topics] : inventory->topics) {
      const auto ids = inventory->topic_ids.find(kafka);
      for (const std::string& topic : topics) {
        TopicMaker maker{
            .application = set.application, .ns = set.ns, .topic_id = {}, .is_deployed = !inventory->resources.empty()};
        if (ids != inventory->topic_ids.end() && ids->second.contains(topic)) maker.topic_id = ids->second.at(topic);
        out.emplace(std::pair(kafka, topic), std::move(maker));
      }
    }
    add_users(*inventory, set, out);
  }
  return out;
}

Result<std::vector<DeployedApplication>> applications(KubernetesCluster& cluster, const std::string& ns,
                                                      std::stop_token stop) {
  CF_TRY(const std::vector<Json> parents, records(cluster, ns, "", stop));
  std::vector<DeployedApplication> out;
  for (const Json& parent : parents) {
    ApplySet set{.application = string_at(parent, {"metadata", "labels", "app.kubernetes.io/part-of"}),
                 .ns = string_at(parent, {"metadata", "namespace"})};
    const Result<Inventory> inventory = read_parent(parent, set);
    // A record that only remembers topics is no application any more.
    if (!inventory || inventory->resources.empty()) continue;
    out.push_back({.name = set.application,
                   .ns = set.ns,
                   .version = string_at(inventory->last, {"version"}),
                   .created = string_at(parent, {"metadata", "creationTimestamp"}),
                   .last = inventory->last});
  }
  std::ranges::sort(out, {}, [](const DeployedApplication& one) { return std::pair(one.name, one.ns); });
  return out;
}

Result<std::vector<OtherDeployment>> deployed_elsewhere(KubernetesCluster& cluster, std::stop_token stop) {
  const ApplySet& own = cluster.state().set;
  std::vector<OtherDeployment> out;
  const auto parents = records(cluster, "", fmt::format(",app.kubernetes.io/part-of={}", own.application), stop);
  if (!parents && parents.error().kind == ErrorKind::denied) return out;
  if (!parents) return std::unexpected(parents.error());
  for (const Json& parent : *parents) {
    const ApplySet set{.application = own.application, .ns = string_at(parent, {"metadata", "namespace"})};
    if (set.ns == own.ns) continue;
    const Result<Inventory> inventory = read_parent(parent, set);
    // A record that only remembers topics is no application any more.
    if (!inventory || inventory->resources.empty()) continue;
    auto secrets = list_objects(cluster.state().client, well_known_resource("Secret")->collection(set.ns),
                                {.labels = part_of_selector(set)}, stop);
    if (!secrets && secrets.error().kind != ErrorKind::denied) return std::unexpected(std::move(secrets).error());
    OtherDeployment other{.ns = set.ns};
    if (secrets) other.secrets = *std::move(secrets);
    out.push_back(std::move(other));
  }
  std::ranges::sort(out, {}, &OtherDeployment::ns);
  return out;
}

}  // namespace cloudflow
