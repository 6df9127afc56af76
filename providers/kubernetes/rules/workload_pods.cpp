// What the pods of a workload add to what it says of itself.
#include "providers/kubernetes/rules/workload_pods.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include "providers/kubernetes/rules/readiness_rules.h"
#include "sdk/support/clock.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;
using State = Readiness::State;
using Pods = std::vector<const Json*>;

/// A container that was restarted has to run longer than it did before it ended, within these bounds.
constexpr std::chrono::seconds shortest_watch = 10s;
constexpr std::chrono::seconds longest_watch = 300s;
/// Both times of a server are cut to whole seconds.
constexpr std::chrono::seconds rounding = 2s;
constexpr std::size_t most_names = 3;

Readiness waiting(std::string reason) { return {.state = State::waiting, .reason = std::move(reason)}; }

bool is_ending(const Json& pod) { return find(pod, {"metadata", "deletionTimestamp"}) != nullptr; }
std::string name_of(const Json& pod) { return string_at(pod, {"metadata", "name"}); }

const Json* controller_of(const Json& pod) {
  const Json* owners = find(pod, {"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_array()) return nullptr;
  const auto found = std::ranges::find_if(*owners, [](const Json& one) { return bool_at(one, {"controller"}); });
  return found == owners->end() ? nullptr : &*found;
}

/// "web" of "web-7c9"; empty where nothing was added to a name.
std::string_view parent_name(std::string_view child) {
  const std::size_t dash = child.rfind('-');
  return dash == std::string_view::npos ? "" : child.substr(0, dash);
}

/// Of the workload's pods those that still run, or those that have ended.
Pods pods_of(std::span<const Json* const> pods, bool ended = false) {
  Pods out;
  std::ranges::copy_if(pods, std::back_inserter(out), [&](const Json* pod) { return has_ended(*pod) == ended; });
  return out;
}

/// Calls `take` for every container that is to run for as long as the pod: sidecars, too.
template <class Take>
void each_lasting_container(const Json& pod, const Take& take) {
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    const Json* statuses = find(pod, {"status", list});
    if (statuses == nullptr || !statuses->is_array()) continue;
    for (const Json& status : *statuses) {
      if (list[0] == 'c' || is_sidecar(pod, string_at(status, {"name"}))) take(status);
    }
  }
}

/// How long a container has to run after its last restart until it counts as ready.
std::chrono::seconds watch_after(long long restarts, const Json* last) {
  std::chrono::seconds least = shortest_watch;
  for (long long i = 1; i < restarts && least < longest_watch; ++i) least *= 2;
  std::chrono::seconds lived{0};
  if (last != nullptr) {
    lived = std::chrono::duration_cast<std::chrono::seconds>(parse_rfc3339(string_at(*last, {"finishedAt"})) -
                                                             parse_rfc3339(string_at(*last, {"startedAt"})));
  }
  return std::clamp(std::max(lived + lived / 2 + 5s, least), shortest_watch, longest_watch);
}

/// A busy kubelet hears late that a container runs, and will hear as late that it has ended: how much longer what runs
/// there is watched. Both times are the kubelet's own. Nothing where probes decide when a pod is ready.
std::chrono::seconds slowness_of(const Json& pod) {
  constexpr std::chrono::seconds usual = 1s;
  constexpr std::chrono::seconds longest = 15s;
  for (const char* list : {"initContainers", "containers"}) {
    const Json* containers = find(pod, {"spec", list});
    if (containers == nullptr || !containers->is_array()) continue;
    for (const Json& one : *containers) {
      if (one.contains("readinessProbe") || one.contains("startupProbe")) return 0s;
    }
  }
  const Json* up = pod_condition(pod, "ContainersReady");
  std::string last_start;
  each_lasting_container(pod, [&](const Json& status) {
    last_start = std::max(last_start, string_at(status, {"state", "running", "startedAt"}));
  });
  if (up == nullptr || last_start.empty() || string_at(*up, {"lastTransitionTime"}).empty()) return 0s;
  const auto late = std::chrono::duration_cast<std::chrono::seconds>(
      parse_rfc3339(string_at(*up, {"lastTransitionTime"})) - parse_rfc3339(last_start));
  return late <= usual ? 0s : std::min(late + late / 2, longest);
}

/// Why a pod that is Ready is not yet taken for it. `hold` without a reason: only for a moment more.
struct Watch {
  bool hold = false;
  std::string reason{};
  std::chrono::milliseconds left{0};  ///< how long still, of containers that were just started
};

void watch_container(const Json& pod, const Json& status, const Workload& workload, const PodTimes& times, Watch& out) {
  const Json* running = find(status, {"state", "running"});
  if (running == nullptr) return;
  const long long restarts = int_at(status, {"restartCount"});
  const std::string name = string_at(status, {"name"});
  const auto seen = times.known_for(fmt::format("{}/{}/{}", string_at(pod, {"metadata", "uid"}), name, restarts));
  if (restarts == 0) {
    const std::chrono::milliseconds needed = first_watch + slowness_of(pod);
    if (!workload.fresh || workload.own_watch || seen >= needed) return;
    out.hold = true;
    out.left = std::max(out.left, needed - seen);
    return;
  }
  const Json* last = find(status, {"lastState", "terminated"});
  const std::chrono::seconds needed = watch_after(restarts, last) + slowness_of(pod);
  const auto age =
      std::chrono::duration_cast<std::chrono::seconds>(times.now() - parse_rfc3339(string_at(*running, {"startedAt"})));
  if (seen >= needed || age - rounding >= needed) return;
  out.hold = true;
  if (!out.reason.empty()) return;
  out.reason =
      fmt::format("{}: container {} runs again after {}{} and is watched for {} s", name_of(pod), name,
                  counted(restarts, "restart"), last == nullptr ? "" : " (" + ending_of(*last) + ")", needed.count());
}

/// Looks at everything that runs, also when the workload is not ready yet: what is up early is not watched late.
Watch watch(const Pods& pods, const Workload& workload, const PodTimes& times) {
  Watch out;
  for (const Json* pod : pods) {
    if (is_ending(*pod)) continue;
    each_lasting_container(*pod, [&](const Json& status) { watch_container(*pod, status, workload, times, out); });
  }
  return out;
}

const Json* worst_of(const Pods& pods) {
  const Json* worst = nullptr;
  int severity = 0;
  for (const Json* pod : pods) {
    const int this_one = pod_severity(*pod);
    // Of equals the newest: it belongs to what is being rolled out.
    const bool newer = worst != nullptr && string_at(*pod, {"metadata", "creationTimestamp"}) >
                                               string_at(*worst, {"metadata", "creationTimestamp"});
    if (this_one > severity || (this_one == severity && this_one > 0 && newer)) {
      worst = pod;
      severity = this_one;
    }
  }
  return worst;
}

/// Which template a pod was made from.
std::string template_of(const Json& pod) {
  const std::string of_deployment = string_at(pod, {"metadata", "labels", "pod-template-hash"});
  return of_deployment.empty() ? string_at(pod, {"metadata", "labels", "controller-revision-hash"}) : of_deployment;
}

/// Whether its controller takes old pods away, whatever trouble they have, when new ones come. A StatefulSet's waits
/// until an old pod is ready, so that the trouble of that one does not end by waiting.
bool replaces_broken_pods(std::string_view kind) { return kind == "Deployment.apps" || kind == "DaemonSet.apps"; }

/// Of the pods that run those of the template that is asked for now: the one whose first pod came last. A single old
/// pod may be made once more meanwhile; the one before it has ended and is still known.
Pods current_of(const Workload& workload, std::span<const Json* const> pods) {
  Pods running = pods_of(pods);
  if (!replaces_broken_pods(workload.kind)) return running;
  if (!workload.has_new_pods || running.empty()) return {};
  std::map<std::string, std::string> begun;
  for (const Json* pod : pods) {
    const std::string at = string_at(*pod, {"metadata", "creationTimestamp"});
    const auto [found, is_first] = begun.emplace(template_of(*pod), at);
    if (!is_first) found->second = std::min(found->second, at);
  }
  const auto last = std::ranges::max_element(begun, {}, [](const auto& one) { return one.second; });
  std::erase_if(running, [&](const Json* pod) { return template_of(*pod) != last->first; });
  return running;
}

/// Trouble that waiting does not end, once it has been there for long enough.
bool is_hopeless(const Json& pod, const PodTimes& times) {
  const std::string trouble = lasting_trouble(pod);
  return !trouble.empty() &&
         times.known_for(fmt::format("{} {}", string_at(pod, {"metadata", "uid"}), trouble)) >= trouble_watch;
}

/// Of pods that run; or, where none of these is in trouble, that could not run on.
const Json* worst_of_all(const Workload& workload, std::span<const Json* const> pods) {
  const Json* running = worst_of(current_of(workload, pods));
  if (running != nullptr && pod_severity(*running) > 2) return running;
  const Json* ended = worst_of(pods_of(pods, true));
  return ended == nullptr || (running != nullptr && workload.kind != "Job.batch") ? running : ended;
}

/// Where a container that crashes said why: the command that shows it. Empty where its last words are its pod's reason,
/// or where none crashes. Logs are not shown by themselves, as they may hold secrets.
std::string where_its_words_are(const Json& pod) {
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    const Json* statuses = find(pod, {"status", list});
    if (statuses == nullptr || !statuses->is_array()) continue;
    for (const Json& status : *statuses) {
      if (string_at(status, {"state", "waiting", "reason"}) != "CrashLoopBackOff") continue;
      if (!string_at(status, {"lastState", "terminated", "message"}).empty()) return "";
      return fmt::format(" (kubectl logs -n {} {} -c {} --previous)", string_at(pod, {"metadata", "namespace"}),
                         name_of(pod), string_at(status, {"name"}));
    }
  }
  return "";
}

