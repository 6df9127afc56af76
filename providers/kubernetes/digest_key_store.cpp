// The Secret with the key of an application's digests: read, stored, removed.
#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/provider_state.h"

namespace cloudflow {
namespace {

ApiPath path_of_key(const ApplySet& set) {
  return well_known_resource("Secret")->object(set.space, digest_key_name(set));
}

bool is_own_secrets(const Place& place, const ApplySet& set) {
  return place.id.kind == "Secret" && place.id.scope == set.space;
}

/// Takes the key's Secret out of the lists.
std::optional<Json> taken_out(std::vector<Place>& places, const ApplySet& set) {
  std::optional<Json> out;
  for (Place& place : places) {
    if (!is_own_secrets(place, set)) continue;
    const auto found = std::ranges::find(place.live, digest_key_name(set), [](const Live& one) { return one.id.name; });
    if (found == place.live.end()) continue;
    out = Json::parse(found->document, nullptr, false);
    place.live.erase(found);
  }
  return out;
}

}  // namespace

DigestKey ProviderState::known_digest_key() {
  const std::scoped_lock lock(digest_key_mutex);
  return digest_key;
}

Result<void> ProviderState::read_digest_key(std::span<const Resource> desired, std::vector<Place>& places,
                                            const std::stop_token& stop) {
  std::optional<Json> secret = taken_out(places, set);
  const bool is_wanted =
      std::ranges::any_of(desired, [](const Resource& resource) { return carries_digest(resource.spec); });
  const bool was_listed = std::ranges::any_of(places, [&](const Place& one) { return is_own_secrets(one, set); });
  bool hidden = false;
  if (!secret && is_wanted && !was_listed) {
    auto live = client.get(path_of_key(set), stop);
    hidden = !live && live.error().kind == ErrorKind::denied;
    if (!live && !hidden && live.error().kind != ErrorKind::not_found) return std::unexpected<Error>(live.error());
    if (live) secret = *std::move(live);
  }
  const std::optional<std::string> stored = secret ? key_in(*secret) : std::nullopt;
  if (secret && !stored)
    return failure(ErrorKind::conflict, fmt::format("secret/{} holds no key", digest_key_name(set)),
                   "delete it: the next apply makes another one, and restarts what carries a digest");
  const std::scoped_lock lock(digest_key_mutex);
  if (stored) {
    digest_key = {.bytes = *stored, .stored = true};
  } else if (hidden) {
    digest_key = {.hidden = true};
  } else if (is_wanted && (digest_key.bytes.empty() || digest_key.stored)) {
    digest_key = {.bytes = random_key()};
  }
  return {};
}

Result<void> ProviderState::store_digest_key(const std::stop_token& stop) {
  const std::scoped_lock storing(digest_key_store_mutex);
  const DigestKey key = known_digest_key();
  if (key.stored || key.bytes.empty()) return {};
  const auto made = client.create(well_known_resource("Secret")->collection(set.space),
                                  digest_key_secret(set, key.bytes), {.manager = "cloudflow-applyset"}, stop);
  if (!made) {
    // The answer may have been lost.
    const auto live = client.get(path_of_key(set), stop);
    if (!live) return std::unexpected<Error>(made.error());
    if (key_in(*live) != key.bytes)
      return failure(ErrorKind::conflict, fmt::format("secret/{} was made meanwhile", digest_key_name(set)),
                     "plan again");
  }
  const std::scoped_lock lock(digest_key_mutex);
  digest_key.stored = true;
  return {};
}

Result<void> ProviderState::remove_digest_key(const std::stop_token& stop) {
  if (!known_digest_key().stored) return {};
  const auto removed = client.remove(path_of_key(set), {.propagation = "Background"}, stop);
  if (!removed && removed.error().kind != ErrorKind::not_found) return std::unexpected<Error>(removed.error());
  const std::scoped_lock lock(digest_key_mutex);
  digest_key = {};
  return {};
}

}  // namespace cloudflow
