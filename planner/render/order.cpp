// Who waits for whom.
#include "planner/render/order.h"

#include <algorithm>
#include <set>

#include "planner/render/topics.h"

namespace cloudflow {
namespace {

enum class Rank { definition, space, account, topic, secret, service, other, workload };

Rank rank_of(const Resource& resource) {
  const std::string& kind = resource.id.kind;
  if (resource.id.provider != "kubernetes") return Rank::topic;
  if (kind == "CustomResourceDefinition.apiextensions.k8s.io") return Rank::definition;
  if (kind == "Namespace") return Rank::space;
  if (kind == "ServiceAccount" || kind.ends_with(".rbac.authorization.k8s.io")) return Rank::account;
  if (kind == "Secret" || kind == "ConfigMap") return Rank::secret;
  if (kind == "Service") return Rank::service;
  return resource.spec.contains("spec") && resource.spec["spec"].is_object() &&
                 resource.spec["spec"].contains("template")
             ? Rank::workload
             : Rank::other;
}

class Linker {
 public:
  Linker(std::vector<Resource>& resources, const Application& application, const EffectiveConfig& config)
      : resources_(resources) {
    for (const Streamlet& streamlet : application.streamlets) {
      for (const auto& [port, mapping] : streamlet.ports) {
        const auto topic = config.topics.find(mapping.topic);
        if (topic != config.topics.end()) topics_[streamlet.name].insert(topic_resource(topic->second).id);
      }
    }
  }

  void link(Resource& resource) const {
    const Rank rank = rank_of(resource);
    if (rank == Rank::topic || rank == Rank::definition || rank == Rank::space) return;
    std::set<ResourceId> after;
    for (const Resource& other : resources_) {
      if (other.id != resource.id && waits(resource, rank, other, rank_of(other))) after.insert(other.id);
    }
    resource.after.assign(after.begin(), after.end());
  }

 private:
  bool waits(const Resource& resource, Rank rank, const Resource& other, Rank other_rank) const {
    const bool same_streamlet = !resource.streamlet.empty() && other.streamlet == resource.streamlet;
    switch (other_rank) {
      case Rank::definition:
        return defines(other, resource);
      case Rank::space:
        return !resource.id.scope.empty() && other.id.name == resource.id.scope;
      case Rank::account:
        if (rank == Rank::account) return binds(resource) && !binds(other);
        return rank == Rank::workload;
      case Rank::topic: {
        const auto used = topics_.find(resource.streamlet);
        return used != topics_.end() && (rank == Rank::secret || rank == Rank::workload || rank == Rank::other) &&
               used->second.contains(other.id);
      }
      case Rank::secret:
        if (is_pull_secret(other)) return rank == Rank::account && !is_role(resource) ? true : rank == Rank::workload;
        if (rank == Rank::secret || rank == Rank::account || rank == Rank::service) return false;
        return same_streamlet ||
               (rank == Rank::workload && other.streamlet.empty() && mentions(resource.spec["spec"], other.id.name));
      case Rank::service:
        return rank == Rank::workload && same_streamlet;
      case Rank::other:
      case Rank::workload:
        return false;
    }
    return false;
  }

  static bool is_role(const Resource& resource) { return resource.id.kind.ends_with(".rbac.authorization.k8s.io"); }
  static bool binds(const Resource& resource) { return resource.id.kind.find("Binding.") != std::string::npos; }
  static bool is_pull_secret(const Resource& resource) {
    return string_at(resource.spec, {"type"}) == "kubernetes.io/dockerconfigjson";
  }

  /// Whether a definition is that of the resource's kind.
  static bool defines(const Resource& definition, const Resource& resource) {
    return string_at(definition.spec, {"spec", "names", "kind"}) + "." +
               string_at(definition.spec, {"spec", "group"}) ==
           resource.id.kind;
  }

  /// Whether the pod template mounts or reads the Secret or ConfigMap of that name.
  static bool mentions(const Json& value, const std::string& name) {
    if (value.is_string()) return false;
    for (const auto& [key, member] : value.items()) {
      const bool names_one = key == "secretName" || (key == "name" && value.is_object());
      if (names_one && member.is_string() && member.get_ref<const std::string&>() == name) return true;
      if (member.is_structured() && mentions(member, name)) return true;
    }
    return false;
  }

  const std::vector<Resource>& resources_;
  std::map<std::string, std::set<ResourceId>> topics_{};
};

}  // namespace

void link_resources(std::vector<Resource>& resources, const Application& application, const EffectiveConfig& config) {
  const Linker linker(resources, application, config);
  for (Resource& resource : resources) linker.link(resource);
}

}  // namespace cloudflow
