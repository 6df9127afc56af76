// What a change of an object costs, by kind and by what hangs on the object.
#include "providers/kubernetes/diff/risk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "providers/kubernetes/api/api_discovery.h"
#include "providers/kubernetes/diff/kept_values.h"
#include "providers/kubernetes/diff/pruning.h"
#include "providers/kubernetes/diff/stop_notes.h"
#include "providers/kubernetes/ownership/ownership.h"
#include "providers/kubernetes/rules/traits.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::string_view name(const Difference& difference, std::size_t i) {
  return i < difference.names.size() ? std::string_view(difference.names[i]) : std::string_view{};
}

template <std::size_t n>
bool one_of(std::string_view value, const std::array<std::string_view, n>& list) {
  return std::ranges::find(list, value) != list.end();
}

bool is_workload(std::string_view kind) { return traits_of_kind(kind).runs_pods; }

/// How many pods a workload has or will have.
long long pods_of(std::string_view kind, const Json* desired, const Json* live) {
  if (kind == "DaemonSet.apps") return live == nullptr ? 0 : int_at(*live, {"status", "desiredNumberScheduled"});
  const long long running = live == nullptr ? 1 : int_at(*live, {"spec", "replicas"}, 1);
  return desired == nullptr ? running : int_at(*desired, {"spec", "replicas"}, running);
}

/// Pods that go while others come elsewhere: what is only scaled is not counted.
void judge_moved_pods(Change& change, const Json* desired, const Json* live) {
  change.restarts = desired == nullptr || live == nullptr ? 0 : moved_pods(change.id.kind, *desired, *live);
  if (change.restarts > 0) change.risk = Risk::restart;
}

void judge_update(Change& change, std::span<const Difference> found, const Json* desired, const Json* live) {
  const auto touches_template = [](const Difference& one) {
    return name(one, 0) == "spec" && name(one, 1) == "template";
  };
  if (change.id.kind == "ReplicaSet.apps" || change.id.kind == "ReplicationController") {
    if (std::ranges::any_of(found, touches_template))
      change.notes.emplace_back("its pods keep their old template until they are deleted");
    return;
  }
  if (!is_workload(change.id.kind)) return;
  if (std::ranges::none_of(found, touches_template)) return judge_moved_pods(change, desired, live);
  if (live != nullptr && bool_at(*live, {"spec", "paused"})) {
    change.notes.emplace_back("the rollout is paused: pods keep their old template until it is resumed");
    return;
  }
  if (live != nullptr && string_at(*live, {"spec", "updateStrategy", "type"}) == "OnDelete") {
    change.notes.emplace_back("update strategy OnDelete: pods keep their old template until they are deleted");
    return judge_moved_pods(change, desired, live);
  }
  change.restarts = static_cast<int>(pods_of(change.id.kind, desired, live));
  if (change.restarts > 0) change.risk = Risk::restart;
}

constexpr std::string_view runs_again = "the job runs again";
constexpr std::string_view claims_stay = "its volume claims stay";

/// What a replacement disturbs, whatever it loses.
Risk risk_of_replacing(std::string_view kind) {
  constexpr std::array<std::string_view, 5> disruptive = {
      "Service", "RoleBinding.rbac.authorization.k8s.io", "ClusterRoleBinding.rbac.authorization.k8s.io",
      "APIService.apiregistration.k8s.io", "CustomResourceDefinition.apiextensions.k8s.io"};
  if (is_workload(kind) || one_of(kind, disruptive)) return Risk::disruptive;
  return kind == "Job.batch" ? Risk::restart : Risk::none;
}

Risk risk_of_removing(std::string_view kind) {
  constexpr std::array<std::string_view, 3> disruptive = {"Service", "APIService.apiregistration.k8s.io",
                                                          "CustomResourceDefinition.apiextensions.k8s.io"};
  return one_of(kind, disruptive) ? Risk::disruptive : Risk::none;
}

