// KubernetesProvider::readiness: what the objects say of themselves, and their pods where that is not enough.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>

#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/api/parallel.h"
#include "providers/kubernetes/job_ending.h"
#include "providers/kubernetes/ownership/ending_workloads.h"
#include "providers/kubernetes/ownership/ownership.h"
#include "providers/kubernetes/provider_state.h"
#include "providers/kubernetes/rules/last_warnings.h"
#include "providers/kubernetes/rules/readiness_rules.h"
#include "providers/kubernetes/rules/stuck_scaling.h"
#include "providers/kubernetes/rules/workload_pods.h"
#include "sdk/support/background_task.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// From this many objects of one kind on they are listed instead of asked for one by one.
constexpr std::size_t many = 4;

/// No pod has this name.
constexpr const char* every_pod = "*";

/// `pods` may not be listed: what cannot be seen is neither ready nor gone.
Readiness unseen(std::string_view known, const Error& denied) {
  return {Readiness::State::failed, fmt::format("{} cannot be seen: {}{}{}", known, denied.message,
                                                denied.hint.empty() ? "" : "; ", denied.hint)};
}

/// Whether its pods crash, or old ones still run, a workload does not say.
void judge_without_pods(Readiness& answer, const Error& denied) {
  if (answer.state == Readiness::State::ready) {
    answer = unseen("its controller calls it ready, and whether its pods stay up and old ones have ended", denied);
  } else if (answer.state == Readiness::State::missing) {
    answer = unseen("it does not exist any more, and whether its pods still run", denied);
  }
}

/// Why waiting does not end the pods of these workloads.
std::string staying_copies(const std::vector<Json>& copies) {
  std::vector<std::string> names;
  for (const Json& copy : copies)
    names.push_back(lower(string_at(copy, {"kind"})) + "/" + string_at(copy, {"metadata", "name"}));
  return fmt::format("somebody made {0} from a copy of this application's, so {1}; `kubectl delete {0}` ends {2}",
                     join(names, " "), names.size() == 1 ? "it stays" : "they stay", names.size() == 1 ? "it" : "them");
}

/// The asked objects of one kind in one namespace; positions are those of the question.
struct Group {
  ResourceId id{};
  std::map<std::string, std::size_t> positions{};
};

struct Asked {
  Readiness said{.state = Readiness::State::missing, .reason = {}};    ///< by the object itself
  Readiness answer{.state = Readiness::State::missing, .reason = {}};  ///< corrected by its pods
  Workload workload{};                                                 ///< of what has pods; `fresh` of all
  std::string labels{};                                                ///< that its pods have
  std::string version = "absent";                                      ///< of the object
  std::optional<ScaledDeployment> scaled{};                            ///< of a Deployment
  std::optional<EventQuestion> about{};  ///< of an object of a namespace that makes no pods and is not being deleted
  bool said_before = false;              ///< it had said the same before its pods were asked for
};

using PodsByUid = std::map<std::string, Json>;

/// What goes on running whatever becomes of the application.
struct StayingWorkloads {
  std::vector<Json> copies{};  ///< that somebody made from this application's, with its label
  std::vector<Json> kept{};    ///< that ask to be kept, and are no longer this application's
};

class Question {
 public:
  Question(ProviderState& state, std::span<const ResourceId> ids) : state_(state), ids_(ids), asked_(ids.size()) {}

  Result<std::vector<Readiness>> answer(const std::stop_token& stop);

