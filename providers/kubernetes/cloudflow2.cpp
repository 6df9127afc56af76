// KubernetesProvider: what Cloudflow 2 left in a cluster, and what is done in its way.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/ownership/adoption.h"
#include "providers/kubernetes/ownership/pull_secret.h"
#include "providers/kubernetes/provider_state.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view protocol_label = "cloudflow-protocol-version";
constexpr std::string_view record_labels = "applyset.kubernetes.io/id,app.kubernetes.io/managed-by=cloudflow";
constexpr std::string_view usual_ns = "cloudflow";
constexpr std::string_view pull_type = "kubernetes.io/dockerconfigjson";
constexpr int attempts = 8;

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

Json labels_of(const std::string& ns) {
  return {{"app.kubernetes.io/managed-by", "cloudflow"},
          {"app.kubernetes.io/part-of", ns},
          {"com.lightbend.cloudflow/app-id", ns}};
}

/// The registries' credentials in a pull secret; an empty object when there are none.
Json auths_of(const Json& secret) {
  return registries_in(string_at(secret, {"data", pull_key})).value_or(Json::object());
}

Json pull_document(Json auths, const std::string& registry, const std::string& username, const Secret& password) {
  auths[registry] = {
      {"username", username}, {"password", password.reveal()}, {"auth", to_base64(username + ":" + password.reveal())}};
  return {{pull_key, to_base64(dump(Json{{"auths", std::move(auths)}}))}};
}

Result<void> ensure_namespace(ApiClient& client, const std::string& ns, std::stop_token stop) {
  const ApiPath path = well_known_resource("Namespace")->object("", ns);
  const auto found = client.get(path, stop);
  // Who may not look at namespaces works in one that exists.
  if (found || found.error().kind == ErrorKind::denied) return {};
  if (found.error().kind != ErrorKind::not_found) return std::unexpected<Error>(found.error());
  const Json body = {
      {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", ns}, {"labels", labels_of(ns)}}}};
  CF_CHECK(client.apply(path, body, {}, stop));
  return {};
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

Result<TopicMakers> KubernetesProvider::topic_makers(std::stop_token stop) {
  TopicMakers out;
  auto parents = labelled(state_->client, "ConfigMap", "", std::string(record_labels), stop);
  if (!parents && parents.error().kind == ErrorKind::denied)
    parents = labelled(state_->client, "ConfigMap", ns(), std::string(record_labels), stop);
  if (!parents && parents.error().kind == ErrorKind::denied) return out;
  if (!parents) return std::unexpected(std::move(parents).error());
  for (const Json& parent : *parents) {
    const ApplySet set{.application = string_at(parent, {"metadata", "labels", "app.kubernetes.io/part-of"}),
                       .ns = string_at(parent, {"metadata", "namespace"})};
    const Result<Inventory> inventory = read_parent(parent, set);
    if (!inventory || (set.application == state_->set.application && set.ns == state_->set.ns)) continue;
    for (const auto& [cluster, topics] : inventory->topics) {
      const auto ids = inventory->topic_ids.find(cluster);
      for (const std::string& topic : topics) {
        TopicMaker maker{
            .application = set.application, .ns = set.ns, .topic_id = {}, .is_deployed = !inventory->resources.empty()};
        if (ids != inventory->topic_ids.end() && ids->second.contains(topic)) maker.topic_id = ids->second.at(topic);
        out.emplace(std::pair(cluster, topic), std::move(maker));
      }
    }
    add_users(*inventory, set, out);
  }
  return out;
}

Result<std::vector<DeployedApplication>> KubernetesProvider::applications(const std::string& ns, std::stop_token stop) {
  CF_TRY(const std::vector<Json> parents, labelled(state_->client, "ConfigMap", ns, std::string(record_labels), stop));
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
                   .created = string_at(parent, {"metadata", "creationTimestamp"})});
  }
  std::ranges::sort(out, {}, [](const DeployedApplication& one) { return std::pair(one.name, one.ns); });
  return out;
}