void judge_replace(Change& change, const Json* desired, const Json* live) {
  const std::string& kind = change.id.kind;
  change.risk = risk_of_replacing(kind);
  if (is_workload(kind)) change.restarts = static_cast<int>(pods_of(kind, desired, live));
  if (kind == "Job.batch") change.notes.emplace_back(runs_again);
}

void judge_kind(Change& change, std::span<const Difference> found, const Json* desired, const Json* live) {
  switch (change.action) {
    case Action::none:
    case Action::create:
      return;
    case Action::update:
      return judge_update(change, found, desired, live);
    case Action::replace:
      return judge_replace(change, desired, live);
    case Action::remove:
      change.risk = risk_of_removing(change.id.kind);
      return;
  }
}

/// "Widget.example.com" → "example.com".
std::string_view group_of(std::string_view kind) {
  const std::size_t dot = kind.find('.');
  return dot == std::string_view::npos ? std::string_view{} : kind.substr(dot + 1);
}

/// Custom resources that are rules for others and hold nothing themselves.
bool is_known_rule(std::string_view kind) {
  constexpr std::array<std::string_view, 4> groups = {"gateway.networking.k8s.io", "networking.istio.io",
                                                      "security.istio.io", "traefik.io"};
  constexpr std::array<std::string_view, 5> kinds = {
      "SparkApplication.sparkoperator.k8s.io", "ServiceMonitor.monitoring.coreos.com",
      "PodMonitor.monitoring.coreos.com", "Probe.monitoring.coreos.com", "PrometheusRule.monitoring.coreos.com"};
  return one_of(group_of(kind), groups) || one_of(kind, kinds);
}

/// What a StatefulSet does with its claims, "whenDeleted" or "whenScaled".
bool deletes_claims(const Json& stateful_set, std::string_view when) {
  return string_at(stateful_set, {"spec", "persistentVolumeClaimRetentionPolicy", when}, "Retain") == "Delete";
}

/// The ordinals that a StatefulSet has pods for.
struct Ordinals {
  long long begin = 0;
  long long end = 0;  ///< the first one after them
  bool has(long long ordinal) const { return ordinal >= begin && ordinal < end; }
  bool has_all_of(const Ordinals& other) const {
    return other.begin >= other.end || (begin <= other.begin && other.end <= end);
  }
};

Ordinals ordinals_of(const Json& stateful_set) {
  const long long begin = int_at(stateful_set, {"spec", "ordinals", "start"});
  return {begin, begin + int_at(stateful_set, {"spec", "replicas"}, 1)};
}

std::string behind(const Claim& claim) {
  switch (claim.reclaim) {
    case Reclaim::goes:
      return fmt::format("with its volume {}", claim.volume);
    case Reclaim::stays:
      return fmt::format("its volume {} stays (reclaim policy Retain)", claim.volume);
    case Reclaim::unbound:
      return "it has no volume yet";
    case Reclaim::unknown:
      return claim.volume.empty()
                 ? "whether its volume stays is not known"
                 : fmt::format("whether its volume {} stays is not known: it may not be looked at", claim.volume);
  }
  return "";
}

void take_of_kind(Change& change, std::string kind, std::string name) {
  take_along(change, {change.id.provider, std::move(kind), change.id.scope, std::move(name)});
}

/// A claim that goes by itself or with its owner.
void lose_claim(Change& change, const Claim& claim, std::string_view why) {
  take_of_kind(change, "PersistentVolumeClaim", claim.name);
  const std::string what = fmt::format("the data of claim {}{}: {}", claim.name, why, behind(claim));
  if (claim.reclaim == Reclaim::unbound) return;
  if (claim.reclaim == Reclaim::stays && change.action == Action::remove) {
    std::string note = fmt::format("claim {} goes, {}", claim.name, behind(claim));
    if (std::ranges::find(change.notes, note) == change.notes.end()) change.notes.push_back(std::move(note));
    return;
  }
  // What a new claim replaces is out of reach even where it stays: the pods start with an empty volume.
  lose(change, {.what = what, .certain = claim.reclaim == Reclaim::goes});
}

