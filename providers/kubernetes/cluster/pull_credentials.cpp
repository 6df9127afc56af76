// Credentials of image registries in the pull secret of a namespace.
#include "providers/kubernetes/cluster/pull_credentials.h"

#include "providers/kubernetes/cluster/cluster_state.h"
#include "providers/kubernetes/ownership/pull_secret.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view pull_type = "kubernetes.io/dockerconfigjson";
constexpr int attempts = 8;

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

}  // namespace

Result<Secret> other_registries(KubernetesCluster& cluster, std::stop_token stop) {
  ApiClient& client = cluster.state().client;
  CF_TRY(const Json secret, client.get(well_known_resource("Secret")->object(cluster.ns(), pull_secret_name), stop));
  Json auths = auths_of(secret);
  if (const Json* own = find(secret, {"metadata", "annotations", registry_annotation});
      own != nullptr && own->is_string())
    auths.erase(own->get<std::string>());
  return Secret(dump(auths));
}

Result<void> add_pull_credentials(KubernetesCluster& cluster, const std::string& registry, const std::string& username,
                                  const Secret& password, std::stop_token stop) {
  ApiClient& client = cluster.state().client;
  CF_CHECK(ensure_namespace(client, cluster.ns(), stop));
  const ApiResource resource = *well_known_resource("Secret");
  const ApiPath path = resource.object(cluster.ns(), pull_secret_name);
  for (int i = 0;; ++i) {
    const auto live = client.get(path, stop);
    if (!live && live.error().kind != ErrorKind::not_found) return std::unexpected<Error>(live.error());
    Json data = pull_document(live ? auths_of(*live) : Json::object(), registry, username, password);
    ApiResult<Json> written;
    if (live) {
      Json metadata = {{"resourceVersion", string_at(*live, {"metadata", "resourceVersion"})},
                       {"labels", {{std::string(part_of_label), nullptr}}},
                       {"annotations", {{registry_annotation, nullptr}}}};
      const Json patch = {{"metadata", std::move(metadata)}, {"data", std::move(data)}};
      written = client.merge_patch(path, patch, {}, stop);
    } else {
      const Json body = {{"apiVersion", "v1"},
                         {"kind", "Secret"},
                         {"type", pull_type},
                         {"metadata", {{"name", pull_secret_name}, {"labels", labels_of(cluster.ns())}}},
                         {"data", std::move(data)}};
      written = client.create(resource.collection(cluster.ns()), body, {}, stop);
    }
    if (written) return {};
    if (written.error().kind != ErrorKind::conflict || i + 1 == attempts)
      return std::unexpected<Error>(written.error());
  }
}

}  // namespace cloudflow