 private:
  Result<void> ask(const Group& group, const std::stop_token& stop);
  Result<void> ask_unless_broken(const Group& group, const std::stop_token& stop);
  Result<void> ask_all_pods(std::size_t i, const std::stop_token& stop);
  Result<StayingWorkloads> staying_workloads(const std::string& ns, const std::stop_token& stop);
  Result<void> ask_ending_pods(std::size_t i, const std::stop_token& stop);
  Result<PodsByUid> streamlet_pods(const std::stop_token& stop);
  Result<PodsByUid> ending_pods(const std::stop_token& stop);
  Result<void> cannot_see_pods(std::size_t i, const Error& error);
  Result<void> ask_one(std::size_t i, const ApiResource& resource, const std::stop_token& stop);
  void judge(std::size_t i, const Json& object, const std::stop_token& stop);
  bool binds_late(const Json& claim, const std::stop_token& stop);
  Result<void> look_at_pods(bool later, const std::stop_token& stop);
  Result<std::vector<Json>> pods_in(const std::string& ns, const std::string& labels, const std::stop_token& stop);
  void list_pods_ahead(const std::stop_token& stop);
  void note_claims();
  bool is_settled(std::size_t i) const;
  Result<void> look_at_endings(const std::stop_token& stop);
  Result<void> look_for_stuck(const std::stop_token& stop);
  Result<void> add_events(const std::string& ns, std::span<const std::size_t> positions,
                          const std::function<EventQuestion(std::size_t)>& question, const PodTimes& times,
                          const std::stop_token& stop);
  Result<void> look_at_other_events(const std::stop_token& stop);
  Result<bool> misses_for_long(const std::string& warning, const std::string& ns, const std::string& pod,
                               const PodTimes& times, const std::stop_token& stop);

  ProviderState& state_;
  std::span<const ResourceId> ids_;
  std::vector<Asked> asked_;
  std::map<std::string, std::vector<std::size_t>> workloads_{};  ///< positions by namespace
  /// Pods of a namespace that were asked for together with the workloads.
  std::map<std::string, std::unique_ptr<BackgroundTask<Result<std::vector<Json>>>>> ahead_{};
  std::chrono::steady_clock::time_point ahead_since_{};
};

/// A claim whose storage class waits for the first pod. Where the class may not be read, that is taken to be so:
/// waiting for the claim would then wait for ever, and a pod that cannot have it says so itself.
bool Question::binds_late(const Json& claim, const std::stop_token& stop) {
  const std::string name = string_at(claim, {"spec", "storageClassName"});
  if (name.empty() || string_at(claim, {"status", "phase"}) == "Bound") return false;
  const auto storage = state_.client.get(well_known_resource("StorageClass.storage.k8s.io")->object("", name), stop);
  if (!storage) return storage.error().kind == ErrorKind::denied;
  return string_at(*storage, {"volumeBindingMode"}) == "WaitForFirstConsumer";
}

void Question::judge(std::size_t i, const Json& object, const std::stop_token& stop) {
  const bool late = ids_[i].kind == "PersistentVolumeClaim" && binds_late(object, stop);
  asked_[i].said = asked_[i].answer = readiness_of(ids_[i].kind, object, late);
  if (!has_pods(ids_[i].kind)) {
    const bool is_going = find(object, {"metadata", "deletionTimestamp"}) != nullptr;
    if (!ids_[i].scope.empty() && !is_going) asked_[i].about = question_of(ids_[i], object);
    asked_[i].workload.fresh = state_.is_written(ids_[i]);
    return;
  }
  asked_[i].workload = workload_of(ids_[i].kind, ids_[i].name, object);
  asked_[i].workload.fresh = state_.is_written(ids_[i]);
  asked_[i].labels = match_labels_of(object);
  asked_[i].version = string_at(object, {"metadata", "resourceVersion"});
  if (ids_[i].kind == "Deployment.apps") asked_[i].scaled = scaled_deployment(object);
}

Result<void> Question::ask_one(std::size_t i, const ApiResource& resource, const std::stop_token& stop) {
  const auto object = state_.client.get(resource.object(ids_[i].scope, ids_[i].name), stop);
  if (object) {
    judge(i, *object, stop);
  } else if (object.error().kind == ErrorKind::denied && ids_[i].kind == "Namespace") {
    asked_[i].answer.state = Readiness::State::ready;  // what is made in it will tell
  } else if (object.error().kind != ErrorKind::not_found) {
    return std::unexpected<Error>(object.error());
  }
  return {};
}

