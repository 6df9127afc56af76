// Looks for objects whose owner goes.
#include "providers/kubernetes/collected.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/api/parallel.h"
#include "providers/kubernetes/dependents.h"
#include "providers/kubernetes/diff/risk.h"
#include "providers/kubernetes/ownership/ownership.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Kinds that hold data, whoever made them.
constexpr std::array<std::string_view, 3> holders = {"PersistentVolumeClaim", "Secret", "ConfigMap"};
constexpr std::string_view claim_kind = holders[0];
constexpr std::size_t most_named = 5;
/// Set by Kubernetes in Secrets of type kubernetes.io/service-account-token.
constexpr const char* token_of_account = "kubernetes.io/service-account.uid";

bool holds_data(std::string_view kind) { return std::ranges::find(holders, kind) != holders.end(); }

/// An object that goes with its owner.
struct Owned {
  ResourceId id{};
  Json object{};  ///< of a claim; else nothing
  bool certain = true;
};

/// One collection to look through.
struct Search {
  ApiResource kind{};
  std::string ns{};
};

class Collected {
 public:
  Collected(ProviderState& state, std::span<Change> changes) : state_(state), changes_(changes) {}
  Result<void> say(const std::stop_token& stop);

 private:
  Result<std::vector<Search>> searches(const std::stop_token& stop);
  Result<void> look_through(const Search& search, const std::stop_token& stop);
  std::map<std::size_t, Owned> owned_in(const Json& object, const Search& search) const;
  Result<void> say_of(std::size_t owner, const std::stop_token& stop);

  ProviderState& state_;
  std::span<Change> changes_;
  std::map<std::string, std::size_t> owners_{};  ///< positions by uid
  std::set<std::string> namespaces_{};
  std::set<ResourceId> going_{};  ///< what the plan removes itself
  std::mutex mutex_{};
  std::map<std::size_t, std::vector<Owned>> found_{};
  std::map<std::size_t, std::vector<ResourceId>> going_along_{};  ///< what the plan removes itself, by its owner
  std::set<std::pair<std::string, std::string>> unseen_{};        ///< space and kind
};

/// Of what lies outside namespaces, only what holds data is looked for, in all of them.
Result<std::vector<Search>> Collected::searches(const std::stop_token& stop) {
  std::vector<Search> out;
  const bool has_namespaces = std::ranges::any_of(namespaces_, [](const std::string& ns) { return !ns.empty(); });
  std::vector<ApiResource> kinds;
  if (has_namespaces) {
    for (ApiResource& kind : usual_resources()) {
      if (kind.namespaced && kind.id_kind() != "Pod") kinds.push_back(std::move(kind));
    }
    const auto custom = state_.discovery.namespaced(stop);
    if (!custom && custom.error().kind == ErrorKind::interrupted) return std::unexpected(custom.error());
    for (const ApiResource& kind : custom ? *custom : std::vector<ApiResource>{}) {
      if (!is_built_in(kind.id_kind()) && kind.group != "metrics.k8s.io") kinds.push_back(kind);
    }
  }
  for (const std::string& ns : namespaces_) {
    if (ns.empty()) {
      for (const std::string_view kind : holders) out.push_back({*well_known_resource(kind), ns});
      continue;
    }
    for (const ApiResource& kind : kinds) out.push_back({kind, ns});
  }
  return out;
}

/// By the position of its owner.
std::map<std::size_t, Owned> Collected::owned_in(const Json& object, const Search& search) const {
  const std::string kind = search.kind.id_kind();
  std::map<std::size_t, Owned> out;
  const auto own = [&](std::size_t owner) -> Owned& {
    Owned& owned = out[owner];
    owned.id = {.provider = "kubernetes",
                .kind = kind,
                .scope = string_at(object, {"metadata", "namespace"}, search.ns),
                .name = string_at(object, {"metadata", "name"})};
    return owned;
  };
  // The controller of tokens deletes those of a service account that goes. A copy of another type may say the same.
  const auto account = owners_.find(string_at(object, {"metadata", "annotations", token_of_account}));
  if (kind == "Secret" && account != owners_.end()) own(account->second).certain = false;
  const Json* references = find(object, {"metadata", "ownerReferences"});
  if (references == nullptr || !references->is_array()) return out;
  const auto owner_of = [&](const Json& one) { return owners_.find(string_at(one, {"uid"})); };
  // Another owner keeps it, if there is one.
  const bool all = std::ranges::all_of(*references, [&](const Json& one) { return owner_of(one) != owners_.end(); });
  for (const Json& one : *references) {
    const auto owner = owner_of(one);
    if (owner == owners_.end()) continue;
    // What a controller makes of its object it makes again.
    if (!holds_data(kind) && is_built_in(kind) && bool_at(one, {"controller"})) continue;
    Owned& owned = own(owner->second);
    owned.certain = all && holds_data(kind);
    if (kind == claim_kind) owned.object = object;
  }
  return out;
}