void lose_claims_of_set(Change& change, const Json* desired, const Json& live, const Dependents& dependents) {
  const bool goes = change.action != Action::update;
  const bool by_policy =
      goes ? deletes_claims(live, "whenDeleted") : desired != nullptr && deletes_claims(*desired, "whenScaled");
  const Ordinals before = ordinals_of(live);
  const Ordinals then = desired == nullptr ? Ordinals{} : ordinals_of(*desired);
  if (!dependents.claims) {
    const Json* templates = find(live, {"spec", "volumeClaimTemplates"});
    const bool has_claims = templates != nullptr && !templates->empty();
    if (by_policy && has_claims && (goes || !then.has_all_of(before))) {
      for (const Json& one : *templates) {
        const std::string front = string_at(one, {"metadata", "name"});
        take_of_kind(change, "PersistentVolumeClaim", fmt::format("{}-{}-*", front, change.id.name));
      }
      lose(change, {.what = fmt::format("the claims of its pods, which may not be looked at (it has {}: Delete)",
                                        goes ? "whenDeleted" : "whenScaled"),
                    .certain = false});
    } else if (goes && has_claims) {
      change.notes.emplace_back(claims_stay);
    }
    return;
  }
  bool stay = false;
  for (const Claim& claim : *dependents.claims) {
    const auto ordinal = ordinal_of_claim(claim.name, live);
    if (!ordinal) continue;
    const bool lost = goes ? by_policy || claim.owned : by_policy && before.has(*ordinal) && !then.has(*ordinal);
    // Claims of earlier pods usually stay, but a new policy may be taken to mean them too.
    if (!goes && by_policy && !lost && !then.has(*ordinal) && !deletes_claims(live, "whenScaled"))
      lose(change, {.what = fmt::format("the data of claim {}, which no pod uses: {}", claim.name, behind(claim)),
                    .certain = false});
    stay = stay || !lost;
    if (lost) lose_claim(change, claim, goes ? " (whenDeleted: Delete)" : " (whenScaled: Delete)");
  }
  if (goes && stay) change.notes.emplace_back(claims_stay);
}

void lose_volume(Change& change, const Json& live) {
  const std::string claim = string_at(live, {"spec", "claimRef", "name"});
  const std::string policy = string_at(live, {"spec", "persistentVolumeReclaimPolicy"}, "Retain");
  if (policy != "Retain") {
    lose(change, {.what = fmt::format("the storage behind it (reclaim policy {}{})", policy,
                                      claim.empty() ? "" : ", claim " + claim)});
  } else if (!claim.empty()) {
    lose(change,
         {.what = fmt::format("the volume of claim {}; the storage behind it stays (reclaim policy Retain)", claim),
          .certain = false});
  }
}

/// A volume whose claim has gone is deleted as soon as its policy says so.
void lose_released_volume(Change& change, const Json* desired, const Json& live) {
  const std::string phase = string_at(live, {"status", "phase"});
  const auto policy_of = [](const Json& volume) {
    return string_at(volume, {"spec", "persistentVolumeReclaimPolicy"}, "Retain");
  };
  if ((phase != "Released" && phase != "Failed") || desired == nullptr || policy_of(*desired) == "Retain" ||
      policy_of(live) == policy_of(*desired))
    return;
  lose(change, {.what = fmt::format("the storage behind it: its claim has gone, and its reclaim policy becomes {}",
                                    policy_of(*desired))});
}

std::string counted_objects(const ObjectCount& count) {
  return fmt::format("{} in {}", counted(count.objects, "object"),
                     count.namespaces == 0 ? "the cluster" : counted(count.namespaces, "namespace"));
}

