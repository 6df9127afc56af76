// KubernetesProvider::status: what runs of an application, by streamlet.
#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/list_objects.h"
#include "providers/kubernetes/parallel.h"
#include "providers/kubernetes/provider_state.h"
#include "providers/kubernetes/readiness_rules.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view application_label = "com.lightbend.cloudflow/app-id";
constexpr std::string_view streamlet_label = "com.lightbend.cloudflow/streamlet-name";
constexpr std::size_t longest_label = 63;

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

/// Puts Deployments and pods together. Both may be taken at the same time.
class Streamlets {
 public:
  explicit Streamlets(const ApplySet& set) : id_(set.id()), label_(set.application.substr(0, longest_label)) {}

  void forget_deployments() { by_streamlet_.clear(); }
  void take_deployment(const Json& object);
  void forget_pods();
  void take_pod(const Json& object);
  /// Sorted by streamlet.
  std::vector<StreamletStatus> result() &&;

  std::string pod_selector() const { return fmt::format("{}={}", application_label, label_); }

 private:
  void count_loose_pods();

  std::string id_{};
  std::string label_{};
  std::map<std::string, StreamletStatus> by_streamlet_{};
  std::map<std::string, std::map<std::string, PodStatus>> pods_{};
  std::map<std::string, std::map<std::string, bool>> loose_{};  ///< of a Spark driver, or an operator: name → ready
};

void Streamlets::take_deployment(const Json& object) {
  // The label is the pods'; a deployment carries it in its template, and may have it itself.
  std::string name = string_at(object, {"spec", "template", "metadata", "labels", streamlet_label});
  if (name.empty()) name = string_at(object, {"metadata", "labels", streamlet_label});
  const bool ours = string_at(object, {"spec", "template", "metadata", "labels", application_label}) == label_ ||
                    string_at(object, {"metadata", "labels", part_of_label}) == id_;
  if (name.empty() || !ours) return;
  // A streamlet may have several, as a Flink job has: it is as ready as the least ready of them.
  const auto [at, first] = by_streamlet_.try_emplace(name);
  StreamletStatus& one = at->second;
  Readiness readiness = readiness_of("Deployment.apps", object);
  if (first) one.readiness = {.state = Readiness::State::ready, .reason = ""};
  one.streamlet = name;
  one.image = image_of(object);
  one.wanted += static_cast<int>(int_at(object, {"spec", "replicas"}, 1));
  one.available += static_cast<int>(int_at(object, {"status", "availableReplicas"}));
  if (severity_of(readiness.state) > severity_of(one.readiness.state)) one.readiness = std::move(readiness);
}

void Streamlets::forget_pods() {
  pods_.clear();
  loose_.clear();
}

void Streamlets::take_pod(const Json& object) {
  const std::string name = string_at(object, {"metadata", "labels", streamlet_label});
  PodStatus status = pod_of(object);
  if (!is_of_deployment(object)) loose_[name].insert_or_assign(status.name, status.ready);
  pods_[name].insert_or_assign(status.name, std::move(status));
}

/// Pods that no Deployment counts.
void Streamlets::count_loose_pods() {
  for (const auto& [name, ready_by_pod] : loose_) {
    StreamletStatus& one = by_streamlet_[name];
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
}

std::vector<StreamletStatus> Streamlets::result() && {
  count_loose_pods();
  std::vector<StreamletStatus> out;
  for (auto& [name, one] : by_streamlet_) {
    for (auto& [pod_name, status] : pods_[name]) {
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

}  // namespace

Result<std::vector<StreamletStatus>> KubernetesProvider::status(std::stop_token stop) {
  Streamlets streamlets(state_->set);
  CF_CHECK(in_parallel(
      2, 2,
      [&](std::size_t i, const std::stop_token& inner) {
        if (i == 0)
          return each_object(
              state_->client, well_known_resource("Deployment.apps")->collection(space()), {},
              [&] { streamlets.forget_deployments(); }, [&](const Json& one) { streamlets.take_deployment(one); },
              inner);
        return each_object(
            state_->client, well_known_resource("Pod")->collection(space()), {.labels = streamlets.pod_selector()},
            [&] { streamlets.forget_pods(); }, [&](const Json& one) { streamlets.take_pod(one); }, inner);
      },
      std::move(stop)));
  return std::move(streamlets).result();
}

}  // namespace cloudflow
