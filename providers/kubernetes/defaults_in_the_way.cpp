// Clears defaults of the server by saying null.
#include "providers/kubernetes/defaults_in_the_way.h"

#include <algorithm>
#include <array>

#include "providers/kubernetes/owned_fields.h"

namespace cloudflow {
namespace {

/// A volume without a source is an emptyDir; one that gets a source later is both.
bool clear_volumes(Json& pod, const Json& live) {
  const auto volumes = pod.find("volumes");
  const Json* present = find(live, {"volumes"});
  if (volumes == pod.end() || !volumes->is_array() || present == nullptr || !present->is_array()) return false;
  bool cleared = false;
  for (Json& volume : *volumes) {
    if (!volume.is_object() || volume.size() < 2 || volume.contains("emptyDir")) continue;
    const auto same = std::ranges::find_if(
        *present, [&](const Json& other) { return string_at(other, {"name"}) == string_at(volume, {"name"}); });
    if (same == present->end() || !same->contains("emptyDir")) continue;
    volume["emptyDir"] = nullptr;
    cleared = true;
  }
  return cleared;
}

}  // namespace

bool is_default_in_the_way(const ApiError& error) {
  return error.status == 422 && error.reason == "Invalid" && !error.causes.empty() &&
         std::ranges::all_of(error.causes, [](const ApiCause& cause) {
           return !cause.field.empty() &&
                  (cause.reason == "FieldValueForbidden" || cause.reason == "FieldValueInvalid");
         });
}

std::optional<Json> strategy_patch(const Json& body, const Json& live, const ApiError& refused) {
  if (std::ranges::none_of(refused.causes,
                           [](const ApiCause& cause) { return cause.field.ends_with(".rollingUpdate"); }))
    return std::nullopt;
  for (const char* member : {"strategy", "updateStrategy"}) {
    const Json* wanted = find(body, {"spec", member});
    if (wanted == nullptr || !wanted->is_object() || wanted->contains("rollingUpdate")) continue;
    const std::string type = string_at(*wanted, {"type"}, "RollingUpdate");
    if (type == "RollingUpdate" || find(live, {"spec", member, "rollingUpdate"}) == nullptr) continue;
    return Json{{"spec", {{member, {{"type", type}, {"rollingUpdate", nullptr}}}}}};
  }
  return std::nullopt;
}

std::optional<Json> without_default_volumes(const Json& body, const Json& live) {
  Json out = body;
  bool cleared = false;
  const std::array<std::vector<const char*>, 2> pods = {
      std::vector<const char*>{"spec", "template", "spec"},
      std::vector<const char*>{"spec", "jobTemplate", "spec", "template", "spec"}};
  for (const std::vector<const char*>& path : pods) {
    Json* wanted = &out;
    const Json* present = &live;
    for (const char* step : path) {
      wanted = wanted != nullptr && wanted->is_object() && wanted->contains(step) ? &(*wanted)[step] : nullptr;
      present = present == nullptr ? nullptr : find(*present, {step});
    }
    if (wanted != nullptr && present != nullptr) cleared = clear_volumes(*wanted, *present) || cleared;
  }
  return cleared ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<Json> managers_without_patch(const Json& live) {
  const Json* managers = find(live, {"metadata", "managedFields"});
  if (managers == nullptr || !managers->is_array()) return std::nullopt;
  Json kept = Json::array();
  for (const Json& one : *managers) {
    const bool ours = string_at(one, {"manager"}) == field_manager && string_at(one, {"operation"}) == "Update";
    if (!ours || !string_at(one, {"subresource"}).empty()) kept.push_back(one);
  }
  return kept.size() == managers->size() || kept.empty() ? std::nullopt : std::optional(std::move(kept));
}

}  // namespace cloudflow
