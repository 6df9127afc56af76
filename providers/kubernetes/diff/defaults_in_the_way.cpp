// Defaults of the server: to try a change they are cleared by null, to make it they become ours and are left out.
#include "providers/kubernetes/diff/defaults_in_the_way.h"

#include <algorithm>
#include <array>
#include <span>

#include "providers/kubernetes/ownership/owned_fields.h"

namespace cloudflow {
namespace {

using Path = std::vector<std::string>;

/// The pod templates that a workload may have.
std::array<Path, 2> pod_paths() {
  return {Path{"spec", "template", "spec"}, Path{"spec", "jobTemplate", "spec", "template", "spec"}};
}

const Json* at(const Json& object, const Path& path) {
  const Json* out = &object;
  for (const std::string& step : path) out = out == nullptr ? nullptr : find(*out, {step});
  return out;
}

/// The volumes that get a source where the live pod has an emptyDir for want of one. A volume with both is refused.
std::vector<std::size_t> emptied_volumes(const Json* pod, const Json* live) {
  std::vector<std::size_t> out;
  const Json* volumes = pod == nullptr ? nullptr : find(*pod, {"volumes"});
  const Json* present = live == nullptr ? nullptr : find(*live, {"volumes"});
  if (volumes == nullptr || !volumes->is_array() || present == nullptr || !present->is_array()) return out;
  for (std::size_t i = 0; i < volumes->size(); ++i) {
    const Json& volume = (*volumes)[i];
    if (!volume.is_object() || volume.size() < 2 || volume.contains("emptyDir")) continue;
    const auto same = std::ranges::find_if(
        *present, [&](const Json& other) { return string_at(other, {"name"}) == string_at(volume, {"name"}); });
    if (same != present->end() && same->contains("emptyDir")) out.push_back(i);
  }
  return out;
}

/// "strategy" or "updateStrategy" where the manifest asks for a type beside which the live rollingUpdate may not stand:
/// with some kinds it may.
std::optional<std::string> left_strategy(const Json& body, const Json& live, const ApiError& refused) {
  if (std::ranges::none_of(refused.causes,
                           [](const ApiCause& cause) { return cause.field.ends_with(".rollingUpdate"); }))
    return std::nullopt;
  for (const char* member : {"strategy", "updateStrategy"}) {
    const Json* wanted = find(body, {"spec", member});
    if (wanted == nullptr || !wanted->is_object() || wanted->contains("rollingUpdate")) continue;
    if (string_at(*wanted, {"type"}, "RollingUpdate") == "RollingUpdate") continue;
    if (find(live, {"spec", member, "rollingUpdate"}) != nullptr) return member;
  }
  return std::nullopt;
}

/// A value and all in it, as managedFields write that it is owned.
Json owned_tree(const Json& value) {
  Json out = Json::object();
  if (!value.is_object() || value.empty()) return out;
  out["."] = Json::object();
  for (const auto& [key, member] : value.items()) out["f:" + key] = owned_tree(member);
  return out;
}

/// Takes what is at `path` out of a tree of fields, and what is empty after that: it would mean a whole value. Returns
/// whether something was taken.
bool disown(Json& tree, std::span<const std::string> path) {
  const auto found = tree.find(path.front());
  if (found == tree.end()) return false;
  if (path.size() > 1) {
    if (!disown(*found, path.subspan(1))) return false;
    if (!found->empty()) return true;
  }
  tree.erase(found);
  return true;
}

/// A default, by where managedFields have it.
struct Claim {
  Path path{};
  Json tree{};
};

std::vector<Claim> claims_of(const Json& body, const Json& live, const ApiError& refused) {
  std::vector<Claim> out;
  if (const auto member = left_strategy(body, live, refused))
    out.push_back({.path = {"f:spec", "f:" + *member, "f:rollingUpdate"},
                   .tree = owned_tree(*find(live, {"spec", *member, "rollingUpdate"}))});
  for (const Path& path : pod_paths()) {
    const Json* pod = at(body, path);
    for (const std::size_t i : emptied_volumes(pod, at(live, path))) {
      Claim claim;
      for (const std::string& step : path) claim.path.push_back("f:" + step);
      const Json key = {{"name", string_at(pod->at("volumes")[i], {"name"})}};
      claim.path.insert(claim.path.end(), {"f:volumes", "k:" + dump(key), "f:emptyDir"});
      claim.tree = Json::object();
      out.push_back(std::move(claim));
    }
  }
  return out;
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
  const auto member = left_strategy(body, live, refused);
  if (!member) return std::nullopt;
  const std::string type = string_at(body, {"spec", *member, "type"});
  return Json{{"spec", {{*member, {{"type", type}, {"rollingUpdate", nullptr}}}}}};
}

std::optional<Json> without_default_volumes(const Json& body, const Json& live) {
  Json out = body;
  bool cleared = false;
  for (const Path& path : pod_paths()) {
    Json::json_pointer volumes;
    for (const std::string& step : path) volumes /= step;
    volumes /= "volumes";
    for (const std::size_t i : emptied_volumes(at(body, path), at(live, path))) {
      out[volumes][i]["emptyDir"] = nullptr;
      cleared = true;
    }
  }
  return cleared ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<Json> claim_defaults(const Json& body, const Json& live, const ApiError& refused) {
  const std::vector<Claim> claims = claims_of(body, live, refused);
  const Json* managers = find(live, {"metadata", "managedFields"});
  if (claims.empty() || managers == nullptr || !managers->is_array()) return std::nullopt;
  Json ours = {{"manager", field_manager},
               {"operation", "Apply"},
               {"apiVersion", string_at(live, {"apiVersion"})},
               {"fieldsType", "FieldsV1"},
               {"fieldsV1", Json::object()}};
  Json out = Json::array();
  for (const Json& one : *managers) {
    if (string_at(one, {"manager"}) == field_manager && string_at(one, {"operation"}) == "Apply" &&
        string_at(one, {"subresource"}).empty()) {
      ours = one;
      continue;
    }
    Json other = one;
    const auto fields = other.find("fieldsV1");
    for (const Claim& claim : claims) {
      if (fields != other.end() && fields->is_object()) disown(*fields, claim.path);
    }
    if (fields == other.end() || !fields->empty()) out.push_back(std::move(other));
  }
  for (const Claim& claim : claims) {
    Json* tree = &ours["fieldsV1"];
    for (const std::string& step : claim.path) tree = &(*tree)[step];
    *tree = claim.tree;
  }
  out.push_back(std::move(ours));
  return Json{{"metadata", {{"managedFields", std::move(out)}}}};
}

}  // namespace cloudflow