Result<void> Collected::look_through(const Search& search, const std::stop_token& stop) {
  const std::string kind = search.kind.id_kind();
  std::map<std::size_t, std::vector<Owned>> found;
  std::map<std::size_t, std::vector<ResourceId>> going;
  const auto take = [&](const Json& object) {
    for (auto& [owner, owned] : owned_in(object, search)) {
      if (going_.contains(owned.id)) {
        going[owner].push_back(owned.id);
      } else {
        found[owner].push_back(std::move(owned));
      }
    }
  };
  const auto forget = [&] {
    found.clear();
    going.clear();
  };
  const auto listed = each_object(state_.client, search.kind.collection(search.ns),
                                  {.metadata_only = kind != claim_kind}, forget, take, stop);
  const std::scoped_lock lock(mutex_);
  if (!listed) {
    const ErrorKind why = listed.error().kind;
    if (why == ErrorKind::interrupted || (holds_data(kind) && why != ErrorKind::denied && why != ErrorKind::not_found))
      return std::unexpected(listed.error());
    if (holds_data(kind)) unseen_.emplace(search.ns, kind);
    return {};
  }
  for (auto& [owner, some] : found) std::ranges::move(some, std::back_inserter(found_[owner]));
  for (auto& [owner, some] : going) std::ranges::move(some, std::back_inserter(going_along_[owner]));
  return {};
}

Result<void> Collected::say_of(std::size_t owner, const std::stop_token& stop) {
  Change& change = changes_[owner];
  std::vector<Owned> all = std::move(found_[owner]);
  std::ranges::sort(all, {}, &Owned::id);
  std::vector<std::string> certain;
  std::vector<std::string> doubtful;
  for (const ResourceId& id : going_along_[owner]) take_along(change, id);
  for (const Owned& one : all) {
    take_along(change, one.id);
    if (one.id.kind == claim_kind) {
      CF_CHECK(say_claim_goes(state_.client, change, one.object, one.certain, changes_, stop));
    } else {
      (one.certain ? certain : doubtful).push_back(one.id.text());
    }
  }
  for (std::vector<std::string>* some : {&certain, &doubtful}) {
    if (some->empty()) continue;
    const std::size_t more = some->size() - std::min(some->size(), most_named);
    some->resize(some->size() - more);
    lose(change, {.what = fmt::format("what has it as owner, and goes with it: {}{}", join(*some, ", "),
                                      more > 0 ? fmt::format(" and {} more", more) : ""),
                  .certain = some == &certain});
  }
  std::vector<std::string> unseen;
  for (const auto& [ns, kind] : unseen_) {
    if (ns != change.id.scope) continue;
    unseen.push_back(kind);
    take_along(change, {change.id.provider, kind, ns, "*"});
  }
  if (!unseen.empty())
    change.notes.push_back(fmt::format(
        "objects that have it as owner go with it; of these kinds they may not be looked at: {}", join(unseen, ", ")));
  return {};
}

Result<void> Collected::say(const std::stop_token& stop) {
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    if (change.action == Action::remove && !lets_go(change)) going_.insert(change.id);
    const bool goes = change.action == Action::replace || change.action == Action::remove;
    const std::string uid = string_at(change.precondition, {"uid"});
    if (!goes || lets_go(change) || change.refused || change.check_only || uid.empty()) continue;
    owners_.emplace(uid, i);
    namespaces_.insert(change.id.scope);
  }
  if (owners_.empty()) return {};
  CF_TRY(const std::vector<Search> all, searches(stop));
  CF_CHECK(in_parallel(
      all.size(), parallel_calls,
      [&](std::size_t i, const std::stop_token& inner) { return look_through(all[i], inner); }, stop));
  for (const auto& [uid, owner] : owners_) CF_CHECK(say_of(owner, stop));
  return {};
}

}  // namespace

Result<void> say_collected(ProviderState& state, std::span<Change> changes, const std::stop_token& stop) {
  return Collected(state, changes).say(stop);
}

}  // namespace cloudflow
