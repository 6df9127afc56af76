// Claims, their volumes, and the objects of a kind.
#include "providers/kubernetes/dependents.h"

#include <algorithm>
#include <set>

#include "providers/kubernetes/api/api_discovery.h"
#include "providers/kubernetes/api/list_objects.h"

namespace cloudflow {
namespace {

/// Whether the plan has a volume go with its claim. It is the same whichever of both changes first: a volume that was
/// released is deleted as soon as its policy says so.
bool will_be_deleted(const std::string& volume, std::span<const Change> all) {
  return std::ranges::any_of(all, [&](const Change& change) {
    return change.id.kind == "PersistentVolume" && change.id.name == volume &&
           (change.action == Action::update || change.action == Action::replace) &&
           string_at(change.desired.spec, {"spec", "persistentVolumeReclaimPolicy"}, "Retain") != "Retain";
  });
}

/// A claim with what becomes of its volume.
Result<Claim> claim_of(ApiClient& client, const Json& claim, const std::string& owner, std::span<const Change> all,
                       const std::stop_token& stop) {
  Claim out{.name = string_at(claim, {"metadata", "name"}), .volume = string_at(claim, {"spec", "volumeName"})};
  if (const Json* references = find(claim, {"metadata", "ownerReferences"}); references != nullptr) {
    out.owned = std::ranges::any_of(*references, [&](const Json& one) { return string_at(one, {"uid"}) == owner; });
  }
  if (out.volume.empty()) {
    out.reclaim = Reclaim::unbound;
    return out;
  }
  const auto volume = client.get(well_known_resource("PersistentVolume")->object("", out.volume), stop);
  if (volume) {
    const bool stays = string_at(*volume, {"spec", "persistentVolumeReclaimPolicy"}, "Retain") == "Retain";
    out.reclaim = stays && !will_be_deleted(out.volume, all) ? Reclaim::stays : Reclaim::goes;
  } else if (volume.error().kind != ErrorKind::denied && volume.error().kind != ErrorKind::not_found) {
    return std::unexpected<Error>(volume.error());
  }
  return out;
}

/// Those that the templates of a StatefulSet made, also for pods that it does not have any more.
Result<Dependents> claims_of_set(ApiClient& client, const Change& change, const Json& live,
                                 std::span<const Change> plan, const std::stop_token& stop) {
  const auto all =
      list_objects(client, well_known_resource("PersistentVolumeClaim")->collection(change.id.scope), {}, stop);
  if (!all && all.error().kind == ErrorKind::denied) return Dependents{};
  if (!all) return std::unexpected(all.error());
  Dependents out{.claims = std::vector<Claim>{}};
  for (const Json& one : *all) {
    if (!ordinal_of_claim(string_at(one, {"metadata", "name"}), live)) continue;
    CF_TRY(Claim claim, claim_of(client, one, string_at(live, {"metadata", "uid"}), plan, stop));
    out.claims->push_back(std::move(claim));
  }
  return out;
}

/// A version in which the objects of a definition can be listed; empty where none is served.
std::string served_version(const Json& definition) {
  const Json* versions = find(definition, {"spec", "versions"});
  if (versions == nullptr || !versions->is_array()) return "";
  for (const Json& version : *versions) {
    if (bool_at(version, {"served"})) return string_at(version, {"name"});
  }
  return "";
}

Result<Dependents> objects_of_kind(ApiClient& client, const Json& definition, const std::stop_token& stop) {
  const std::string version = served_version(definition);
  if (version.empty()) return Dependents{};
  const ApiResource kind{.group = string_at(definition, {"spec", "group"}),
                         .version = version,
                         .kind = string_at(definition, {"spec", "names", "kind"}),
                         .plural = string_at(definition, {"spec", "names", "plural"}),
                         .namespaced = string_at(definition, {"spec", "scope"}) == "Namespaced"};
  ObjectCount count;
  std::set<std::string> namespaces;
  const auto begin = [&] {
    count = {};
    namespaces.clear();
  };
  const auto take = [&](const Json& object) {
    ++count.objects;
    if (kind.namespaced) namespaces.insert(string_at(object, {"metadata", "namespace"}));
  };
  const auto listed = each_object(client, kind.collection(""), {.metadata_only = true}, begin, take, stop);
  if (!listed) {
    // Not found: the definition is not established, which says nothing about objects that an earlier one left.
    if (listed.error().kind == ErrorKind::denied || listed.error().kind == ErrorKind::not_found) return Dependents{};
    return std::unexpected(listed.error());
  }
  count.namespaces = static_cast<int>(namespaces.size());
  return Dependents{.objects = count};
}

}  // namespace

Result<Dependents> dependents_of(ApiClient& client, const Change& change, const Json& live, std::span<const Change> all,
                                 const std::stop_token& stop) {
  if (change.id.kind == "StatefulSet.apps") return claims_of_set(client, change, live, all, stop);
  if (change.id.kind == "PersistentVolumeClaim") {
    CF_TRY(Claim claim, claim_of(client, live, "", all, stop));
    return Dependents{.claims = std::vector{std::move(claim)}};
  }
  if (change.id.kind == "CustomResourceDefinition.apiextensions.k8s.io") return objects_of_kind(client, live, stop);
  return Dependents{};
}

Result<void> say_claim_goes(ApiClient& client, Change& change, const Json& claim, bool certain,
                            std::span<const Change> all, const std::stop_token& stop) {
  CF_TRY(const Claim found, claim_of(client, claim, "", all, stop));
  lose_owned_claim(change, found, certain);
  return {};
}

}  // namespace cloudflow
