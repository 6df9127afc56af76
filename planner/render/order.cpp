// Computes Resource::after: which resources must be ready before each one.
#include "planner/render/order.h"

#include <map>
#include <set>

#include "planner/render/secret_resources.h"
#include "planner/render/topics.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

enum class Rank { definition, ns, account, topic, secret, service, other, workload };

constexpr int max_depth = 100;
/// "deployment/a, configmap/b": what else in its namespace an object waits for.
constexpr std::string_view after_annotation = "cloudflow/after";

bool is_rbac(const Resource& resource) { return resource.id.kind.ends_with(".rbac.authorization.k8s.io"); }
bool is_binding(const Resource& resource) {
  return is_rbac(resource) && resource.id.kind.find("Binding.") != std::string::npos;
}
bool is_pull_secret(const Resource& resource) {
  return resource.id.kind == "Secret" && string_at(resource.spec, {"type"}) == pull_secret_type;
}

/// Something that starts pods: it has a pod template somewhere.
bool has_pods(const Resource& resource) {
  return find(resource.spec, {"spec", "template"}) != nullptr ||
         find(resource.spec, {"spec", "jobTemplate"}) != nullptr || resource.id.kind == "Pod";
}

Rank rank_of(const Resource& resource) {
  const std::string& kind = resource.id.kind;
  if (resource.id.provider != "kubernetes") return Rank::topic;
  if (kind == "CustomResourceDefinition.apiextensions.k8s.io") return Rank::definition;
  if (kind == "Namespace") return Rank::ns;
  if (kind == "ServiceAccount" || is_rbac(resource)) return Rank::account;
  if (kind == "Secret" || kind == "ConfigMap") return Rank::secret;
  if (kind == "Service") return Rank::service;
  return has_pods(resource) ? Rank::workload : Rank::other;
}

/// Names of Secrets and ConfigMaps that pods mount or read: every secretName and name below.
void add_mentions(const Json& value, std::set<std::string>& out, int depth = 0) {
  if (depth > max_depth) return;
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      if ((key == "secretName" || key == "name") && member.is_string()) out.insert(member.get<std::string>());
      add_mentions(member, out, depth + 1);
    }
  } else if (value.is_array()) {
    for (const Json& item : value) add_mentions(item, out, depth + 1);
  }
}

/// Looks the others up by what they are waited for, so that ten thousand resources link in one pass.
class Linker {
 public:
  Linker(const std::vector<Resource>& resources, const Application& application, const EffectiveConfig& config) {
    for (const Streamlet& streamlet : application.streamlets) {
      for (const auto& [port, mapping] : streamlet.ports) {
        const auto topic = config.topics.find(mapping.topic);
        if (topic != config.topics.end()) topics_[streamlet.name].insert(topic_resource(topic->second).id);
      }
    }
    for (const Resource& resource : resources) index(resource);
  }

  void link(Resource& resource) const {
    const Rank rank = rank_of(resource);
    if (rank == Rank::topic || rank == Rank::definition || rank == Rank::ns) return;
    std::set<ResourceId> after;
    const auto wait_for = [&](const auto& ids) { after.insert(ids.begin(), ids.end()); };
    const auto wait_for_found = [&](const auto& map, const std::string& key) {
      if (const auto found = map.find(key); found != map.end()) wait_for(found->second);
    };
    wait_for_found(definitions_, resource.id.kind);
    if (!resource.id.scope.empty()) wait_for_found(namespaces_, resource.id.scope);
    if (resource.id.kind == "ServiceAccount") wait_for(pull_secrets_);
    if (is_binding(resource)) wait_for(bound_);
    if (rank == Rank::secret || rank == Rank::other || rank == Rank::workload)
      wait_for_found(topics_, resource.streamlet);
    if (rank == Rank::other || rank == Rank::workload) wait_for_found(own_secrets_, resource.streamlet);
    if (rank == Rank::workload) link_workload(resource, after);
    for (const std::string& name :
         split(string_at(resource.spec, {"metadata", "annotations", after_annotation}), ',')) {
      const auto found = named_.find({resource.id.scope, std::string(trimmed(name))});
      if (found != named_.end()) after.insert(found->second);
    }
    after.erase(resource.id);
    resource.after.assign(after.begin(), after.end());
  }

 private:
  using Ids = std::set<ResourceId>;

  void index(const Resource& resource) {
    named_.emplace(std::pair(resource.id.scope, resource.id.text()), resource.id);
    switch (rank_of(resource)) {
      case Rank::definition:
        definitions_[string_at(resource.spec, {"spec", "names", "kind"}) + "." +
                     string_at(resource.spec, {"spec", "group"})]
            .insert(resource.id);
        return;
      case Rank::ns:
        namespaces_[resource.id.name].insert(resource.id);
        return;
      case Rank::account:
        accounts_.insert(resource.id);
        if (!is_binding(resource)) bound_.insert(resource.id);
        return;
      case Rank::secret:
        if (is_pull_secret(resource)) pull_secrets_.insert(resource.id);
        if (!resource.streamlet.empty()) {
          own_secrets_[resource.streamlet].insert(resource.id);
        } else {
          shared_[resource.id.name].insert(resource.id);
        }
        return;
      case Rank::service:
        if (!resource.streamlet.empty()) services_[resource.streamlet].insert(resource.id);
        return;
      case Rank::topic:
      case Rank::other:
      case Rank::workload:
        return;
    }
  }

  void link_workload(const Resource& resource, Ids& after) const {
    after.insert(accounts_.begin(), accounts_.end());
    after.insert(pull_secrets_.begin(), pull_secrets_.end());
    if (const auto found = services_.find(resource.streamlet); found != services_.end())
      after.insert(found->second.begin(), found->second.end());
    std::set<std::string> mentioned;
    if (const Json* spec = find(resource.spec, {"spec"})) add_mentions(*spec, mentioned);
    for (const std::string& name : mentioned) {
      const auto found = shared_.find(name);
      if (found == shared_.end()) continue;
      for (const ResourceId& id : found->second) {
        if (id.scope == resource.id.scope) after.insert(id);
      }
    }
  }

  std::map<std::string, Ids> topics_{};       ///< by streamlet
  std::map<std::string, Ids> own_secrets_{};  ///< by streamlet
  std::map<std::string, Ids> services_{};     ///< by streamlet
  std::map<std::string, Ids> shared_{};       ///< Secrets and ConfigMaps of no streamlet, by name
  std::map<std::string, Ids> definitions_{};  ///< by the kind they define
  std::map<std::string, Ids> namespaces_{};
  std::map<std::pair<std::string, std::string>, ResourceId> named_{};  ///< by namespace and "deployment/web"
  Ids accounts_{};
  Ids bound_{};  ///< what bindings bind
  Ids pull_secrets_{};
};

}  // namespace

void link_resources(std::vector<Resource>& resources, const Application& application, const EffectiveConfig& config) {
  const Linker linker(resources, application, config);
  for (Resource& resource : resources) linker.link(resource);
}

}  // namespace cloudflow
