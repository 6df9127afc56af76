// KubernetesProvider::read: one LIST per kind and namespace, and a look at what the lists did not show.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "providers/kubernetes/list_items.h"
#include "providers/kubernetes/parallel.h"
#include "providers/kubernetes/provider_state.h"
#include "providers/kubernetes/unrecorded.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

/// From this many absent objects of one kind on, their names are listed instead of asking for each.
constexpr std::size_t many = 50;

std::vector<Place> places_of(std::span<const Resource> desired, const Inventory& inventory) {
  std::map<ResourceId, Place> places;
  const auto place = [&](ResourceId id) -> Place& {
    id.name.clear();
    Place& out = places[id];
    out.id = id;
    return out;
  };
  for (const Resource& resource : desired) {
    if (resource.id.provider != "kubernetes") continue;
    Place& one = place(resource.id);
    one.desired.push_back(&resource);
    if (one.api_version.empty()) one.api_version = string_at(resource.spec, {"apiVersion"});
  }
  for (const ResourceId& id : inventory.resources) {
    if (id.provider == "kubernetes" && id.kind != "Namespace") place(id);
  }
  std::vector<Place> out;
  for (auto& [id, one] : places) out.push_back(std::move(one));
  return out;
}

/// Lists the objects of a collection; the scope of each id is where it lives.
Result<void> list_into(ApiClient& client, const ApiPath& collection, const ListOptions& options, const ResourceId& id,
                       std::vector<Live>& out, std::stop_token stop) {
  const auto take = [&](std::string_view item) -> Result<void> {
    const std::string_view metadata = raw_member(item, "metadata");
    ResourceId own = id;
    own.name = plain_member(metadata, "name");
    out.push_back({.id = std::move(own), .document = std::string(item)});
    return {};
  };
  const auto page = [&](const ListPage& one) -> Result<void> {
    if (one.first) out.clear();
    return for_each_item(one.text, take);
  };
  CF_CHECK(client.list(collection, options, page, stop));
  return {};
}

Result<void> list_place(ApiClient& client, ApiDiscovery& discovery, const std::string& selector, Place& place,
                        std::stop_token stop) {
  if (place.id.kind == "Namespace" || place.listed) return {};
  const auto resource = discovery.resource(place.id.kind, place.api_version, stop);
  if (!resource) {
    // A kind that the server does not know has no objects: its definition comes with this plan, or is gone.
    if (resource.error().kind == ErrorKind::not_found) return {};
    return std::unexpected(resource.error());
  }
  return list_into(client, resource->collection(place.id.scope), {.labels = selector}, place.id, place.live,
                   std::move(stop));
}

/// The desired objects that the lists did not show: perhaps they exist without our label.
Result<std::vector<const Resource*>> missing_of(ApiClient& client, ApiDiscovery& discovery, const Place& place,
                                                std::stop_token stop) {
  std::set<std::string_view> known;
  for (const Live& live : place.live) known.insert(live.id.name);
  std::vector<const Resource*> missing;
  for (const Resource* resource : place.desired) {
    if (!known.contains(resource->id.name)) missing.push_back(resource);
  }
  if (missing.size() < many || place.id.kind == "Namespace") return missing;
  const auto resource = discovery.resource(place.id.kind, place.api_version, stop);
  if (!resource) return missing;
  std::vector<Live> all;
  CF_CHECK(
      list_into(client, resource->collection(place.id.scope), {.metadata_only = true}, place.id, all, std::move(stop)));
  std::set<std::string_view> taken;
  for (const Live& live : all) taken.insert(live.id.name);
  std::erase_if(missing, [&](const Resource* one) { return !taken.contains(one->id.name); });
  return missing;
}

/// Gives the places what was listed ahead for them, in the version that their manifests have.
void use_listed(std::vector<Place>& places, std::vector<Place> listed) {
  for (Place& place : places) {
    const auto found = std::ranges::find(listed, place.id, &Place::id);
    if (found == listed.end() || (!place.api_version.empty() && found->api_version != place.api_version)) continue;
    place.live = std::move(found->live);
    place.listed = true;
  }
}

