// What was done to an application, run by run, in its cluster.
#include "providers/kubernetes/cluster/application_history.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/cluster/cluster_state.h"

namespace cloudflow {
namespace {

constexpr const char* data_key = "history.json";
constexpr int attempts = 5;

std::string name_of(const ApplySet& set) { return set.parent() + "-history"; }

ApiPath path_of(const ApplySet& set) { return well_known_resource("ConfigMap")->object(set.ns, name_of(set)); }

/// Nothing where the text is no history.
std::optional<std::vector<Json>> entries_in(const Json& object) {
  const Json list = Json::parse(string_at(object, {"data", data_key}), nullptr, false);
  if (!list.is_array()) return std::nullopt;
  const bool all = std::ranges::all_of(list, [](const Json& entry) {
    return entry.is_object() && int_at(entry, {"revision"}) > 0 && !string_at(entry, {"id"}).empty();
  });
  if (!all) return std::nullopt;
  return std::vector<Json>(list.begin(), list.end());
}

std::unexpected<Error> unreadable(const ApplySet& set, const std::string& then) {
  return failure(ErrorKind::invalid_input,
                 fmt::format("somebody has edited the history (configmap/{}): it cannot be read{}", name_of(set), then),
                 "what runs does not depend on it");
}

Json object_of(const ApplySet& set, const std::vector<Json>& entries) {
  return {
      {"apiVersion", "v1"},
      {"kind", "ConfigMap"},
      {"metadata",
       {{"name", name_of(set)},
        {"namespace", set.ns},
        {"labels", {{"app.kubernetes.io/part-of", set.application}, {"app.kubernetes.io/managed-by", "cloudflow"}}}}},
      {"data", {{data_key, dump(Json(entries))}}}};
}

/// With what is not in it yet; the oldest go.
std::vector<Json> with(std::vector<Json> known, const std::vector<Json>& more) {
  for (Json entry : more) {
    const std::string id = string_at(entry, {"id"});
    if (std::ranges::any_of(known, [&](const Json& one) { return string_at(one, {"id"}) == id; })) continue;
    entry["revision"] = known.empty() ? 1 : int_at(known.back(), {"revision"}) + 1;
    known.push_back(std::move(entry));
  }
  if (known.size() > longest_history) known.erase(known.begin(), known.end() - longest_history);
  return known;
}

}  // namespace

Result<std::vector<Json>> ApplicationHistory::read(std::stop_token stop) {
  const auto object = cluster_.client.get(path_of(cluster_.set), stop);
  if (!object && object.error().kind == ErrorKind::not_found) return std::vector<Json>();
  if (!object) return std::unexpected<Error>(object.error());
  auto entries = entries_in(*object);
  if (!entries) return unreadable(cluster_.set, "");
  return *std::move(entries);
}

Result<void> ApplicationHistory::add(const std::vector<Json>& entries, std::stop_token stop) {
  for (int i = 0;; ++i) {
    const auto live = cluster_.client.get(path_of(cluster_.set), stop);
    if (!live && live.error().kind != ErrorKind::not_found) return std::unexpected<Error>(live.error());
    const auto known = live ? entries_in(*live) : std::vector<Json>();
    const std::vector<Json> next = with(known.value_or(std::vector<Json>()), entries);
    Result<void> said;
    if (!known) said = unreadable(cluster_.set, ", and begins anew");
    if (known && next == *known) return {};
    Json object = object_of(cluster_.set, next);
    if (live) object["metadata"]["resourceVersion"] = string_at(*live, {"metadata", "resourceVersion"});
    // Applied, not replaced: that needs no further right than the record.
    const ApplyOptions options{.force = true, .dry_run = false, .manager = "cloudflow-applyset"};
    const auto written = cluster_.client.apply(path_of(cluster_.set), object, options, stop);
    if (written) return said;
    // Whether it was written is seen by the entry.
    if (i + 1 == attempts || stop.stop_requested()) return std::unexpected<Error>(written.error());
  }
}

Result<void> ApplicationHistory::remove(std::stop_token stop) {
  const auto removed = cluster_.client.remove(path_of(cluster_.set), {.propagation = "Background"}, stop);
  if (!removed && removed.error().kind != ErrorKind::not_found) return std::unexpected<Error>(removed.error());
  return {};
}

}  // namespace cloudflow