void lose_definition(Change& change, const Json* desired, const Json& live, const Dependents& dependents) {
  const std::string kind = string_at(live, {"spec", "names", "kind"});
  if (dependents.objects && dependents.objects->objects == 0) return;
  if (change.action == Action::update) {
    if (desired == nullptr || !prunes(live, *desired)) return;
    lose(change, {.what = fmt::format("what objects of kind {} have in fields that the new schema does not know{}",
                                      kind, dependents.objects ? ": " + counted_objects(*dependents.objects) : ""),
                  .certain = false});
    return;
  }
  take_of_kind(change, fmt::format("{}.{}", kind, string_at(live, {"spec", "group"})), "*");
  if (dependents.objects) {
    lose(change, {.what = fmt::format("all objects of kind {}: {}", kind, counted_objects(*dependents.objects))});
  } else {
    lose(change, {.what = fmt::format("all objects of kind {}, which may not be counted", kind), .certain = false});
  }
}

/// What a loss is about: its line, or the front of one whose end tells numbers and volumes.
std::string_view subject_of(std::string_view loss) {
  for (const std::string_view front : {"the data of claim ", "all objects of kind "}) {
    if (loss.starts_with(front)) return loss.substr(0, loss.find_first_of(" ,:", front.size()));
  }
  return loss;
}

}  // namespace

int pods_asked_for(const Resource& desired, const Live* live) {
  if (!is_workload(desired.id.kind)) return 0;
  // Where the source leaves the number to others, as a DaemonSet always does, it is what they have made it.
  const bool is_said = find(desired.spec, {"spec", "replicas"}) != nullptr;
  const Json object = live == nullptr || is_said ? Json() : Json::parse(live->document, nullptr, false);
  return static_cast<int>(pods_of(desired.id.kind, &desired.spec, object.is_object() ? &object : nullptr));
}

bool starts_stopped(const Change& change) {
  return std::ranges::any_of(change.fields, [&](const FieldChange& field) {
    const bool is_scale =
        field.path == "spec.replicas" || (!is_built_in(change.id.kind) && field.manager == scale_or_git);
    return field.cause == Cause::drift && is_scale && field.before == Json(0);
  });
}

std::optional<long long> ordinal_of_claim(std::string_view claim, const Json& stateful_set) {
  const Json* templates = find(stateful_set, {"spec", "volumeClaimTemplates"});
  if (templates == nullptr || !templates->is_array()) return std::nullopt;
  for (const Json& one : *templates) {
    const std::string front =
        fmt::format("{}-{}-", string_at(one, {"metadata", "name"}), string_at(stateful_set, {"metadata", "name"}));
    if (!claim.starts_with(front)) continue;
    long long ordinal = 0;
    const std::string_view digits = claim.substr(front.size());
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ordinal);
    if (error == std::errc() && end == digits.data() + digits.size() && ordinal >= 0) return ordinal;
  }
  return std::nullopt;
}

int moved_pods(std::string_view kind, const Json& desired, const Json& live) {
  if (kind != "StatefulSet.apps") return 0;
  const Ordinals before = ordinals_of(live);
  const Ordinals then = ordinals_of(desired);
  const long long kept = std::max(0LL, std::min(before.end, then.end) - std::max(before.begin, then.begin));
  return static_cast<int>(std::max(0LL, std::min(before.end - before.begin, then.end - then.begin) - kept));
}

bool may_have_dependents(const Change& change) {
  const std::string& kind = change.id.kind;
  if (change.action == Action::none || change.action == Action::create) return false;
  if (kind == "StatefulSet.apps" || kind == "CustomResourceDefinition.apiextensions.k8s.io") return true;
  return change.action != Action::update && kind == "PersistentVolumeClaim";
}

bool has_dependents(const Change& change, const Json* desired, const Json& live) {
  if (change.action != Action::update || desired == nullptr) return may_have_dependents(change);
  if (change.id.kind == "StatefulSet.apps")
    return deletes_claims(*desired, "whenScaled") &&
           (!ordinals_of(*desired).has_all_of(ordinals_of(live)) || !deletes_claims(live, "whenScaled"));
  return may_have_dependents(change) && prunes(live, *desired);
}

