// KubernetesProvider::read: one LIST per kind and namespace, and a look at what the lists did not show.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "providers/kubernetes/api/list_items.h"
#include "providers/kubernetes/api/parallel.h"
#include "providers/kubernetes/provider_state.h"
#include "providers/kubernetes/unrecorded.h"
#include "sdk/support/parallel.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// From this many absent objects of one kind on, their names are listed instead of asking for each.
constexpr std::size_t many = 50;

std::vector<ListTarget> list_targets(std::span<const Resource> desired, const Inventory& inventory) {
  std::map<ResourceId, ListTarget> places;
  const auto place = [&](ResourceId id) -> ListTarget& {
    id.name.clear();
    ListTarget& out = places[id];
    out.id = id;
    return out;
  };
  for (const Resource& resource : desired) {
    if (resource.id.provider != "kubernetes") continue;
    ListTarget& one = place(resource.id);
    one.desired.push_back(&resource);
    if (one.api_version.empty()) one.api_version = string_at(resource.spec, {"apiVersion"});
  }
  for (const ResourceId& id : inventory.resources) {
    if (id.provider == "kubernetes" && id.kind != "Namespace") place(id);
  }
  std::vector<ListTarget> out;
  for (auto& [id, one] : places) out.push_back(std::move(one));
  return out;
}

/// Lists the objects of a collection; the scope of each id is where it lives. The version of the list.
Result<std::string> list_into(ApiClient& client, const ApiPath& collection, const ListOptions& options,
                              const ResourceId& id, std::vector<Live>& out, std::stop_token stop) {
  std::string version;
  const auto take = [&](std::string_view item) -> Result<void> {
    const std::string_view metadata = raw_member(item, "metadata");
    ResourceId own = id;
    own.name = plain_member(metadata, "name");
    out.push_back({.id = std::move(own), .document = std::string(item)});
    return {};
  };
  const auto page = [&](const ListPage& one) -> Result<void> {
    if (one.first) {
      out.clear();
      version = plain_member(raw_member(one.text, "metadata"), "resourceVersion");
    }
    return for_each_item(one.text, take);
  };
  CF_CHECK(client.list(collection, options, page, stop));
  return version;
}

Result<void> list_place(ApiClient& client, ApiDiscovery& discovery, const std::string& selector, ListTarget& place,
                        std::stop_token stop) {
  if (place.id.kind == "Namespace" || place.listed) return {};
  const auto resource = discovery.resource(place.id.kind, place.api_version, stop);
  if (!resource) {
    // A kind that the server does not know has no objects: its definition comes with this plan, or is gone.
    if (resource.error().kind == ErrorKind::not_found) return {};
    return std::unexpected(resource.error());
  }
  CF_TRY(place.version, list_into(client, resource->collection(place.id.scope), {.labels = selector}, place.id,
                                  place.live, std::move(stop)));
  return {};
}

