// What has to be known from a cluster before anything can be rendered.
#include "providers/kubernetes/cluster/facts.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/cluster/cluster_state.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view cluster_label = "cloudflow.lightbend.com/kafka-cluster-name";

/// A value of a Secret's data; false when it is missing or no base64.
bool decoded(const Json& secret, const std::string& key, std::string& out) {
  const Json* value = find(secret, {"data", key});
  return value != nullptr && value->is_string() && from_base64(value->get_ref<const std::string&>(), out);
}

}  // namespace

Result<std::map<std::string, Secret>> kafka_clusters(KubernetesCluster& cluster, const std::string& also_in,
                                                     const std::set<std::string>& used, std::stop_token stop) {
  struct Found {
    std::string ns{};
    Secret text{};
  };
  std::map<std::string, std::map<std::string, Found>> found;  // by name, then by namespace
  const auto list = [&](const std::string& where) -> Result<void> {
    CF_TRY(const std::vector<Json> secrets,
           list_objects(cluster.state().client, well_known_resource("Secret")->collection(where),
                        {.labels = std::string(cluster_label)}, stop));
    for (const Json& secret : secrets) {
      std::string text;
      const std::string name = string_at(secret, {"metadata", "labels", cluster_label});
      const std::string place = string_at(secret, {"metadata", "namespace"}, where);
      if (!name.empty() && decoded(secret, "secret.conf", text))
        found[name].insert_or_assign(place, Found{place, Secret(std::move(text))});
    }
    return {};
  };
  if (also_in != "*") CF_CHECK(list(cluster.ns()));
  if (also_in == "*") {
    const Result<void> everywhere = list("");
    if (!everywhere && everywhere.error().kind != ErrorKind::denied) return std::unexpected(everywhere.error());
    if (!everywhere) CF_CHECK(list(cluster.ns()));
  } else if (!also_in.empty() && also_in != cluster.ns()) {
    CF_CHECK(list(also_in));
  }
  std::map<std::string, Secret> out;
  for (auto& [name, places] : found) {
    if (const auto own = places.find(cluster.ns()); own != places.end()) {
      out.emplace(name, std::move(own->second.text));
      continue;
    }
    Found& first = places.begin()->second;
    const auto other = std::ranges::find_if(
        places, [&](const auto& entry) { return entry.second.text.reveal() != first.text.reveal(); });
    if (other != places.end() && used.contains(name)) {
      return failure(ErrorKind::conflict,
                     fmt::format("Kafka cluster {} is described differently in namespaces {} and {}", quote(name),
                                 quote(first.ns), quote(other->first)),
                     "name the namespace whose cluster secrets are meant");
    }
    if (other == places.end()) out.emplace(name, std::move(first.text));
  }
  return out;
}

Result<std::map<std::string, std::string>> claims(KubernetesCluster& cluster, std::stop_token stop) {
  std::map<std::string, std::string> out;
  CF_TRY(const std::vector<Json> found,
         list_objects(cluster.state().client, well_known_resource("PersistentVolumeClaim")->collection(cluster.ns()),
                      {}, stop));
  for (const Json& claim : found) {
    std::vector<std::string> modes;
    const Json* wanted = find(claim, {"spec", "accessModes"});
    if (wanted != nullptr && wanted->is_array()) {
      for (const Json& mode : *wanted) {
        if (mode.is_string()) modes.push_back(mode.get<std::string>());
      }
    }
    out.insert_or_assign(string_at(claim, {"metadata", "name"}), join(modes, ","));
  }
  return out;
}

Result<Secret> secret_value(KubernetesCluster& cluster, const std::string& secret, const std::string& key,
                            std::stop_token stop) {
  CF_TRY(const Json object,
         cluster.state().client.get(well_known_resource("Secret")->object(cluster.ns(), secret), stop));
  std::string text;
  if (!decoded(object, key, text)) {
    std::vector<std::string> keys;
    if (const Json* data = find(object, {"data"}); data != nullptr && data->is_object()) {
      for (const auto& [name, value] : data->items()) keys.push_back(name);
    }
    return failure(
        ErrorKind::not_found,
        fmt::format("secret {} in namespace {} has no key {}", quote(secret), quote(cluster.ns()), quote(key)),
        did_you_mean(key, keys));
  }
  return Secret(std::move(text));
}

Result<std::map<std::string, Secret>> secret_values(KubernetesCluster& cluster, const std::string& secret,
                                                    std::stop_token stop) {
  std::map<std::string, Secret> out;
  const auto object = cluster.state().client.get(well_known_resource("Secret")->object(cluster.ns(), secret), stop);
  if (!object && object.error().kind == ErrorKind::not_found) return out;
  if (!object) return std::unexpected<Error>(object.error());
  const Json* data = find(*object, {"data"});
  if (data == nullptr || !data->is_object()) return out;
  for (const auto& [key, value] : data->items()) {
    std::string text;
    if (decoded(*object, key, text)) out.emplace(key, Secret(std::move(text)));
  }
  return out;
}

}  // namespace cloudflow