void judge_losses(Change& change, const Json* desired, const Json* live, const Dependents& dependents) {
  const std::string& kind = change.id.kind;
  if (change.action == Action::none || change.action == Action::create || live == nullptr) return;
  if (may_have_dependents(change)) {
    change.losses.clear();
    change.takes.clear();
    std::erase(change.notes, claims_stay);
    if (change.risk == Risk::data_loss)
      change.risk = change.action == Action::replace  ? risk_of_replacing(kind)
                    : change.action == Action::remove ? risk_of_removing(kind)
                    : change.restarts > 0             ? Risk::restart
                                                      : Risk::none;
  }
  if (change.action == Action::replace && (change.adoptable || kept_by_others(kind, *live).all))
    lose(change, {.what = "what others made by this name: it is deleted and made anew"});
  if (kind == "StatefulSet.apps") return lose_claims_of_set(change, desired, *live, dependents);
  if (kind == "CustomResourceDefinition.apiextensions.k8s.io")
    return lose_definition(change, desired, *live, dependents);
  if (kind == "PersistentVolume" && change.action == Action::update)
    return lose_released_volume(change, desired, *live);
  if (change.action == Action::update) return;
  if (kind == "PersistentVolumeClaim") {
    Claim unknown{.name = change.id.name, .volume = string_at(*live, {"spec", "volumeName"})};
    if (unknown.volume.empty()) unknown.reclaim = Reclaim::unbound;
    return lose_claim(change, dependents.claims && !dependents.claims->empty() ? dependents.claims->front() : unknown,
                      "");
  }
  if (kind == "PersistentVolume") return lose_volume(change, *live);
  if (kind == "Namespace") {
    for (const ApiResource& one : usual_resources()) {
      if (one.namespaced) take_along(change, {change.id.provider, one.id_kind(), change.id.name, "*"});
    }
    return lose(change, {.what = "everything that is in the namespace"});
  }
  if (change.action == Action::replace) {
    const Kept kept = kept_by_others(kind, *live);
    if (!kept.keys.empty()) lose(change, {.what = fmt::format("what others wrote into it: {}", join(kept.keys, ", "))});
  }
  if (const auto registries = other_registries(change.id, *live);
      !registries.empty() && change.action == Action::remove)
    lose(change, {.what = fmt::format("what others put into it: credentials of {}", join(registries, ", "))});
  if (!is_built_in(kind) && !is_known_rule(kind) && !kept_by_others(kind, *live).any())
    lose(change, {.what = fmt::format(
                      "what the controller of {} keeps for it: what deleting one means is not known here", kind),
                  .certain = false});
}

bool is_built_in(std::string_view kind) {
  constexpr std::array<std::string_view, 24> groups = {"",
                                                       "admissionregistration.k8s.io",
                                                       "apiextensions.k8s.io",
                                                       "apiregistration.k8s.io",
                                                       "apps",
                                                       "authentication.k8s.io",
                                                       "authorization.k8s.io",
                                                       "autoscaling",
                                                       "batch",
                                                       "certificates.k8s.io",
                                                       "coordination.k8s.io",
                                                       "discovery.k8s.io",
                                                       "events.k8s.io",
                                                       "extensions",
                                                       "flowcontrol.apiserver.k8s.io",
                                                       "internal.apiserver.k8s.io",
                                                       "networking.k8s.io",
                                                       "node.k8s.io",
                                                       "policy",
                                                       "rbac.authorization.k8s.io",
                                                       "resource.k8s.io",
                                                       "scheduling.k8s.io",
                                                       "storage.k8s.io",
                                                       "storagemigration.k8s.io"};
  return one_of(group_of(kind), groups);
}

bool is_approved(std::span<const Loss> approved, const Loss& loss) {
  const std::string_view subject = subject_of(loss.what);
  return std::ranges::any_of(
      approved, [&](const Loss& one) { return subject_of(one.what) == subject && (one.certain || !loss.certain); });
}