/// The desired objects that the lists did not show: perhaps they exist without our label.
Result<std::vector<const Resource*>> missing_of(ApiClient& client, ApiDiscovery& discovery, const ListTarget& place,
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

/// Whether a list shows at least all that was made until the record was written last: then it may have been asked for
/// before the record was known. Versions of one server count its writes; others, or none, are not compared.
bool is_as_new_as_record(const ListTarget& place, const std::string& record) {
  if (record.empty()) return place.live.empty();  // nothing was made yet, or nothing is left
  constexpr std::string_view digits = "0123456789";
  const auto is_number = [&](const std::string& text) {
    return !text.empty() && text.find_first_not_of(digits) == std::string::npos;
  };
  if (!is_number(place.version) || !is_number(record)) return false;
  return std::pair(place.version.size(), place.version) >= std::pair(record.size(), record);
}

/// Gives the places what was listed ahead for them, in the version that their manifests have.
void use_listed(std::vector<ListTarget>& places, std::vector<ListTarget> listed) {
  for (ListTarget& place : places) {
    const auto found = std::ranges::find(listed, place.id, &ListTarget::id);
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

/// What is known before anything is asked for by name: namespaces that were read early, and that nothing is in those
/// of them that are missing. Where there is a record, there is a namespace.
Named known_without_asking(std::span<const Resource> desired, const Inventory& inventory, ReadEarly& early) {
  if (inventory.exists) std::erase_if(early.namespaces, [](const auto& one) { return !one.second; });
  Named out;
  for (const Resource& resource : desired) {
    const auto own = early.namespaces.find(resource.id.name);
    const auto around = early.namespaces.find(resource.id.scope);
    if (resource.id.kind == "Namespace" && own != early.namespaces.end()) out.emplace(&resource, own->second);
    if (around != early.namespaces.end() && !around->second) out.emplace(&resource, std::nullopt);
  }
  return out;
}

/// What no list will show, for certain or most likely: asked for by name while the lists are on their way.
std::vector<const Resource*> hardly_listed(std::span<const Resource> desired, const Inventory& inventory,
                                           const Named& known) {
  constexpr std::size_t few = 50;
  const bool all = !inventory.exists && desired.size() <= few;
  std::vector<const Resource*> out;
  for (const Resource& resource : desired) {
    if ((all || resource.id.kind == "Namespace") && !known.contains(&resource)) out.push_back(&resource);
  }
  return out;
}

/// The schemas of what is desired in a namespace: the server cannot be asked about it while that is missing.
std::set<std::string> versions_in(std::span<const Resource> desired, const std::string& ns) {
  std::set<std::string> out;
  for (const Resource& resource : desired) {
    if (resource.id.provider == "kubernetes" && resource.id.scope == ns)
      out.insert(string_at(resource.spec, {"apiVersion"}));
  }
  return out;
}

void ask_schemas(ProviderState& state, const std::set<std::string>& versions, const std::stop_token& stop) {
  if (versions.empty()) return;
  auto work = [&state, wanted = std::vector(versions.begin(), versions.end())](const std::stop_token& ended) {
    parallel_for(wanted.size(), static_cast<int>(std::max<std::size_t>(wanted.size(), 1)),
                 [&](std::size_t i) { static_cast<void>(state.schemas.document(wanted[i], ended)); });
    return true;
  };
  const std::scoped_lock lock(state.schemas_ahead_mutex);
  if (!state.schemas_ahead) state.schemas_ahead = std::make_unique<BackgroundTask<bool>>(std::move(work), stop);
}

using Namespaces = std::map<std::string, std::optional<Live>>;

Result<Namespaces> read_namespaces(ProviderState& state, const std::vector<Resource>& namespaces,
                                   const std::stop_token& stop) {
  Namespaces out;
  for (const Resource& ns : namespaces) {
    CF_TRY(out[ns.id.name], read_named(state, ns, stop));
  }
  return out;
}

/// Before it is known what changes, an apply opens connections for so many calls at most.
constexpr std::size_t most_early = 16;

}  // namespace

RecordSearch KubernetesProvider::record_search() {
  const std::scoped_lock lock(state_->search_mutex);
  return state_->search;
}

Result<ReadEarly> ProviderState::take_early() {
  std::unique_ptr<BackgroundTask<Result<ReadEarly>>> begun;
  {
    const std::scoped_lock lock(ahead_mutex);
    begun = std::move(early);
    listed_ahead.clear();
  }
  if (!begun) return ReadEarly{};
  CF_TRY(ReadEarly out, begun->take());
  const std::scoped_lock lock(cluster.record_mutex);
  std::erase_if(out.places,
                [&](const ListTarget& place) { return !is_as_new_as_record(place, cluster.record.version); });
  return out;
}

Result<void> ProviderState::list_all(std::vector<ListTarget>& places, const std::stop_token& stop) {
  const std::string selector = part_of_selector(set);
  return in_parallel(
      places.size(), parallel_calls,
      [&](std::size_t i, const std::stop_token& inner) {
        return list_place(client, discovery, selector, places[i], inner);
      },
      stop);
}

void KubernetesProvider::read_ahead(const Inventory& inventory, std::stop_token stop) {
  std::vector<ListTarget> places = list_targets({}, inventory);
  const std::scoped_lock lock(state_->ahead_mutex);
  // Where another version or a definition still to come is possible, only the manifests say what to ask for.
  std::erase_if(places, [&](const ListTarget& place) {
    return !well_known_resource(place.id.kind) || !state_->listed_ahead.insert(place.id).second;
  });
  if (places.empty()) return;
  for (ListTarget& place : places) place.api_version = well_known_resource(place.id.kind)->api_version();
  auto work = [this,
               places = std::move(places)](const std::stop_token& ended) mutable -> Result<std::vector<ListTarget>> {
    CF_CHECK(state_->list_all(places, ended));
    return std::move(places);
  };
  state_->ahead = std::make_unique<BackgroundTask<Result<std::vector<ListTarget>>>>(std::move(work), std::move(stop));
}

void KubernetesProvider::read_early(std::span<const Resource> desired, bool to_change, const std::stop_token& stop) {
  std::vector<ListTarget> places = list_targets(desired, {});
  std::vector<Resource> namespaces;
  for (const Resource& resource : desired) {
    if (resource.id.kind == "Namespace") namespaces.push_back(resource);
  }
  const std::scoped_lock lock(state_->ahead_mutex);
  std::erase_if(places, [&](ListTarget& place) {
    place.desired.clear();
    return place.id.kind == "Namespace" || !well_known_resource(place.id.kind, place.api_version) ||
           !state_->listed_ahead.insert(place.id).second;
  });
  // Beside the lists: record and lock. An apply asks about its changes next, most of which take two calls.
  const std::size_t calls = places.size() + namespaces.size() + 2;
  state_->client.expect(static_cast<int>(to_change ? std::max(calls, std::min(desired.size(), most_early)) : calls));
  if (places.empty() && namespaces.empty()) return;
  auto work = [this, places = std::move(places),
               namespaces = std::move(namespaces)](const std::stop_token& ended) mutable -> Result<ReadEarly> {
    BackgroundTask<Result<Namespaces>> by_name(
        [&](const std::stop_token& inner) { return read_namespaces(*state_, namespaces, inner); }, ended);
    CF_CHECK(state_->list_all(places, ended));
    // Not every plan needs them: what could not be asked for is asked for again where it is.
    Result<Namespaces> found = by_name.take();
    return ReadEarly{.places = std::move(places), .namespaces = found ? *std::move(found) : Namespaces()};
  };
  state_->early = std::make_unique<BackgroundTask<Result<ReadEarly>>>(std::move(work), stop);
}

void KubernetesProvider::forget_read_ahead() {
  const std::scoped_lock lock(state_->ahead_mutex);
  state_->ahead.reset();
  state_->early.reset();
  state_->listed_ahead.clear();
}

Result<std::vector<Live>> KubernetesProvider::read(std::span<const Resource> desired, const Inventory& inventory,
                                                   std::stop_token stop) {
  std::vector<ListTarget> places = list_targets(desired, inventory);
  CF_TRY(ReadEarly early, state_->take_early());
  Named known = known_without_asking(desired, inventory, early);
  for (const auto& [ns, live] : early.namespaces) {
    if (!live) ask_schemas(*state_, versions_in(desired, ns), stop);
  }
  BackgroundTask<Result<Named>> by_name(
      [&, hardly = hardly_listed(desired, inventory, known)](const std::stop_token& ended) {
        return read_all_named(*state_, hardly, ended);
      },
      stop);
  use_listed(places, std::move(early.places));
  std::unique_ptr<BackgroundTask<Result<std::vector<ListTarget>>>> ahead;
  {
    const std::scoped_lock lock(state_->ahead_mutex);
    ahead = std::move(state_->ahead);
  }
  if (ahead) {
    CF_TRY(std::vector<ListTarget> listed, ahead->take());
    use_listed(places, std::move(listed));
  }
  CF_CHECK(state_->list_all(places, stop));

  const auto own = early.namespaces.find(state_->set.ns);
  const bool is_namespace_missing = own != early.namespaces.end() && !own->second;
  CF_CHECK(state_->read_digest_key(desired, inventory, places, !is_namespace_missing, stop));
  RecordSearch search{.made = is_record_incomplete(*state_, places, inventory), .unseen = {}};
  std::vector<Live> unrecorded;
  if (search.made) {
    CF_TRY(unrecorded, find_unrecorded(*state_, places, search.unseen, stop));
  }
  {
    const std::scoped_lock lock(state_->search_mutex);
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

  CF_TRY(Named asked, by_name.take());
  known.merge(asked);
  std::vector<std::optional<Live>> found;
  std::vector<const Resource*> open;
  for (const Resource* resource : missing) {
    const auto one = known.find(resource);
    if (one == known.end()) {
      open.push_back(resource);
    } else {
      found.push_back(std::move(one->second));
    }
  }
  CF_TRY(Named later, read_all_named(*state_, open, stop));
  for (auto& [resource, live] : later) found.push_back(std::move(live));

  const std::vector<ResourceId> former = former_namespaces(desired, inventory, state_->set.ns);
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
  for (ListTarget& place : places) std::ranges::move(place.live, std::back_inserter(out));
  for (std::optional<Live>& one : found) {
    if (one) out.push_back(*std::move(one));
  }
  std::ranges::sort(out, {}, &Live::id);
  return out;
}

}  // namespace cloudflow