/// Workloads of a namespace that stay when all else goes, as far as they may be seen: those that may not are waited
/// for.
Result<StayingWorkloads> Question::staying_workloads(const std::string& ns, const std::stop_token& stop) {
  StayingWorkloads out;
  for (const std::string_view kind : {"Deployment.apps", "StatefulSet.apps"}) {
    auto found = list_objects(state_.client, well_known_resource(kind)->collection(ns), {}, stop);
    if (!found && found.error().kind == ErrorKind::denied) continue;
    if (!found) return std::unexpected(found.error());
    for (Json& object : *found) {
      const bool is_marked = string_at(object, {"metadata", "labels", part_of_label}) == state_.set.id();
      object["kind"] = kind.substr(0, kind.find('.'));  // items of a list do not say it
      if (is_marked && has_only_label(object, state_.set)) {
        out.copies.push_back(std::move(object));
      } else if (!is_marked && !keep_annotation(object).empty()) {
        out.kept.push_back(std::move(object));
      }
    }
  }
  return out;
}

/// Pods of the application's streamlets in its namespace.
Result<PodsByUid> Question::streamlet_pods(const std::stop_token& stop) {
  CF_TRY(std::vector<Json> pods, list_objects(state_.client, well_known_resource("Pod")->collection(state_.set.ns),
                                              {.labels = streamlet_pod_selector(state_.set)}, stop));
  PodsByUid out;
  for (Json& pod : pods) {
    if (!has_ended(pod)) out.emplace(string_at(pod, {"metadata", "uid"}), std::move(pod));
  }
  return out;
}

/// Pods of workloads that an earlier run has removed. A workload that is still there, or again, has its pods for
/// itself.
Result<PodsByUid> Question::ending_pods(const std::stop_token& stop) {
  std::map<std::string, std::vector<ResourceId>> by_namespace;
  {
    const std::scoped_lock lock(state_.cluster.record_mutex);
    for (const ResourceId& id : state_.cluster.record.ending) by_namespace[id.scope].push_back(id);
  }
  PodsByUid out;
  for (const auto& [ns, workloads] : by_namespace) {
    CF_TRY(const std::vector<Json> pods,
           list_objects(state_.client, well_known_resource("Pod")->collection(ns), {}, stop));
    const PodsByWorkload by_workload(pods);
    for (const ResourceId& id : workloads) {
      const std::span<const Json* const> mine = by_workload.of(id.kind, id.name);
      if (mine.empty() || state_.was_let_go(id)) continue;
      CF_TRY(const ApiResource resource, state_.resource_of(id, "", stop));
      const auto workload = state_.client.get(resource.object(id.scope, id.name), stop);
      if (!workload && workload.error().kind != ErrorKind::not_found) return std::unexpected<Error>(workload.error());
      if (workload && find(*workload, {"metadata", "deletionTimestamp"}) == nullptr) continue;
      for (const Json* pod : mine) {
        if (!has_ended(*pod)) out.emplace(string_at(*pod, {"metadata", "uid"}), *pod);
      }
    }
  }
  return out;
}

/// What may not be seen is neither there nor gone; all other errors are those of the question.
Result<void> Question::cannot_see_pods(std::size_t i, const Error& error) {
  if (error.kind != ErrorKind::denied) return std::unexpected(error);
  asked_[i].answer = unseen("whether pods of the application still run", error);
  return {};
}

Result<void> Question::ask_ending_pods(std::size_t i, const std::stop_token& stop) {
  const Result<PodsByUid> pods = ending_pods(stop);
  if (!pods) return cannot_see_pods(i, pods.error());
  std::vector<const Json*> running;
  for (const auto& [uid, pod] : *pods) running.push_back(&pod);
  asked_[i].answer.state = Readiness::State::ready;
  if (!running.empty()) asked_[i].answer = {Readiness::State::waiting, still_to_end(running, "pod")};
  return {};
}

