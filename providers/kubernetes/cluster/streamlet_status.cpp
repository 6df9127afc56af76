// What runs of an application, by streamlet.
#include "providers/kubernetes/cluster/streamlet_status.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/api/parallel.h"
#include "providers/kubernetes/cluster/cluster_state.h"
#include "providers/kubernetes/rules/last_warnings.h"
#include "providers/kubernetes/rules/readiness_rules.h"
#include "providers/kubernetes/rules/workload_pods.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view application_label = "com.lightbend.cloudflow/app-id";
constexpr std::string_view streamlet_label = "com.lightbend.cloudflow/streamlet-name";
constexpr std::size_t longest_label = 63;

/// The image of the streamlet's own container, which is called like its workload; others may have put theirs before it.
std::string image_of(const Json& pod) {
  const Json* containers = find(pod, {"spec", "containers"});
  if (containers == nullptr || !containers->is_array() || containers->empty()) return "";
  const std::string own = string_at(pod, {"metadata", "labels", "app.kubernetes.io/name"});
  const auto found =
      std::ranges::find_if(*containers, [&](const Json& container) { return string_at(container, {"name"}) == own; });
  return string_at(found == containers->end() ? (*containers)[0] : *found, {"image"});
}

PodStatus pod_of(const Json& pod) {
  PodStatus out{.name = string_at(pod, {"metadata", "name"}),
                .status = pod_status(pod),
                .reason = pod_reason(pod),
                .image = image_of(pod)};
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

/// What is looked at of a pod again, when all are known.
Json without_ballast(Json pod) {
  if (const auto metadata = pod.find("metadata"); metadata != pod.end() && metadata->is_object())
    metadata->erase("managedFields");
  if (const auto spec = pod.find("spec"); spec != pod.end() && spec->is_object()) {
    spec->erase("volumes");
    spec->erase("tolerations");
  }
  return pod;
}

/// Puts Deployments and pods together. Both may be taken at the same time.
class Streamlets {
 public:
  explicit Streamlets(const ApplySet& set) : id_(set.id()), label_(set.application.substr(0, longest_label)) {}

  void forget_deployments() {
    by_streamlet_.clear();
    deployments_.clear();
  }
  void take_deployment(const Json& object);
  void forget_pods();
  void take_pod(Json object);
  /// Sorted by streamlet.
  std::vector<StreamletStatus> result(const PodTimes& times);

  /// Of streamlets that are not ready: whose events may say why.
  const std::map<std::string, EventQuestion>& questions() const { return questions_; }

 private:
  /// One Deployment; its streamlet may have several.
  struct Deployed {
    std::string streamlet{};
    std::string name{};
    Workload workload{};
    Readiness readiness{};
  };

  void judge_deployments(const PodTimes& times);
  void count_loose_pods();
  void count_orphans();

  std::string id_{};
  std::string label_{};
  std::map<std::string, StreamletStatus> by_streamlet_{};
  std::vector<Deployed> deployments_{};
  std::vector<Json> objects_{};                       ///< the pods
  std::map<std::string, EventQuestion> questions_{};  ///< by streamlet
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
  if (first) one.readiness = {.state = Readiness::State::ready, .reason = ""};
  one.streamlet = name;
  one.image = image_of(object.value("/spec/template"_json_pointer, Json()));
  one.wanted += static_cast<int>(int_at(object, {"spec", "replicas"}, 1));
  one.available += static_cast<int>(int_at(object, {"status", "availableReplicas"}));
  deployments_.push_back({.streamlet = name,
                          .name = string_at(object, {"metadata", "name"}),
                          .workload = workload_of("Deployment.apps", "", object),
                          .readiness = readiness_of("Deployment.apps", object)});
}

/// A streamlet is as ready as the least ready of its Deployments.
void Streamlets::judge_deployments(const PodTimes& times) {
  const PodsByWorkload by_workload(objects_);
  for (Deployed& deployed : deployments_) {
    deployed.workload.name = deployed.name;
    Readiness readiness = with_pods(std::move(deployed.readiness), deployed.workload,
                                    by_workload.of("Deployment.apps", deployed.name), times);
    StreamletStatus& one = by_streamlet_[deployed.streamlet];
    if (severity_of(readiness.state) <= severity_of(one.readiness.state)) continue;
    one.readiness = std::move(readiness);
    questions_[deployed.streamlet] =
        event_question(deployed.workload, by_workload.of("Deployment.apps", deployed.name));
  }
}

void Streamlets::forget_pods() {
  pods_.clear();
  loose_.clear();
  objects_.clear();
}

void Streamlets::take_pod(Json object) {
  const std::string name = string_at(object, {"metadata", "labels", streamlet_label});
  PodStatus status = pod_of(object);
  if (!is_of_deployment(object)) loose_[name].insert_or_assign(status.name, status.ready);
  pods_[name].insert_or_assign(status.name, std::move(status));
  objects_.push_back(without_ballast(std::move(object)));
}

/// "; web-1: Pending" of the first pod that says why it is not ready.
std::string first_reason(const std::map<std::string, PodStatus>& pods) {
  const auto bad = std::ranges::find_if(pods, [](const auto& entry) { return !entry.second.reason.empty(); });
  return bad == pods.end() ? "" : fmt::format("; {}: {}", bad->first, bad->second.reason);
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
                       .reason = fmt::format("{} of {} ready{}", one.available, counted(one.wanted, "pod"),
                                             first_reason(pods_[name]))};
  }
}