/// Whether a new template cannot come to a StatefulSet's pod because the pod of the old one is never ready.
bool holds_up(const Json& pod, const Workload& workload) {
  return !workload.new_revision.empty() && !template_of(pod).empty() && template_of(pod) != workload.new_revision;
}

/// What is not ready, with what the worst of its pods says.
Readiness unready(Readiness said, const Workload& workload, std::span<const Json* const> pods, const PodTimes& times) {
  const Json* current = worst_of_all(workload, pods);
  const Json* worst = current != nullptr ? current : worst_of(pods_of(pods));
  if (worst == nullptr) return said;
  said.reason += fmt::format("{}{}: {}{}", said.reason.empty() ? "" : "; ", name_of(*worst), pod_reason(*worst),
                             where_its_words_are(*worst));
  // An old pod goes as soon as a new one is ready, whatever trouble it has.
  if (said.state == State::waiting && !workload.going && current != nullptr && is_hopeless(*current, times))
    give_up(said);
  if (said.state == State::failed && current != nullptr && holds_up(*current, workload)) {
    said.reason += fmt::format(
        "; a StatefulSet waits for its old pods, so that the new template needs: kubectl delete pod -n {} {}",
        string_at(*current, {"metadata", "namespace"}), name_of(*current));
  }
  return said;
}

}  // namespace

