// The Secret with the key of an application's digests: read and stored.
#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/provider_state.h"

namespace cloudflow {
namespace {

bool is_own_secrets(const ListTarget& place, const ApplySet& set) {
  return place.id.kind == "Secret" && place.id.scope == set.ns;
}

/// Takes the key's Secret out of the lists.
std::optional<Json> taken_out(std::vector<ListTarget>& places, const ApplySet& set) {
  std::optional<Json> out;
  for (ListTarget& place : places) {
    if (!is_own_secrets(place, set)) continue;
    const auto found = std::ranges::find(place.live, digest_key_name(set), [](const Live& one) { return one.id.name; });
    if (found == place.live.end()) continue;
    out = Json::parse(found->document, nullptr, false);
    place.live.erase(found);
  }
  return out;
}

}  // namespace

Result<void> ProviderState::read_digest_key(std::span<const Resource> desired, const Inventory& inventory,
                                            std::vector<ListTarget>& places, bool may_exist,
                                            const std::stop_token& stop) {
  std::optional<Json> secret = taken_out(places, set);
  // Only the kinds are known here: whether there is a digest in a manifest shows when it is compared.
  const bool is_wanted = std::ranges::any_of(desired, [](const Resource& resource) {
    return resource.id.provider == "kubernetes" && may_carry_digest(resource.id.kind);
  });
  const bool was_listed = std::ranges::any_of(places, [&](const ListTarget& one) { return is_own_secrets(one, set); });
  bool hidden = false;
  if (!secret && may_exist && (is_wanted || inventory.exists)) {
    // A list does not show it where somebody took our label away.
    auto live = client.get(digest_key_path(set), stop);
    const bool denied = !live && live.error().kind == ErrorKind::denied;
    hidden = denied && !was_listed;
    if (!live && !denied && live.error().kind != ErrorKind::not_found) return std::unexpected<Error>(live.error());
    if (live) secret = *std::move(live);
  }
  const std::optional<std::string> stored = secret ? key_in(*secret) : std::nullopt;
  if (secret && !stored && is_wanted)
    return failure(ErrorKind::conflict, fmt::format("secret/{} holds no key", digest_key_name(set)),
                   "delete it: the next apply makes another one, and restarts what carries a digest");
  const std::scoped_lock lock(cluster.digest_key_mutex);
  if (stored) {
    cluster.digest_key = {.bytes = *stored, .uid = string_at(*secret, {"metadata", "uid"}), .stored = true};
  } else if (hidden) {
    cluster.digest_key = {.hidden = true};
  } else if (is_wanted && (cluster.digest_key.bytes.empty() || cluster.digest_key.stored)) {
    cluster.digest_key = {.bytes = random_key()};
  }
  return {};
}

Result<void> ProviderState::store_digest_key(const std::stop_token& stop) {
  const std::scoped_lock storing(digest_key_store_mutex);
  const DigestKey key = cluster.known_digest_key();
  if (key.stored || key.bytes.empty()) return {};
  auto made = client.create(well_known_resource("Secret")->collection(set.ns), digest_key_secret(set, key.bytes),
                            {.manager = "cloudflow-applyset"}, stop);
  if (!made) {
    // The answer may have been lost.
    auto live = client.get(digest_key_path(set), stop);
    if (!live) return std::unexpected<Error>(made.error());
    const std::optional<std::string> found = key_in(*live);
    if (!found)
      return failure(ErrorKind::conflict,
                     fmt::format("secret/{} was made meanwhile, and holds no key", digest_key_name(set)),
                     "delete it, and plan again");
    const std::scoped_lock lock(cluster.digest_key_mutex);
    cluster.digest_key.bytes = *found;
    made = std::move(live);
  }
  const std::scoped_lock lock(cluster.digest_key_mutex);
  cluster.digest_key.uid = string_at(*made, {"metadata", "uid"});
  cluster.digest_key.stored = true;
  return {};
}

void ProviderState::begin_to_store_digest_key(const std::stop_token& stop) {
  const std::scoped_lock lock(cluster.digest_key_mutex);
  if (plain_digests.empty() || cluster.digest_key.stored || digest_key_ahead) return;
  digest_key_ahead = std::make_unique<BackgroundTask<Result<void>>>(
      [this](const std::stop_token& ended) { return store_digest_key(ended); }, stop);
}

std::optional<Change> ProviderState::under_stored_key(const Change& change) {
  const std::scoped_lock lock(cluster.digest_key_mutex);
  if (plain_digests.empty()) return std::nullopt;
  Change out = change;
  out.desired = with_digests_under(std::move(out.desired), plain_digests, cluster.digest_key);
  return out;
}

}  // namespace cloudflow
