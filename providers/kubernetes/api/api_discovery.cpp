// Which path serves a kind: a table for the usual ones, the server's own list for the rest.
#include "providers/kubernetes/api/api_discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct Known {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
  std::string_view plural;
  bool namespaced;
};

constexpr std::array<Known, 41> well_known = {{
    {"", "v1", "ConfigMap", "configmaps", true},
    {"", "v1", "Endpoints", "endpoints", true},
    {"", "v1", "Event", "events", true},
    {"", "v1", "LimitRange", "limitranges", true},
    {"", "v1", "Namespace", "namespaces", false},
    {"", "v1", "Node", "nodes", false},
    {"", "v1", "PersistentVolume", "persistentvolumes", false},
    {"", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true},
    {"", "v1", "Pod", "pods", true},
    {"", "v1", "PodTemplate", "podtemplates", true},
    {"", "v1", "ReplicationController", "replicationcontrollers", true},
    {"", "v1", "ResourceQuota", "resourcequotas", true},
    {"", "v1", "Secret", "secrets", true},
    {"", "v1", "Service", "services", true},
    {"", "v1", "ServiceAccount", "serviceaccounts", true},
    {"admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false},
    {"admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false},
    {"apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false},
    {"apiregistration.k8s.io", "v1", "APIService", "apiservices", false},
    {"apps", "v1", "ControllerRevision", "controllerrevisions", true},
    {"apps", "v1", "DaemonSet", "daemonsets", true},
    {"apps", "v1", "Deployment", "deployments", true},
    {"apps", "v1", "ReplicaSet", "replicasets", true},
    {"apps", "v1", "StatefulSet", "statefulsets", true},
    {"autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true},
    {"batch", "v1", "CronJob", "cronjobs", true},
    {"batch", "v1", "Job", "jobs", true},
    {"coordination.k8s.io", "v1", "Lease", "leases", true},
    {"discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", true},
    {"events.k8s.io", "v1", "Event", "events", true},
    {"networking.k8s.io", "v1", "Ingress", "ingresses", true},
    {"networking.k8s.io", "v1", "IngressClass", "ingressclasses", false},
    {"networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", true},
    {"policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", true},
    {"rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", false},
    {"rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", false},
    {"rbac.authorization.k8s.io", "v1", "Role", "roles", true},
    {"rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", true},
    {"scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", false},
    {"storage.k8s.io", "v1", "CSIDriver", "csidrivers", false},
    {"storage.k8s.io", "v1", "StorageClass", "storageclasses", false},
}};

/// "Deployment.apps" → kind and group.
std::pair<std::string, std::string> split_kind(std::string_view kind) {
  const std::size_t dot = kind.find('.');
  if (dot == std::string_view::npos) return {std::string(kind), ""};
  return {std::string(kind.substr(0, dot)), std::string(kind.substr(dot + 1))};
}

/// Items of an array member, empty when it is missing.
const Json& items_at(const Json& value, std::string_view key) {
  static const Json none = Json::array();
  const Json* found = find(value, {key});
  return found != nullptr && found->is_array() ? *found : none;
}

/// What a server answered for.
struct Served {
  std::vector<ApiResource> kinds{};
  std::set<std::string> groups{};  ///< all whose kinds are known to be complete
  std::set<std::string> silent{};  ///< those whose own server did not answer, at least for one version
};

/// APIGroupDiscoveryList, v2 or v2beta1: versions are in the server's order of preference.
void take_aggregated(const Json& list, Served& served) {
  std::vector<ApiResource>& out = served.kinds;
  for (const Json& group : items_at(list, "items")) {
    for (const Json& version : items_at(group, "versions")) {
      const bool current = string_at(version, {"freshness"}, "Current") == "Current";
      (current ? served.groups : served.silent).insert(string_at(group, {"metadata", "name"}));
      for (const Json& resource : items_at(version, "resources")) {
        out.push_back({string_at(group, {"metadata", "name"}), string_at(version, {"version"}),
                       string_at(resource, {"responseKind", "kind"}), string_at(resource, {"resource"}),
                       string_at(resource, {"scope"}) == "Namespaced"});
      }
    }
  }
}

/// APIResourceList of one group and version, as servers before 1.26 (and aggregated ones) give it.
void take_classic(const Json& list, const std::string& group, const std::string& version,
                  std::vector<ApiResource>& out) {
  for (const Json& resource : items_at(list, "resources")) {
    const std::string plural = string_at(resource, {"name"});
    if (plural.find('/') != std::string::npos) continue;  // "deployments/scale"
    out.push_back({group, version, string_at(resource, {"kind"}), plural, bool_at(resource, {"namespaced"})});
  }
}

}  // namespace

std::optional<ApiResource> well_known_resource(std::string_view kind, std::string_view api_version) {
  const auto [name, group] = split_kind(kind);
  for (const Known& known : well_known) {
    if (known.kind != name || known.group != group) continue;
    ApiResource resource{std::string(known.group), std::string(known.version), std::string(known.kind),
                         std::string(known.plural), known.namespaced};
    if (api_version.empty() || resource.api_version() == api_version) return resource;
  }
  return std::nullopt;
}

std::vector<ApiResource> usual_resources() {
  // Others are the cluster's, or what controllers make.
  static constexpr std::array<std::string_view, 8> not_made = {
      "ControllerRevision", "Endpoints", "EndpointSlice", "Event", "Lease", "Namespace", "Node", "ReplicaSet"};
  std::vector<ApiResource> out;
  for (const Known& known : well_known) {
    if (std::ranges::find(not_made, known.kind) != not_made.end()) continue;
    out.push_back({std::string(known.group), std::string(known.version), std::string(known.kind),
                   std::string(known.plural), known.namespaced});
  }
  return out;
}

struct ApiDiscovery::State {
  ApiClient& client;
  std::mutex mutex{};
  std::optional<Served> served{};

  Result<Served> ask(const std::stop_token& stop);
  Result<Json> ask_root(const std::string& path, const std::stop_token& stop);
  Result<void> ask_group_version(const std::string& path, const std::string& group, const std::string& version,
                                 Served& out, const std::stop_token& stop);
  Result<void> look_for_group(const std::string& group, const std::stop_token& stop);
};

Result<Json> ApiDiscovery::State::ask_root(const std::string& path, const std::stop_token& stop) {
  ApiRequest request;
  request.target = {path, "the kinds that the server knows"};
  request.verb = "get";
  request.idempotent = true;
  request.accept =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
      "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
  CF_TRY(const ApiReply reply, client.send(request, stop));
  return parse_json(reply.body, "the answer of " + path);
}

/// A group whose own server is down answers 503: the kinds of the others are still good. Only 404 means that it has
/// none.
Result<void> ApiDiscovery::State::ask_group_version(const std::string& path, const std::string& group,
                                                    const std::string& version, Served& out,
                                                    const std::stop_token& stop) {
  const ApiResult<Json> list = client.get({path, "the kinds of " + path}, stop);
  if (list) take_classic(*list, group, version, out.kinds);
  if (!list && list.error().status == 0) return std::unexpected(list.error());
  const bool answered = list || list.error().kind == ErrorKind::not_found;
  (answered ? out.groups : out.silent).insert(group);
  return {};
}

Result<Served> ApiDiscovery::State::ask(const std::stop_token& stop) {
  Served out;
  CF_TRY(const Json core, ask_root("/api", stop));
  take_aggregated(core, out);
  for (const Json& version : items_at(core, "versions")) {
    if (!version.is_string()) continue;
    const std::string name = version.get<std::string>();
    CF_CHECK(ask_group_version("/api/" + name, "", name, out, stop));
  }
  CF_TRY(const Json groups, ask_root("/apis", stop));
  take_aggregated(groups, out);
  for (const Json& group : items_at(groups, "groups")) {
    const std::string name = string_at(group, {"name"});
    std::vector<std::string> versions = {string_at(group, {"preferredVersion", "version"})};
    for (const Json& version : items_at(group, "versions")) versions.push_back(string_at(version, {"version"}));
    std::set<std::string> asked = {""};
    for (const std::string& version : versions) {
      if (!asked.insert(version).second) continue;
      CF_CHECK(ask_group_version(fmt::format("/apis/{}/{}", name, version), name, version, out, stop));
    }
  }
  return out;
}

/// A kind is absent only where its group is, or has answered without it: what cannot be asked is never taken for
/// absent, or what is left of it would be forgotten.
Result<void> ApiDiscovery::State::look_for_group(const std::string& group, const std::stop_token& stop) {
  const auto silent = [&](std::string_view why) {
    return failure(
        ErrorKind::unavailable,
        fmt::format("the server of API group {} does not answer, so what exists of its kinds is not known{}{}",
                    quote(group), why.empty() ? "" : ": ", why),
        fmt::format("kubectl get apiservices shows it; go on when {} is served again, or remove its APIService",
                    quote(group)));
  };
  if (served->silent.contains(group)) return silent("");
  if (group.empty() || served->groups.contains(group)) return {};
  const ApiResult<Json> own = client.get({"/apis/" + group, fmt::format("API group {}", quote(group))}, stop);
  if (own || own.error().kind == ErrorKind::not_found) return {};
  if (own.error().status == 0) return std::unexpected(own.error());
  return silent(own.error().server_message);
}

ApiDiscovery::ApiDiscovery(ApiClient& client) : state_(std::make_unique<State>(client)) {}
ApiDiscovery::~ApiDiscovery() = default;

void ApiDiscovery::forget() {
  const std::scoped_lock lock(state_->mutex);
  state_->served.reset();
}

Result<ApiDiscovery::All> ApiDiscovery::all(const std::stop_token& stop) {
  const std::scoped_lock lock(state_->mutex);
  if (!state_->served) {
    CF_TRY(state_->served, state_->ask(stop));
  }
  All out{.kinds = {}, .silent = state_->served->silent};
  std::set<std::string> known;
  for (const ApiResource& resource : state_->served->kinds) {
    if (known.insert(resource.id_kind()).second) out.kinds.push_back(resource);
  }
  return out;
}

Result<std::vector<ApiResource>> ApiDiscovery::namespaced(const std::stop_token& stop) {
  CF_TRY(All known, all(stop));
  std::erase_if(known.kinds, [](const ApiResource& resource) { return !resource.namespaced; });
  return std::move(known.kinds);
}

Result<ApiResource> ApiDiscovery::resource(std::string_view kind, std::string_view api_version,
                                           const std::stop_token& stop) {
  if (std::optional<ApiResource> known = well_known_resource(kind, api_version)) return *std::move(known);
  const std::scoped_lock lock(state_->mutex);
  if (!state_->served) {
    CF_TRY(state_->served, state_->ask(stop));
  }
  std::vector<std::string> names;
  for (const ApiResource& resource : state_->served->kinds) {
    if (resource.id_kind() == kind && (api_version.empty() || resource.api_version() == api_version)) return resource;
    names.push_back(resource.id_kind());
  }
  CF_CHECK(state_->look_for_group(split_kind(kind).second, stop));
  const std::string suggestion = did_you_mean(kind, names);
  const std::string version = api_version.empty() ? "" : fmt::format(" in version {}", quote(api_version));
  return failure(ErrorKind::not_found, fmt::format("the server knows no kind {}{}", quote(kind), version),
                 suggestion.empty() ? "it may come from a CRD that is not installed yet" : suggestion);
}

}  // namespace cloudflow
