// Which rights in a cluster an application's plans and applies need.
#include "providers/kubernetes/cluster/rights.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <string_view>

#include "providers/kubernetes/api/api_discovery.h"
#include "providers/kubernetes/ownership/ownership.h"

namespace cloudflow {
namespace {

using Verbs = std::initializer_list<std::string_view>;

/// One kind, as rights are written for it.
struct Place {
  std::string group{};
  std::string resource{};
  bool namespaced = true;
};

Place place_of(const ApiResource& known) { return {known.group, known.plural, known.namespaced}; }

/// Of a definition among the manifests.
std::optional<Place> defined_place(std::span<const Resource> desired, std::string_view kind, std::string_view group) {
  for (const Resource& one : desired) {
    if (one.id.kind != "CustomResourceDefinition.apiextensions.k8s.io") continue;
    if (string_at(one.spec, {"spec", "group"}) != group || string_at(one.spec, {"spec", "names", "kind"}) != kind)
      continue;
    return Place{std::string(group), string_at(one.spec, {"spec", "names", "plural"}),
                 string_at(one.spec, {"spec", "scope"}) != "Cluster"};
  }
  return std::nullopt;
}

/// As controller-gen and the API server itself do where nothing else is said.
std::string usual_plural(std::string_view kind) {
  std::string out;
  for (const char one : kind) out += one >= 'A' && one <= 'Z' ? static_cast<char>(one - 'A' + 'a') : one;
  if (out.ends_with("y")) return out.substr(0, out.size() - 1) + "ies";
  if (out.ends_with("s") || out.ends_with("x") || out.ends_with("ch") || out.ends_with("sh")) return out + "es";
  return out + "s";
}

class Collector {
 public:
  Collector(std::span<const Resource> desired, const ApplySet& set) : desired_(desired), set_(set) {}

  void add(const std::string& ns, const std::string& group, const std::string& resource, Verbs verbs,
           const std::string& name = {}) {
    for (const std::string_view verb : verbs)
      rights_.insert({.ns = ns, .group = group, .resource = resource, .verb = std::string(verb), .name = name});
  }
  void add_own(std::string_view kind, Verbs verbs, const std::string& name = {}) {
    const Place place = place_of(*well_known_resource(kind));
    add(set_.ns, place.group, place.resource, verbs, name);
  }

  Place place(const ResourceId& id) {
    if (const auto known = well_known_resource(id.kind)) return place_of(*known);
    const std::size_t dot = id.kind.find('.');
    const std::string kind = id.kind.substr(0, dot);
    const std::string group = dot == std::string::npos ? "" : id.kind.substr(dot + 1);
    if (std::optional<Place> defined = defined_place(desired_, kind, group)) return *std::move(defined);
    Place out{.group = group, .resource = usual_plural(kind), .namespaced = !id.scope.empty()};
    guessed_.insert(fmt::format("{}.{}", out.resource, group));
    return out;
  }

  void add_object(const ResourceId& id, Verbs verbs, const std::string& name = {}) {
    const Place where = place(id);
    add(where.namespaced ? id.scope : "", where.group, where.resource, verbs, name);
  }

  /// Nobody may grant more than they have, nor bind a role with more. What a role of the application grants is among
  /// these rights; what another one grants is not known here.
  void add_grants(const Resource& resource) {
    const auto& [id, spec] = std::pair<const ResourceId&, const Json&>(resource.id, resource.spec);
    if (id.kind == "Role.rbac.authorization.k8s.io" || id.kind == "ClusterRole.rbac.authorization.k8s.io") {
      if (const Json* rules = find(spec, {"rules"}); rules != nullptr && rules->is_array()) {
        for (const Json& rule : *rules) add_rule(id.scope, rule);
      }
    }
    if (id.kind == "RoleBinding.rbac.authorization.k8s.io" ||
        id.kind == "ClusterRoleBinding.rbac.authorization.k8s.io") {
      const bool in_cluster = string_at(spec, {"roleRef", "kind"}) == "ClusterRole";
      const ResourceId role{
          .provider = "kubernetes",
          .kind = in_cluster ? "ClusterRole.rbac.authorization.k8s.io" : "Role.rbac.authorization.k8s.io",
          .scope = in_cluster ? "" : id.scope,
          .name = string_at(spec, {"roleRef", "name"})};
      if (std::ranges::find(desired_, role, &Resource::id) == desired_.end())
        add(role.scope, "rbac.authorization.k8s.io", in_cluster ? "clusterroles" : "roles", {"bind"}, role.name);
    }
  }

  /// What stops a job, and what its pods have made.
  void add_stops(const Json& spec, const std::string& ns) {
    const auto annotation = [&](const char* name) { return string_at(spec, {"metadata", "annotations", name}); };
    if (!annotation("cloudflow/stop-with").empty()) add(ns, "", "services/proxy", {"get", "create", "patch"});
    const std::string creates = annotation("cloudflow/creates") + annotation("cloudflow/leaves");
    if (creates.find("configmap") != std::string::npos) add(ns, "", "configmaps", {"get", "list", "delete"});
    if (creates.find("secret") != std::string::npos) add(ns, "", "secrets", {"get", "list", "delete"});
  }

  Rights take() { return std::move(rights_); }
  std::set<std::string> guessed() const { return guessed_; }

