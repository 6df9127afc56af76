// Finds an application's objects where its record does not say where they are.
#include "providers/kubernetes/unrecorded.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>

#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/api/parallel.h"
#include "providers/kubernetes/ownership/digest_key.h"
#include "providers/kubernetes/ownership/owned_fields.h"
#include "providers/kubernetes/ownership/ownership.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Namespaces are shared and carry no mark; events and measurements are nobody's to make.
bool is_searched(const ApiResource& kind) {
  constexpr std::array<std::string_view, 3> not_made = {"Namespace", "Event", "Event.events.k8s.io"};
  return kind.group != "metrics.k8s.io" && std::ranges::find(not_made, kind.id_kind()) == not_made.end();
}

bool is_usual(const ApiResource& kind) {
  const std::vector<ApiResource> usual = usual_resources();
  return std::ranges::find(usual, kind.id_kind(), &ApiResource::id_kind) != usual.end();
}

class Search {
 public:
  Search(ProviderState& state, const std::vector<ListTarget>& listed) : state_(state) {
    namespaces_.insert(state.set.ns);
    for (const ListTarget& place : listed) {
      known_.insert(place.id);
      if (!place.id.scope.empty()) namespaces_.insert(place.id.scope);
    }
  }

  Result<void> run(const std::stop_token& stop) {
    CF_TRY(const ApiDiscovery::All all, state_.discovery.all(stop));
    for (const std::string& group : all.silent) unseen_.insert(fmt::format("API group {}", quote(group)));
    std::vector<ApiResource> kinds;
    std::ranges::copy_if(all.kinds, std::back_inserter(kinds), is_searched);
    return in_parallel(
        kinds.size(), parallel_calls,
        [&](std::size_t i, const std::stop_token& inner) { return look_for(kinds[i], inner); }, stop);
  }

  std::vector<Live> found{};
  std::vector<std::string> unseen() const { return {unseen_.begin(), unseen_.end()}; }

 private:
  Result<void> look_for(const ApiResource& kind, const std::stop_token& stop);
  Result<void> look_into(const ApiResource& kind, const std::string& ns, const std::stop_token& stop);

  ProviderState& state_;
  std::set<std::string> namespaces_{};
  std::set<ResourceId> known_{};
  std::mutex mutex_{};
  std::set<std::string> unseen_{};
};

Result<void> Search::look_into(const ApiResource& kind, const std::string& ns, const std::stop_token& stop) {
  std::vector<Live> some;
  const bool usual = is_usual(kind);
  const auto take = [&](Json object) {
    ResourceId id{.provider = "kubernetes",
                  .kind = kind.id_kind(),
                  .scope = string_at(object, {"metadata", "namespace"}),
                  .name = ""};
    // What controllers derive copies labels, and where managers are not kept nothing tells it from ours.
    const bool ours = usual || std::ranges::any_of(field_owners(object), [](const FieldOwner& owner) {
                        return owner.manager == field_manager;
                      });
    if (!ours || known_.contains(id)) return;
    id.name = string_at(object, {"metadata", "name"});
    if (id.kind == "Secret" && id.name == digest_key_name(state_.set)) return;  // carries the mark, and is no resource
    // Items of a list do not say what they are.
    object["apiVersion"] = kind.api_version();
    object["kind"] = kind.kind;
    some.push_back({.id = std::move(id), .document = dump(object)});
  };
  CF_CHECK(each_object(
      state_.client, kind.collection(ns), {.labels = part_of_selector(state_.set)}, [&] { some.clear(); }, take, stop));
  const std::scoped_lock lock(mutex_);
  std::ranges::move(some, std::back_inserter(found));
  return {};
}

Result<void> Search::look_for(const ApiResource& kind, const std::stop_token& stop) {
  Result<void> looked = look_into(kind, "", stop);
  if (!looked && looked.error().kind == ErrorKind::denied && kind.namespaced) {
    looked = {};
    for (const std::string& ns : namespaces_) {
      const Result<void> here = look_into(kind, ns, stop);
      if (!here && looked) looked = here;
    }
  }
  if (looked) return looked;
  const ErrorKind why = looked.error().kind;
  // Some have no list: reviews, bindings and the like.
  if (why == ErrorKind::unsupported || why == ErrorKind::not_found) return {};
  if (why != ErrorKind::denied) return looked;
  const std::scoped_lock lock(mutex_);
  unseen_.insert(kind.id_kind());
  return {};
}

}  // namespace

bool is_record_incomplete(ProviderState& state, const std::vector<ListTarget>& listed, const Inventory& inventory) {
  const bool deployed = std::ranges::any_of(listed, [](const ListTarget& place) { return !place.live.empty(); });
  if (!inventory.exists) return deployed;
  std::set<ResourceId> recorded;
  {
    const std::scoped_lock lock(state.cluster.record_mutex);
    if (state.cluster.record.is_torn) return true;
    recorded = state.cluster.record.places;  // the inventory has places besides where what is asked for is removed
  }
  for (ResourceId id : recorded.empty() ? inventory.resources : std::vector<ResourceId>{}) {
    id.name.clear();
    recorded.insert(std::move(id));
  }
  return std::ranges::any_of(listed, [&](const ListTarget& place) {
    if (recorded.contains(place.id)) return false;
    return std::ranges::any_of(place.live, [&](const Live& live) {
      const Result<Json> object = parse_json(live.document, live.id.text());
      return object && is_made_by_us(*object, state.set);
    });
  });
}

Result<std::vector<Live>> find_unrecorded(ProviderState& state, const std::vector<ListTarget>& listed,
                                          std::vector<std::string>& unseen, const std::stop_token& stop) {
  Search search(state, listed);
  CF_CHECK(search.run(stop));
  unseen = search.unseen();
  return std::move(search.found);
}

}  // namespace cloudflow