/// Pods whose Deployment is gone run on until they have come to their end.
void Streamlets::count_orphans() {
  for (const auto& [name, of_streamlet] : pods_) {
    if (by_streamlet_.contains(name)) continue;
    std::vector<std::string> running;
    for (const auto& [pod_name, status] : of_streamlet) {
      if (status.status != "Succeeded" && status.status != "Failed") running.push_back(pod_name);
    }
    if (running.empty()) continue;
    by_streamlet_[name] = {.streamlet = name,
                           .readiness = {.state = Readiness::State::missing,
                                         .reason = fmt::format("not deployed; {} still to end: {}",
                                                               counted(static_cast<long long>(running.size()), "pod"),
                                                               join(running, ", "))}};
  }
}

std::vector<StreamletStatus> Streamlets::result(const PodTimes& times) {
  judge_deployments(times);
  count_loose_pods();
  count_orphans();
  std::vector<StreamletStatus> out;
  for (auto& [name, one] : by_streamlet_) {
    for (auto& [pod_name, status] : pods_[name]) one.pods.push_back(std::move(status));
    out.push_back(std::move(one));
  }
  return out;
}

/// What only events say of those that are not ready.
Result<void> add_warnings(ApiClient& client, const std::string& ns,
                          const std::map<std::string, EventQuestion>& questions, std::vector<StreamletStatus>& out,
                          const std::stop_token& stop) {
  std::vector<EventQuestion> asked;
  std::vector<StreamletStatus*> whose;
  for (StreamletStatus& one : out) {
    const auto question = questions.find(one.streamlet);
    if (question == questions.end()) continue;
    asked.push_back(question->second);
    whose.push_back(&one);
  }
  CF_TRY(const std::vector<std::string> texts, last_warnings(client, ns, asked, stop));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty()) whose[i]->readiness.reason += "; " + texts[i];
  }
  return {};
}

}  // namespace

std::string streamlet_pod_selector(const ApplySet& set) {
  return fmt::format("{}={}", application_label, set.application.substr(0, longest_label));
}

Result<std::vector<StreamletStatus>> streamlet_status(KubernetesCluster& cluster, std::stop_token stop) {
  ClusterState& state = cluster.state();
  Streamlets streamlets(state.set);
  CF_CHECK(in_parallel(
      2, 2,
      [&](std::size_t i, const std::stop_token& inner) {
        if (i == 0)
          return each_object(
              state.client, well_known_resource("Deployment.apps")->collection(cluster.ns()), {},
              [&] { streamlets.forget_deployments(); }, [&](const Json& one) { streamlets.take_deployment(one); },
              inner);
        return each_object(
            state.client, well_known_resource("Pod")->collection(cluster.ns()),
            {.labels = streamlet_pod_selector(state.set)}, [&] { streamlets.forget_pods(); },
            [&](Json one) { streamlets.take_pod(std::move(one)); }, inner);
      },
      stop));
  std::vector<StreamletStatus> out = streamlets.result(state.pod_times(stop));
  CF_CHECK(add_warnings(state.client, cluster.ns(), streamlets.questions(), out, stop));
  return out;
}

}  // namespace cloudflow