void give_up(Readiness& said) {
  said.state = State::failed;
  said.reason += "; given up, as waiting does not change that";
}

std::string still_to_end(std::span<const Json* const> pods, std::string_view what) {
  std::vector<std::string> names;
  for (const Json* pod : pods) {
    std::string name = name_of(*pod);
    if (node_is_silent(*pod))
      name += fmt::format(" (its node {} does not answer)", string_at(*pod, {"spec", "nodeName"}));
    names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  if (names.size() > most_names) {
    const std::size_t more = names.size() - most_names;
    names.resize(most_names);
    names.push_back(fmt::format("{} more", more));
  }
  return fmt::format("{} still to end: {}", counted(static_cast<long long>(pods.size()), what), join(names, ", "));
}

bool has_pods(std::string_view kind) {
  return kind == "Deployment.apps" || kind == "StatefulSet.apps" || kind == "DaemonSet.apps" || kind == "Job.batch" ||
         kind == "ReplicaSet.apps" || kind == "ReplicationController" || kind == "CronJob.batch";
}

PodsByWorkload::PodsByWorkload(std::span<const Json> pods) {
  for (const Json& pod : pods) {
    const Json* controller = controller_of(pod);
    if (controller == nullptr) continue;
    const std::string owner = string_at(*controller, {"name"});
    const std::string kind = string_at(*controller, {"kind"});
    if (kind == "Job") {
      pods_["Job.batch/" + owner].push_back(&pod);
      pods_[fmt::format("CronJob.batch/{}", parent_name(owner))].push_back(&pod);
      continue;
    }
    pods_[fmt::format("{}{}/{}", kind, kind == "ReplicationController" ? "" : ".apps", owner)].push_back(&pod);
    if (kind == "ReplicaSet") pods_[fmt::format("Deployment.apps/{}", parent_name(owner))].push_back(&pod);
  }
}

std::span<const Json* const> PodsByWorkload::of(std::string_view kind, std::string_view name) const {
  const auto found = pods_.find(fmt::format("{}/{}", kind, name));
  return found == pods_.end() ? std::span<const Json* const>{} : found->second;
}

bool has_ended(const Json& pod) {
  const std::string phase = string_at(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

namespace {

bool has_new_pods(std::string_view kind, const Json& object) {
  const Json* generation = find(object, {"metadata", "generation"});
  if (!replaces_broken_pods(kind) || generation == nullptr || !generation->is_number_integer()) return true;
  if (int_at(object, {"status", "observedGeneration"}) < generation->get<long long>()) return false;
  return int_at(object, {"status", kind == "Deployment.apps" ? "updatedReplicas" : "updatedNumberScheduled"}) > 0;
}

}  // namespace

Workload workload_of(std::string_view kind, std::string_view name, const Json& object) {
  return {.kind = kind,
          .name = name,
          .own_watch = int_at(object, {"spec", "minReadySeconds"}) >= 2,
          .going = find(object, {"metadata", "deletionTimestamp"}) != nullptr,
          .pods_decide = !bool_at(object, {"spec", "paused"}),
          .has_new_pods = has_new_pods(kind, object),
          .new_revision = kind == "StatefulSet.apps" ? string_at(object, {"status", "updateRevision"}) : std::string()};
}

const Json* worst_pod(const Workload& workload, std::span<const Json* const> pods) {
  return worst_of_all(workload, pods);
}

Readiness with_pods(Readiness said, const Workload& workload, std::span<const Json* const> pods,
                    const PodTimes& times) {
  if (!has_pods(workload.kind)) return said;
  const Pods mine = pods_of(pods);
  if (said.state == State::missing) return mine.empty() ? said : waiting(still_to_end(mine, "pod"));
  const Watch watched = watch(mine, workload, times);
  if (said.state != State::ready) return unready(std::move(said), workload, pods, times);
  // A Job or CronJob says itself how its pods ended.
  if (!workload.pods_decide || workload.kind == "Job.batch" || workload.kind == "CronJob.batch") return said;
  Pods ending;
  std::ranges::copy_if(mine, std::back_inserter(ending), [](const Json* pod) { return is_ending(*pod); });
  if (!ending.empty()) return waiting(still_to_end(ending, "old pod"));
  // What the workload says is older than what its pods say.
  const auto bad = std::ranges::count_if(mine, [](const Json* pod) { return !pod_reason(*pod).empty(); });
  if (bad > 0) {
    const auto all = static_cast<long long>(mine.size());
    return unready(waiting(fmt::format("{} of {} ready", all - bad, counted(all, "pod"))), workload, pods, times);
  }
  if (!watched.hold) return said;
  said = waiting(watched.reason);
  if (watched.reason.empty()) said.left = watched.left;
  return said;
}

}  // namespace cloudflow