Result<void> Question::ask_all_pods(std::size_t i, const std::stop_token& stop) {
  asked_[i].answer.state = Readiness::State::ready;
  Result<PodsByUid> pods = streamlet_pods(stop);
  if (!pods) return cannot_see_pods(i, pods.error());
  StayingWorkloads staying;
  if (!pods->empty()) {
    CF_TRY(staying, staying_workloads(ids_[i].scope, stop));
  }
  std::erase_if(*pods, [&](const auto& entry) {
    return std::ranges::any_of(staying.kept, [&](const Json& kept) { return selects(kept, entry.second); });
  });
  const Result<PodsByUid> removed = ending_pods(stop);
  if (!removed) return cannot_see_pods(i, removed.error());
  std::vector<const Json*> running;
  std::vector<const Json*> ending;
  for (const auto& [uid, pod] : *removed) {
    running.push_back(&pod);
    ending.push_back(&pod);
  }
  if (running.empty() && pods->empty()) return {};
  const std::vector<Json>& copies = staying.copies;
  for (const auto& [uid, pod] : *pods) {
    if (removed->contains(uid)) continue;
    running.push_back(&pod);
    if (std::ranges::none_of(copies, [&](const Json& copy) { return selects(copy, pod); })) ending.push_back(&pod);
  }
  asked_[i].answer = ending.empty() ? Readiness{Readiness::State::failed, fmt::format("{}: {}", staying_copies(copies),
                                                                                      still_to_end(running, "pod"))}
                                    : Readiness{Readiness::State::waiting, still_to_end(ending, "pod")};
  return {};
}

Result<void> Question::ask(const Group& group, const std::stop_token& stop) {
  if (group.id.kind == "Pod") {
    const auto all = group.positions.find(every_pod);
    const auto removed = group.positions.find(cloudflow::ending_pods(group.id.scope).name);
    if (all != group.positions.end()) CF_CHECK(ask_all_pods(all->second, stop));
    if (removed != group.positions.end()) CF_CHECK(ask_ending_pods(removed->second, stop));
    if (all != group.positions.end() || removed != group.positions.end()) return {};
  }
  const auto resource = state_.resource_of(group.id, "", stop);
  if (!resource && resource.error().kind == ErrorKind::not_found) return {};
  if (!resource) return std::unexpected(resource.error());
  if (group.positions.size() < many || group.id.kind == "Namespace") {
    std::vector<std::size_t> ones;
    for (const auto& [name, i] : group.positions) ones.push_back(i);
    return in_parallel(
        ones.size(), many,
        [&](std::size_t k, const std::stop_token& inner) { return ask_one(ones[k], *resource, inner); }, stop);
  }
  const auto take = [&](const Json& object) {
    const auto position = group.positions.find(string_at(object, {"metadata", "name"}));
    if (position != group.positions.end()) judge(position->second, object, stop);
  };
  return each_object(
      state_.client, resource->collection(group.id.scope), {.labels = part_of_selector(state_.set)},
      [&] {
        for (const auto& [name, i] : group.positions) asked_[i] = {};
      },
      take, stop);
}

/// A kind that the server fails at while it answers for others ends the wait for its objects.
Result<void> Question::ask_unless_broken(const Group& group, const std::stop_token& stop) {
  Result<void> asked = ask(group, stop);
  if (asked) {
    state_.trouble.over(group.id.kind);
    return asked;
  }
  if (!state_.trouble.is_lasting(group.id.kind, asked.error(), stop)) return asked;
  const Error error = KindTrouble::told(asked.error());
  for (const auto& [name, i] : group.positions)
    asked_[i].said = asked_[i].answer = {Readiness::State::failed, fmt::format("{}; {}", error.message, error.hint)};
  return {};
}

Result<std::vector<Json>> Question::pods_in(const std::string& ns, const std::string& labels,
                                            const std::stop_token& stop) {
  return list_objects(state_.client, well_known_resource("Pod")->collection(ns), {.labels = labels}, stop);
}

/// Of one workload only its own pods are asked for, when its labels are known; of very many twice would be too often.
void Question::list_pods_ahead(const std::stop_token& stop) {
  constexpr std::size_t most = 32;
  ahead_since_ = state_.clock.now();
  for (const auto& [ns, positions] : workloads_) {
    const std::string labels = positions.size() == 1 ? state_.known_labels(ids_[positions[0]]) : "";
    if ((positions.size() == 1 && labels.empty()) || positions.size() > most) continue;
    ahead_[ns] = std::make_unique<BackgroundTask<Result<std::vector<Json>>>>(
        [this, where = ns, labels](const std::stop_token& ended) { return pods_in(where, labels, ended); }, stop);
  }
}

