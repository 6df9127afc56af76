// KubernetesProvider: what has to be known from the cluster before anything can be rendered, and what runs in it.
#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/list_objects.h"
#include "providers/kubernetes/parallel.h"
#include "providers/kubernetes/provider_state.h"
#include "providers/kubernetes/readiness_rules.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view cluster_label = "cloudflow.lightbend.com/kafka-cluster-name";
constexpr std::string_view application_label = "com.lightbend.cloudflow/app-id";
constexpr std::string_view streamlet_label = "com.lightbend.cloudflow/streamlet-name";
constexpr std::size_t longest_label = 63;

/// A value of a Secret's data; false when it is missing or no base64.
bool decoded(const Json& secret, const std::string& key, std::string& out) {
  const Json* value = find(secret, {"data", key});
  return value != nullptr && value->is_string() && from_base64(value->get_ref<const std::string&>(), out);
}

PodStatus pod_of(const Json& pod) {
  PodStatus out{.name = string_at(pod, {"metadata", "name"}), .status = pod_status(pod), .reason = pod_reason(pod)};
  const Json* wanted = find(pod, {"spec", "containers"});
  out.containers = wanted != nullptr && wanted->is_array() ? static_cast<int>(wanted->size()) : 0;
  const Json* statuses = find(pod, {"status", "containerStatuses"});
  if (statuses != nullptr && statuses->is_array()) {
    for (const Json& status : *statuses) {
      if (bool_at(status, {"ready"})) ++out.ready_containers;
      out.restarts += static_cast<int>(int_at(status, {"restartCount"}));
    }
  }
  out.ready = out.containers > 0 && out.ready_containers == out.containers && out.status == "Running";
  return out;
}

bool is_of_deployment(const Json& pod) {
  const Json* owners = find(pod, {"metadata", "ownerReferences"});
  return owners != nullptr && owners->is_array() &&
         std::ranges::any_of(*owners, [](const Json& one) { return string_at(one, {"kind"}) == "ReplicaSet"; });
}

int severity_of(Readiness::State state) {
  switch (state) {
    case Readiness::State::ready:
      return 0;
    case Readiness::State::waiting:
      return 1;
    case Readiness::State::missing:
      return 2;
    case Readiness::State::failed:
      return 3;
  }
  return 0;
}

std::string image_of(const Json& workload) {
  const Json* containers = find(workload, {"spec", "template", "spec", "containers"});
  if (containers == nullptr || !containers->is_array() || containers->empty()) return "";
  return string_at((*containers)[0], {"image"});
}

}  // namespace