/// Namespaces that were made and are not asked for any more: they stay, and the plan says so. The application's own is
/// not among them.
std::vector<ResourceId> former_namespaces(std::span<const Resource> desired, const Inventory& inventory,
                                          const std::string& own) {
  std::vector<ResourceId> out;
  for (const ResourceId& id : inventory.resources) {
    if (id.kind != "Namespace" || id.name.empty() || id.name == own) continue;
    if (std::ranges::find(desired, id, &Resource::id) == desired.end()) out.push_back(id);
  }
  return out;
}

/// An object by its name; nothing where there is none, or no such kind.
Result<std::optional<Live>> read_named(ProviderState& state, const Resource& resource, const std::stop_token& stop) {
  const ResourceId& id = resource.id;
  const auto path = state.path_of(id, string_at(resource.spec, {"apiVersion"}), stop);
  if (!path && path.error().kind == ErrorKind::not_found) return std::optional<Live>();
  if (!path) return std::unexpected(path.error());
  auto text = state.client.get_text(*path, stop);
  if (text) return std::optional(Live{.id = id, .document = *std::move(text)});
  // Rights inside a namespace are given by objects in it: as our lists are answered, it is there.
  if (text.error().kind == ErrorKind::denied && id.kind == "Namespace")
    return std::optional(Live{.id = id, .document = dump(Json{{"metadata", {{"name", id.name}}}})});
  if (text.error().kind == ErrorKind::not_found) return std::optional<Live>();
  return std::unexpected<Error>(text.error());
}

/// What was read by name, in any order.
using Named = std::map<const Resource*, std::optional<Live>>;

Result<Named> read_all_named(ProviderState& state, const std::vector<const Resource*>& resources,
                             const std::stop_token& stop) {
  std::vector<std::optional<Live>> found(resources.size());
  CF_CHECK(in_parallel(
      resources.size(), parallel_calls,
      [&](std::size_t i, const std::stop_token& inner) -> Result<void> {
        CF_TRY(found[i], read_named(state, *resources[i], inner));
        return {};
      },
      stop));
  Named out;
  for (std::size_t i = 0; i < resources.size(); ++i) out.emplace(resources[i], std::move(found[i]));
  return out;
}

/// What no list will show, for certain or most likely: asked for by name while the lists are on their way.
std::vector<const Resource*> hardly_listed(std::span<const Resource> desired, const Inventory& inventory) {
  constexpr std::size_t few = 50;
  const bool all = !inventory.exists && desired.size() <= few;
  std::vector<const Resource*> out;
  for (const Resource& resource : desired) {
    if (all || resource.id.kind == "Namespace") out.push_back(&resource);
  }
  return out;
}

}  // namespace

RecordSearch KubernetesProvider::record_search() {
  const std::scoped_lock lock(state_->record_mutex);
  return state_->search;
}

void KubernetesProvider::read_ahead(const Inventory& inventory, std::stop_token stop) {
  std::vector<Place> places = places_of({}, inventory);
  // Where another version or a definition still to come is possible, only the manifests say what to ask for.
  std::erase_if(places, [](const Place& place) { return !well_known_resource(place.id.kind); });
  if (places.empty()) return;
  for (Place& place : places) place.api_version = well_known_resource(place.id.kind)->api_version();
  auto work = [this, places = std::move(places)](const std::stop_token& ended) mutable -> Result<std::vector<Place>> {
    const std::string selector = part_of_selector(state_->set);
    CF_CHECK(in_parallel(
        places.size(), parallel_calls,
        [&](std::size_t i, const std::stop_token& inner) {
          return list_place(state_->client, state_->discovery, selector, places[i], inner);
        },
        ended));
    return std::move(places);
  };
  const std::scoped_lock lock(state_->ahead_mutex);
  state_->ahead = std::make_unique<Ahead<Result<std::vector<Place>>>>(std::move(work), std::move(stop));
}