/// What workloads say of themselves. Where an earlier answer said the same, pods that were asked for after that answer
/// had come are newer than it.
void Question::note_claims() {
  for (const auto& [ns, positions] : workloads_) {
    for (const std::size_t i : positions) {
      Asked& one = asked_[i];
      one.said_before = state_.note_claim(ids_[i], one.version, one.labels) < ahead_since_;
    }
  }
}

/// Whether pods that were asked for ahead have told all that they can.
bool Question::is_settled(std::size_t i) const {
  const Readiness::State state = asked_[i].answer.state;
  return state == Readiness::State::waiting || (asked_[i].said_before && state != Readiness::State::failed);
}

/// Looks at the pods of the workloads, once per namespace. Pods that were asked for ahead may be older than what their
/// workload says: then they show that something is not ready, and never that it is. `later`: only where that is open.
Result<void> Question::look_at_pods(bool later, const std::stop_token& stop) {
  for (const auto& [ns, positions] : workloads_) {
    const auto ahead = ahead_.find(ns);
    if (later &&
        (ahead == ahead_.end() || std::ranges::all_of(positions, [this](std::size_t i) { return is_settled(i); })))
      continue;
    const std::string labels = positions.size() == 1 ? asked_[positions[0]].labels : "";
    const auto pods = ahead != ahead_.end() && !later ? ahead->second->take() : pods_in(ns, labels, stop);
    if (!pods && pods.error().kind == ErrorKind::denied) {
      if (later) continue;
      for (const std::size_t i : positions) judge_without_pods(asked_[i].answer, pods.error());
      continue;
    }
    if (!pods) return std::unexpected(pods.error());
    const PodTimes times = state_.cluster.pod_times(stop);
    const PodsByWorkload by_workload(*pods);
    for (const std::size_t i : positions) {
      Asked& one = asked_[i];
      one.workload.kind = ids_[i].kind;
      one.workload.name = ids_[i].name;
      one.answer = with_pods(one.said, one.workload, by_workload.of(ids_[i].kind, ids_[i].name), times);
    }
    const auto question = [&](std::size_t i) {
      return event_question(asked_[i].workload, by_workload.of(ids_[i].kind, ids_[i].name));
    };
    CF_CHECK(add_events(ns, positions, question, times, stop));
  }
  return {};
}

/// Of Jobs that this run has made and that are gone.
Result<void> Question::look_at_endings(const std::stop_token& stop) {
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    if (asked_[i].answer.state != Readiness::State::missing) continue;
    const auto uid = state_.passing_uid(ids_[i]);
    if (!uid) continue;
    const auto gone_for = state_.cluster.pod_times(stop).known_for("gone " + *uid);
    CF_TRY(asked_[i].answer, job_ending(state_.client, ids_[i], *uid, gone_for, stop));
  }
  return {};
}

/// Deployments that have been waiting for a while and that their controller does not get on with.
Result<void> Question::look_for_stuck(const std::stop_token& stop) {
  const PodTimes times = state_.cluster.pod_times(stop);
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    Asked& one = asked_[i];
    if (one.answer.state != Readiness::State::waiting || one.answer.reason.empty() || !one.scaled) continue;
    const std::string stuck = fmt::format("stuck {} {}", one.scaled->uid, one.scaled->generation);
    if (times.known_for(stuck) < trouble_watch) continue;
    const auto sets = list_objects(state_.client, well_known_resource("ReplicaSet.apps")->collection(ids_[i].scope),
                                   {.labels = one.labels}, stop);
    if (!sets && sets.error().kind == ErrorKind::denied) continue;  // then only the deadline ends it
    if (!sets) return std::unexpected(sets.error());
    const auto why = stuck_scaling(*one.scaled, *sets);
    if (!why) continue;
    if (times.known_for(stuck + " by replicas") < trouble_watch) continue;
    one.answer.reason += "; " + *why;
    give_up(one.answer);
  }
  return {};
}