Result<std::map<std::string, Secret>> KubernetesProvider::kafka_clusters(const std::string& also_in,
                                                                         const std::set<std::string>& used,
                                                                         std::stop_token stop) {
  struct Found {
    std::string space{};
    Secret text{};
  };
  std::map<std::string, std::map<std::string, Found>> found;  // by name, then by namespace
  const auto list = [&](const std::string& where) -> Result<void> {
    CF_TRY(const std::vector<Json> secrets,
           list_objects(state_->client, well_known_resource("Secret")->collection(where),
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
  if (also_in != "*") CF_CHECK(list(space()));
  if (also_in == "*") {
    const Result<void> everywhere = list("");
    if (!everywhere && everywhere.error().kind != ErrorKind::denied) return std::unexpected(everywhere.error());
    if (!everywhere) CF_CHECK(list(space()));
  } else if (!also_in.empty() && also_in != space()) {
    CF_CHECK(list(also_in));
  }
  std::map<std::string, Secret> out;
  for (auto& [name, places] : found) {
    if (const auto own = places.find(space()); own != places.end()) {
      out.emplace(name, std::move(own->second.text));
      continue;
    }
    Found& first = places.begin()->second;
    const auto other = std::ranges::find_if(
        places, [&](const auto& entry) { return entry.second.text.reveal() != first.text.reveal(); });
    if (other != places.end() && used.contains(name)) {
      return failure(ErrorKind::conflict,
                     fmt::format("Kafka cluster {} is described differently in namespaces {} and {}", quote(name),
                                 quote(first.space), quote(other->first)),
                     "name the namespace whose cluster secrets are meant");
    }
    if (other == places.end()) out.emplace(name, std::move(first.text));
  }
  return out;
}

Result<std::map<std::string, std::string>> KubernetesProvider::claims(std::stop_token stop) {
  std::map<std::string, std::string> out;
  CF_TRY(const std::vector<Json> found,
         list_objects(state_->client, well_known_resource("PersistentVolumeClaim")->collection(space()), {}, stop));
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

Result<Secret> KubernetesProvider::secret_value(const std::string& secret, const std::string& key,
                                                std::stop_token stop) {
  CF_TRY(const Json object, state_->client.get(well_known_resource("Secret")->object(space(), secret), stop));
  std::string text;
  if (!decoded(object, key, text)) {
    std::vector<std::string> keys;
    if (const Json* data = find(object, {"data"}); data != nullptr && data->is_object()) {
      for (const auto& [name, value] : data->items()) keys.push_back(name);
    }
    return failure(ErrorKind::not_found,
                   fmt::format("secret {} in namespace {} has no key {}", quote(secret), quote(space()), quote(key)),
                   did_you_mean(key, keys));
  }
  return Secret(std::move(text));
}

Result<std::map<std::string, Secret>> KubernetesProvider::secret_values(const std::string& secret,
                                                                        std::stop_token stop) {
  std::map<std::string, Secret> out;
  const auto object = state_->client.get(well_known_resource("Secret")->object(space(), secret), stop);
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

Result<std::vector<StreamletStatus>> KubernetesProvider::status(std::stop_token stop) {
  std::map<std::string, StreamletStatus> by_streamlet;
  std::map<std::string, std::map<std::string, PodStatus>> pods;
  std::map<std::string, std::map<std::string, bool>> loose;  // made by a Spark driver, or an operator: name → ready
  const auto application = state_->set.application.substr(0, longest_label);
  const auto deployment = [&](const Json& object) {
    // The label is the pods'; a deployment carries it in its template, and may have it itself.
    std::string name = string_at(object, {"spec", "template", "metadata", "labels", streamlet_label});
    if (name.empty()) name = string_at(object, {"metadata", "labels", streamlet_label});
    const bool ours = string_at(object, {"spec", "template", "metadata", "labels", application_label}) == application ||
                      string_at(object, {"metadata", "labels", part_of_label}) == state_->set.id();
    if (name.empty() || !ours) return;
    // A streamlet may have several, as a Flink job has: it is as ready as the least ready of them.
    const auto [at, first] = by_streamlet.try_emplace(name);
    StreamletStatus& one = at->second;
    Readiness readiness = readiness_of("Deployment.apps", object);
    if (first) one.readiness = {.state = Readiness::State::ready, .reason = ""};
    one.streamlet = name;
    one.image = image_of(object);
    one.wanted += static_cast<int>(int_at(object, {"spec", "replicas"}, 1));
    one.available += static_cast<int>(int_at(object, {"status", "availableReplicas"}));
    if (severity_of(readiness.state) > severity_of(one.readiness.state)) one.readiness = std::move(readiness);
  };
  const auto pod = [&](const Json& object) {
    const std::string name = string_at(object, {"metadata", "labels", streamlet_label});
    PodStatus status = pod_of(object);
    if (!is_of_deployment(object)) loose[name].insert_or_assign(status.name, status.ready);
    pods[name].insert_or_assign(status.name, std::move(status));
  };
  const std::string of_application = fmt::format("{}={}", application_label, application);
  CF_CHECK(in_parallel(
      2, 2,
      [&](std::size_t i, const std::stop_token& inner) {
        if (i == 0)
          return each_object(
              state_->client, well_known_resource("Deployment.apps")->collection(space()), {},
              [&] { by_streamlet.clear(); }, deployment, inner);
        const auto begin = [&] {
          pods.clear();
          loose.clear();
        };
        return each_object(state_->client, well_known_resource("Pod")->collection(space()), {.labels = of_application},
                           begin, pod, inner);
      },
      std::move(stop)));
  for (const auto& [name, ready_by_pod] : loose) {
    StreamletStatus& one = by_streamlet[name];
    if (one.streamlet.empty()) one.readiness = {.state = Readiness::State::ready, .reason = ""};
    one.streamlet = name;
    for (const auto& [pod_name, ready] : ready_by_pod) {
      ++one.wanted;
      if (ready) ++one.available;
    }
    if (one.available < one.wanted && one.readiness.state == Readiness::State::ready)
      one.readiness = {.state = Readiness::State::waiting,
                       .reason = fmt::format("{} of {} ready", one.available, counted(one.wanted, "pod"))};
  }
  std::vector<StreamletStatus> out;
  for (auto& [name, one] : by_streamlet) {
    for (auto& [pod_name, status] : pods[name]) {
      if (!status.reason.empty() && one.readiness.state != Readiness::State::ready &&
          one.readiness.reason.find("; ") == std::string::npos) {
        one.readiness.reason += fmt::format("; {}: {}", pod_name, status.reason);
      }
      one.pods.push_back(std::move(status));
    }
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace cloudflow