void lose_owned_claim(Change& change, const Claim& claim, bool certain) {
  const std::string said = fmt::format("the data of claim {} (", claim.name);
  if (std::ranges::any_of(change.losses, [&](const Loss& loss) { return loss.what.starts_with(said); })) return;
  const std::size_t before = change.losses.size();
  lose_claim(change, claim, ", which it owns");
  if (!certain && change.losses.size() > before) change.losses.back().certain = false;
}

void judge_take_over(Change& change) {
  if (change.id.kind != "Secret" && change.id.kind != "ConfigMap") return;
  std::map<std::string, std::vector<std::string>> adopted;
  std::map<std::string, std::vector<std::string>> taken_back;
  for (const FieldChange& field : change.fields) {
    const bool is_value = field.pointer.starts_with("/data") || field.pointer.starts_with("/binaryData");
    if (!is_value || !field.before || !field.take_over || keeps_registries(change.id, field)) continue;
    if (field.cause == Cause::adopted) adopted[field.manager].push_back(field.path);
    // A password that others renewed is perhaps nowhere else; what a ConfigMap has is told by the plan itself.
    if (field.cause == Cause::drift && change.id.kind == "Secret") taken_back[field.manager].push_back(field.path);
  }
  for (const auto& [manager, paths] : adopted)
    lose(change, {.what = fmt::format("the values that {} wrote: {}", manager, join(paths, ", "))});
  for (const auto& [manager, paths] : taken_back)
    lose(change, {.what = fmt::format("the value of {} that {} wrote", join(paths, ", "), manager), .certain = false});
}

void forget_judgement(Change& change, const Json* desired, const Json* live) {
  Change same{.id = change.id, .action = change.action};
  same.adoptable = change.adoptable;
  judge(same, {}, desired, live);
  for (const std::string& note : same.notes) std::erase(change.notes, note);
  std::erase(change.notes, claims_stay);
  forget_stop(change);
  change.risk = Risk::none;
  change.restarts = 0;
  change.losses.clear();
  change.takes.clear();
}

bool is_immutable(std::string_view kind, const Difference& difference, const Json& live) {
  const std::string_view top = name(difference, 0);
  const std::string_view field = name(difference, 1);
  if (kind == "RoleBinding.rbac.authorization.k8s.io" || kind == "ClusterRoleBinding.rbac.authorization.k8s.io") {
    return top == "roleRef";
  }
  if (kind == "Secret" || kind == "ConfigMap") {
    if (kind == "Secret" && top == "type") return true;
    return bool_at(live, {"immutable"}) && (top == "data" || top == "binaryData" || top == "immutable");
  }
  if (top != "spec") return false;
  if (kind == "Deployment.apps" || kind == "DaemonSet.apps" || kind == "ReplicaSet.apps") return field == "selector";
  if (kind == "StatefulSet.apps") {
    constexpr std::array<std::string_view, 7> can = {"replicas",
                                                     "ordinals",
                                                     "template",
                                                     "updateStrategy",
                                                     "revisionHistoryLimit",
                                                     "persistentVolumeClaimRetentionPolicy",
                                                     "minReadySeconds"};
    return !one_of(field, can);
  }
  if (kind == "Service") {
    // An address that the server chose may be given up with the type, but not be changed.
    return field == "clusterIP" && difference.after && difference.before && *difference.before != "";
  }
  if (kind == "Job.batch") {
    constexpr std::array<std::string_view, 6> cannot = {"selector",         "template",      "completionMode",
                                                        "podFailurePolicy", "successPolicy", "managedBy"};
    return one_of(field, cannot) ||
           (field == "completions" && string_at(live, {"spec", "completionMode"}, "NonIndexed") != "Indexed");
  }
  if (kind == "PersistentVolumeClaim") {
    constexpr std::array<std::string_view, 2> can = {"resources", "volumeAttributesClassName"};
    return !one_of(field, can);
  }
  return false;
}

void judge(Change& change, std::span<const Difference> found, const Json* desired, const Json* live) {
  judge_kind(change, found, desired, live);
  judge_losses(change, desired, live, {});
  note_stop(change, found, desired, live);
  note_created_by_pods(change, live);
}

}  // namespace cloudflow