/// What only events say of those that have been waiting for a while; `question` tells which events are about one.
Result<void> Question::add_events(const std::string& ns, std::span<const std::size_t> positions,
                                  const std::function<EventQuestion(std::size_t)>& question, const PodTimes& times,
                                  const std::stop_token& stop) {
  std::vector<EventQuestion> open;
  std::vector<Asked*> whose;
  for (const std::size_t i : positions) {
    Asked& one = asked_[i];
    if (one.answer.state != Readiness::State::waiting || one.answer.reason.empty()) continue;
    const auto waits = times.known_for(fmt::format("waiting {} {}", ids_[i].text(), ns));
    if (one.workload.fresh && waits < event_patience) continue;
    open.push_back(question(i));
    whose.push_back(&one);
  }
  CF_TRY(const std::vector<std::string> texts, last_warnings(state_.client, ns, open, stop));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;
    Readiness& answer = whose[i]->answer;
    answer.reason += "; " + texts[i];
    CF_TRY(const bool hopeless, misses_for_long(texts[i], ns, open[i].uid, times, stop));
    if (hopeless) give_up(answer);
  }
  return {};
}

/// Of claims, load balancers and the like, and of pods that nothing made, too, only events may say why they wait.
Result<void> Question::look_at_other_events(const std::stop_token& stop) {
  std::map<std::string, std::vector<std::size_t>> by_namespace;
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    if (asked_[i].about) by_namespace[ids_[i].scope].push_back(i);
  }
  const PodTimes times = state_.cluster.pod_times(stop);
  for (const auto& [ns, positions] : by_namespace)
    CF_CHECK(add_events(ns, positions, [this](std::size_t i) { return *asked_[i].about; }, times, stop));
  return {};
}

/// Whether a pod cannot start for want of a Secret or ConfigMap that has not been there for a while.
Result<bool> Question::misses_for_long(const std::string& warning, const std::string& ns, const std::string& pod,
                                       const PodTimes& times, const std::stop_token& stop) {
  const auto missing = missing_in(warning);
  if (!missing) return false;
  const auto there = state_.client.get(well_known_resource(missing->kind)->object(ns, missing->name), stop);
  if (there || there.error().kind == ErrorKind::denied) return false;  // the next attempt of the kubelet will tell
  if (there.error().kind != ErrorKind::not_found) return std::unexpected<Error>(there.error());
  return times.known_for(fmt::format("{} misses {}/{}", pod, missing->kind, missing->name)) >= trouble_watch;
}

Result<std::vector<Readiness>> Question::answer(const std::stop_token& stop) {
  std::map<ResourceId, Group> by_kind;
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    ResourceId id = ids_[i];
    if (state_.was_let_go(id)) continue;
    id.name.clear();
    Group& group = by_kind[id];
    group.id = id;
    group.positions.emplace(ids_[i].name, i);
  }
  std::vector<Group> groups;
  for (auto& [id, group] : by_kind) groups.push_back(std::move(group));
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    // The pods of what was let go of run on: nobody waits for their end.
    if (has_pods(ids_[i].kind) && !state_.was_let_go(ids_[i])) workloads_[ids_[i].scope].push_back(i);
  }
  list_pods_ahead(stop);
  CF_CHECK(in_parallel(
      groups.size(), parallel_calls,
      [&](std::size_t i, const std::stop_token& inner) { return ask_unless_broken(groups[i], inner); }, stop));
  note_claims();
  CF_CHECK(look_at_pods(false, stop));
  CF_CHECK(look_at_pods(true, stop));
  CF_CHECK(look_at_endings(stop));
  CF_CHECK(look_for_stuck(stop));
  CF_CHECK(look_at_other_events(stop));
  std::vector<Readiness> out;
  for (Asked& one : asked_) out.push_back(std::move(one.answer));
  return out;
}

}  // namespace

ResourceId KubernetesProvider::all_pods() const { return {std::string(name()), "Pod", state_->set.ns, every_pod}; }

Result<std::vector<Readiness>> KubernetesProvider::readiness(std::span<const ResourceId> ids, std::stop_token stop) {
  return Question(*state_, ids).answer(stop);
}

}  // namespace cloudflow