Result<std::vector<OtherDeployment>> KubernetesProvider::deployed_elsewhere(std::stop_token stop) {
  const std::string own = fmt::format("app.kubernetes.io/part-of={}", state_->set.application);
  std::vector<OtherDeployment> out;
  const auto parents = labelled(state_->client, "ConfigMap", "", fmt::format("{},{}", record_labels, own), stop);
  if (!parents && parents.error().kind == ErrorKind::denied) return out;
  if (!parents) return std::unexpected(parents.error());
  for (const Json& parent : *parents) {
    const ApplySet set{.application = state_->set.application, .ns = string_at(parent, {"metadata", "namespace"})};
    if (set.ns == state_->set.ns) continue;
    const Result<Inventory> inventory = read_parent(parent, set);
    // A record that only remembers topics is no application any more.
    if (!inventory || inventory->resources.empty()) continue;
    auto secrets = labelled(state_->client, "Secret", set.ns, part_of_selector(set), stop);
    if (!secrets && secrets.error().kind != ErrorKind::denied) return std::unexpected(std::move(secrets).error());
    OtherDeployment other{.ns = set.ns};
    if (secrets) other.secrets = *std::move(secrets);
    out.push_back(std::move(other));
  }
  std::ranges::sort(out, {}, &OtherDeployment::ns);
  return out;
}

Result<std::vector<Cloudflow2Operator>> KubernetesProvider::cloudflow2_operators(const std::string& in,
                                                                                 std::stop_token stop) {
  CF_TRY(const std::set<std::string> namespaces, protocol_namespaces(state_->client, in, ns(), stop));
  std::vector<Cloudflow2Operator> out;
  for (const std::string& where : namespaces) {
    const auto deployments = labelled(state_->client, "Deployment.apps", where, "", stop);
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

Result<std::vector<ResourceId>> KubernetesProvider::left_to_cloudflow2(std::span<const Resource> desired,
                                                                       std::stop_token stop) {
  std::set<ResourceId> asked;
  for (const Resource& resource : desired) asked.insert(resource.id);
  std::vector<ResourceId> out;
  for (const char* kind : {"Deployment.apps", "Service", "Secret", "ServiceAccount", "Role.rbac.authorization.k8s.io",
                           "RoleBinding.rbac.authorization.k8s.io"}) {
    CF_TRY(const std::vector<Json> objects,
           labelled(state_->client, kind, ns(), fmt::format("app.kubernetes.io/part-of={}", state_->set.application),
                    stop));
    for (const Json& object : objects) {
      ResourceId id{
          .provider = "kubernetes", .kind = kind, .scope = ns(), .name = string_at(object, {"metadata", "name"})};
      if (cloudflow2_owner(object) == state_->set.application && !asked.contains(id)) out.push_back(std::move(id));
    }
  }
  std::ranges::sort(out);
  return out;
}

Result<Secret> KubernetesProvider::other_registries(std::stop_token stop) {
  CF_TRY(const Json secret, state_->client.get(well_known_resource("Secret")->object(ns(), pull_secret_name), stop));
  Json auths = auths_of(secret);
  if (const Json* own = find(secret, {"metadata", "annotations", registry_annotation});
      own != nullptr && own->is_string())
    auths.erase(own->get<std::string>());
  return Secret(dump(auths));
}

Result<void> KubernetesProvider::add_pull_credentials(const std::string& registry, const std::string& username,
                                                      const Secret& password, std::stop_token stop) {
  CF_CHECK(ensure_namespace(state_->client, ns(), stop));
  const ApiResource resource = *well_known_resource("Secret");
  const ApiPath path = resource.object(ns(), pull_secret_name);
  for (int i = 0;; ++i) {
    const auto live = state_->client.get(path, stop);
    if (!live && live.error().kind != ErrorKind::not_found) return std::unexpected<Error>(live.error());
    Json data = pull_document(live ? auths_of(*live) : Json::object(), registry, username, password);
    ApiResult<Json> written;
    if (live) {
      Json metadata = {{"resourceVersion", string_at(*live, {"metadata", "resourceVersion"})},
                       {"labels", {{std::string(part_of_label), nullptr}}},
                       {"annotations", {{registry_annotation, nullptr}}}};
      const Json patch = {{"metadata", std::move(metadata)}, {"data", std::move(data)}};
      written = state_->client.merge_patch(path, patch, {}, stop);
    } else {
      const Json body = {{"apiVersion", "v1"},
                         {"kind", "Secret"},
                         {"type", pull_type},
                         {"metadata", {{"name", pull_secret_name}, {"labels", labels_of(ns())}}},
                         {"data", std::move(data)}};
      written = state_->client.create(resource.collection(ns()), body, {}, stop);
    }
    if (written) return {};
    if (written.error().kind != ErrorKind::conflict || i + 1 == attempts)
      return std::unexpected<Error>(written.error());
  }
}

}  // namespace cloudflow