 private:
  static std::vector<std::string> texts(const Json& rule, const char* member) {
    std::vector<std::string> out;
    if (const Json* all = find(rule, {member}); all != nullptr && all->is_array()) {
      for (const Json& one : *all) {
        if (one.is_string()) out.push_back(one.get<std::string>());
      }
    }
    return out;
  }

  void add_rule(const std::string& ns, const Json& rule) {
    std::vector<std::string> names = texts(rule, "resourceNames");
    if (names.empty()) names.emplace_back();
    for (const std::string& group : texts(rule, "apiGroups")) {
      for (const std::string& resource : texts(rule, "resources")) {
        for (const std::string& verb : texts(rule, "verbs")) {
          for (const std::string& name : names)
            rights_.insert({.ns = ns, .group = group, .resource = resource, .verb = verb, .name = name});
        }
      }
    }
  }

  std::span<const Resource> desired_;
  const ApplySet& set_;
  Rights rights_{};
  std::set<std::string> guessed_{};
};

bool runs_pods(std::string_view kind) {
  return kind == "Deployment.apps" || kind == "StatefulSet.apps" || kind == "DaemonSet.apps" || kind == "Job.batch";
}

/// A right for one object is in one for all.
Rights without_doubles(const Rights& rights) {
  Rights out;
  for (const Right& one : rights) {
    Right all = one;
    all.name.clear();
    if (one.name.empty() || !rights.contains(all)) out.insert(one);
  }
  return out;
}

}  // namespace

std::string Right::text() const {
  std::string out = fmt::format("{} on {}{}", verb, resource, group.empty() ? "" : "." + group);
  if (!name.empty()) out += fmt::format(" \"{}\"", name);
  return out + (ns.empty() ? " in the whole cluster" : " in namespace " + ns);
}

Rights rights_of_life(std::span<const Resource> desired, const ApplySet& set, bool makes_namespace,
                      std::set<std::string>& guessed) {
  Collector out(desired, set);
  out.add_own("ConfigMap", {"get", "list", "create", "patch", "delete"});  // also record and history
  out.add_own("Secret", {"get", "list", "create", "patch", "delete"});     // also the key of digests
  out.add_own("Lease.coordination.k8s.io", {"get", "create", "update", "delete"});
  out.add_own("Pod", {"list"});
  for (const Resource& resource : desired) {
    const ResourceId& id = resource.id;
    if (id.provider != "kubernetes") continue;
    if (id.kind == "Namespace") {
      // Namespaces are never removed.
      if (makes_namespace || id.name != set.ns) out.add_object(id, {"get", "create", "patch"}, id.name);
      continue;
    }
    out.add_object(id, {"get", "list", "create", "patch", "delete"});
    out.add_grants(resource);
    out.add_stops(resource.spec, id.scope);
    if (runs_pods(id.kind)) out.add(id.scope, "", "pods", {"list"});
  }
  guessed = out.guessed();
  return without_doubles(out.take());
}

Rights rights_of_changes(std::span<const Change> changes, const ApplySet& set) {
  Collector out({}, set);
  for (const Change& change : changes) {
    if (change.id.provider != "kubernetes" || change.refused || change.check_only) continue;
    const bool is_left = lets_go(change);
    switch (change.action) {
      case Action::none:
        continue;
      case Action::create:
        out.add_object(change.id, {"create", "patch"}, change.id.name);
        break;
      case Action::update:
        out.add_object(change.id, {"get", "patch"}, change.id.name);
        break;
      case Action::replace:
        out.add_object(change.id, {"get", "create", "patch", "delete"}, change.id.name);
        break;
      case Action::remove:
        if (is_left) {
          out.add_object(change.id, {"get", "patch"}, change.id.name);
        } else {
          out.add_object(change.id, {"get", "delete"}, change.id.name);
        }
        break;
    }
    // What a role grants, and whether it may be bound, the dry run has judged: there are several ways to be allowed
    // that.
    if (change.restarts > 0) out.add_stops(change.desired.spec, change.id.scope);
  }
  const std::string record = set.parent();
  out.add_own("ConfigMap", {"get", "create", "patch"}, record);
  out.add_own("ConfigMap", {"get", "create", "patch"}, record + "-history");
  out.add_own("Lease.coordination.k8s.io", {"get", "create", "update", "delete"}, record);
  out.add_own("Secret", {"get", "create"});
  return out.take();
}

std::vector<Json> rules_of(const Rights& rights, const std::string& ns) {
  using Names = std::set<std::string>;
  // Resource → verbs, and then equal ones side by side.
  std::map<std::tuple<std::string, std::string, std::string>, std::set<std::string>> verbs;
  for (const Right& one : rights) {
    if (one.ns == ns) verbs[{one.group, one.name, one.resource}].insert(one.verb);
  }
  std::map<std::tuple<std::string, std::string, std::set<std::string>>, Names> resources;
  for (const auto& [key, some] : verbs) {
    const auto& [group, name, resource] = key;
    resources[{group, name, some}].insert(resource);
  }
  std::vector<Json> out;
  for (const auto& [key, names] : resources) {
    const auto& [group, name, some] = key;
    Json rule = {{"apiGroups", {group}}, {"resources", names}, {"verbs", some}};
    if (!name.empty()) rule["resourceNames"] = {name};
    out.push_back(std::move(rule));
  }
  return out;
}

}  // namespace cloudflow