void KubernetesProvider::forget_read_ahead() {
  const std::scoped_lock lock(state_->ahead_mutex);
  state_->ahead.reset();
}

Result<std::vector<Live>> KubernetesProvider::read(std::span<const Resource> desired, const Inventory& inventory,
                                                   std::stop_token stop) {
  std::vector<Place> places = places_of(desired, inventory);
  Ahead<Result<Named>> by_name([&, early = hardly_listed(desired, inventory)](
                                   const std::stop_token& ended) { return read_all_named(*state_, early, ended); },
                               stop);
  std::unique_ptr<Ahead<Result<std::vector<Place>>>> ahead;
  {
    const std::scoped_lock lock(state_->ahead_mutex);
    ahead = std::move(state_->ahead);
  }
  if (ahead) {
    CF_TRY(std::vector<Place> listed, ahead->take());
    use_listed(places, std::move(listed));
  }
  const std::string selector = part_of_selector(state_->set);
  CF_CHECK(in_parallel(
      places.size(), parallel_calls,
      [&](std::size_t i, const std::stop_token& inner) {
        return list_place(state_->client, state_->discovery, selector, places[i], inner);
      },
      stop));

  CF_CHECK(state_->read_digest_key(desired, inventory, places, stop));
  RecordSearch search{.made = is_record_incomplete(*state_, places, inventory), .unseen = {}};
  std::vector<Live> unrecorded;
  if (search.made) {
    CF_TRY(unrecorded, find_unrecorded(*state_, places, search.unseen, stop));
  }
  {
    const std::scoped_lock lock(state_->record_mutex);
    state_->search = std::move(search);
  }

  std::vector<std::vector<const Resource*>> missing_by_place(places.size());
  CF_CHECK(in_parallel(
      places.size(), parallel_calls,
      [&](std::size_t i, const std::stop_token& inner) -> Result<void> {
        CF_TRY(missing_by_place[i], missing_of(state_->client, state_->discovery, places[i], inner));
        return {};
      },
      stop));
  std::vector<const Resource*> missing;
  for (const auto& some : missing_by_place) missing.insert(missing.end(), some.begin(), some.end());

  CF_TRY(Named known, by_name.take());
  std::vector<std::optional<Live>> found;
  std::vector<const Resource*> open;
  for (const Resource* resource : missing) {
    const auto early = known.find(resource);
    if (early == known.end()) {
      open.push_back(resource);
    } else {
      found.push_back(std::move(early->second));
    }
  }
  CF_TRY(Named later, read_all_named(*state_, open, stop));
  for (auto& [resource, live] : later) found.push_back(std::move(live));

  const std::vector<ResourceId> former = former_namespaces(desired, inventory, state_->set.space);
  std::vector<std::optional<Live>> left(former.size());
  CF_CHECK(in_parallel(
      former.size(), parallel_calls,
      [&](std::size_t i, const std::stop_token& inner) -> Result<void> {
        CF_TRY(const ApiPath path, state_->path_of(former[i], "v1", inner));
        auto text = state_->client.get_text(path, inner);
        if (text) {
          left[i] = Live{.id = former[i], .document = *std::move(text)};
        } else if (text.error().kind != ErrorKind::denied && text.error().kind != ErrorKind::not_found) {
          return std::unexpected<Error>(text.error());
        }
        return {};
      },
      stop));
  std::ranges::move(left, std::back_inserter(found));

  std::vector<Live> out = std::move(unrecorded);
  for (Place& place : places) std::ranges::move(place.live, std::back_inserter(out));
  for (std::optional<Live>& one : found) {
    if (one) out.push_back(*std::move(one));
  }
  std::ranges::sort(out, {}, &Live::id);
  return out;
}

}  // namespace cloudflow
