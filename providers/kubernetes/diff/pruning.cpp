// Follows two structural schemas as the API server does when it prunes objects.
#include "providers/kubernetes/diff/pruning.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace cloudflow {
namespace {

constexpr const char* keeps_all = "x-kubernetes-preserve-unknown-fields";

/// Values without members.
bool is_scalar(const Json& schema) {
  constexpr std::array<std::string_view, 4> scalars = {"string", "integer", "number", "boolean"};
  return bool_at(schema, {"x-kubernetes-int-or-string"}) ||
         std::ranges::find(scalars, string_at(schema, {"type"})) != scalars.end();
}

/// What every object has by itself: never pruned.
bool is_of_every_object(std::string_view name) { return name == "apiVersion" || name == "kind" || name == "metadata"; }

bool is_object_by_itself(const Json& schema) { return bool_at(schema, {"x-kubernetes-embedded-resource"}); }

const Json& properties_of(const Json* schema) {
  static const Json none = Json::object();
  const Json* found = schema == nullptr ? nullptr : find(*schema, {"properties"});
  return found != nullptr && found->is_object() ? *found : none;
}

/// The schema of members without a name of their own; null where there is none, or where it says nothing of them.
const Json* others_of(const Json* schema) {
  const Json* found = schema == nullptr ? nullptr : find(*schema, {"additionalProperties"});
  return found != nullptr && found->is_object() ? found : nullptr;
}

bool takes_any_others(const Json& schema) { return bool_at(schema, {"additionalProperties"}); }

/// Whether something goes of a value that fits `before`, once `after` is its schema. Nothing as `before`: any value.
/// `whole`: the value is an object with metadata of its own.
bool drops(const Json* before, const Json& after, bool whole = false) {
  if (before != nullptr && (*before == after || is_scalar(*before))) return false;
  if (before == nullptr && is_scalar(after)) return false;
  whole = whole || is_object_by_itself(after);
  const Json& named = properties_of(&after);
  const Json* others = others_of(&after);
  const bool is_list =
      string_at(after, {"type"}) == "array" && (before == nullptr || find(*before, {"items"}) != nullptr);
  const bool closed = !is_list && others == nullptr && !takes_any_others(after) && !bool_at(after, {keeps_all});
  const bool empties = takes_any_others(after) && !bool_at(after, {keeps_all});  // keeps others, not what is in them
  for (const auto& [name, schema] : properties_of(before).items()) {
    if (whole && is_of_every_object(name)) continue;
    if (const auto same = named.find(name); same != named.end()) {
      if (drops(&schema, *same)) return true;
    } else if (closed || (others != nullptr && drops(&schema, *others)) || (empties && !is_scalar(schema))) {
      return true;
    }
  }
  const Json* unnamed = others_of(before);
  const bool open =
      before == nullptr || unnamed != nullptr || takes_any_others(*before) || bool_at(*before, {keeps_all});
  if (open) {
    if (closed || (others != nullptr && drops(unnamed, *others))) return true;
    const bool alike = before != nullptr && unnamed == nullptr && !bool_at(*before, {keeps_all});
    if (empties && !alike && (unnamed == nullptr || !is_scalar(*unnamed))) return true;
    for (const auto& [name, schema] : named.items()) {
      if ((whole && is_of_every_object(name)) || properties_of(before).contains(name)) continue;
      if (drops(unnamed, schema)) return true;
    }
  }
  const Json* items = before == nullptr ? nullptr : find(*before, {"items"});
  const Json* next = find(after, {"items"});
  if (items != nullptr && next == nullptr) return !bool_at(after, {keeps_all}) && !is_scalar(*items);
  const bool had_items = items != nullptr || before == nullptr || bool_at(*before, {keeps_all});
  return next != nullptr && had_items && drops(items, *next);
}

const Json& versions_of(const Json& definition) {
  static const Json none = Json::array();
  const Json* found = find(definition, {"spec", "versions"});
  return found != nullptr && found->is_array() ? *found : none;
}

/// The version in which objects are stored; null where none is.
const Json* stored_version(const Json& definition) {
  const Json& versions = versions_of(definition);
  const auto stored = std::ranges::find_if(versions, [](const Json& one) { return bool_at(one, {"storage"}); });
  return stored == versions.end() ? nullptr : &*stored;
}

/// Whether objects kept by one version lose something once another one keeps them.
bool drops_between(const Json& before, bool kept_all, const Json& after) {
  const Json* schema = find(before, {"schema", "openAPIV3Schema"});
  const Json* next = find(after, {"schema", "openAPIV3Schema"});
  if (next == nullptr) return false;  // such a version is as the server takes it, which wants a schema
  if (schema == nullptr && !kept_all) return false;
  return drops(kept_all ? nullptr : schema, *next, true);
}

}  // namespace

bool prunes(const Json& before, const Json& after) {
  constexpr const char* old_way = "preserveUnknownFields";  // of definitions from before schemas were asked for
  if (bool_at(after, {"spec", old_way})) return false;
  const bool kept_all = bool_at(before, {"spec", old_way});
  for (const Json& version : versions_of(before)) {
    const auto same = std::ranges::find_if(versions_of(after), [&](const Json& other) {
      return string_at(other, {"name"}) == string_at(version, {"name"});
    });
    if (same != versions_of(after).end() && drops_between(version, kept_all, *same)) return true;
  }
  // From the next write on objects are stored in another version.
  const Json* stored = stored_version(before);
  const Json* then = stored_version(after);
  return stored != nullptr && then != nullptr && string_at(*stored, {"name"}) != string_at(*then, {"name"}) &&
         drops_between(*stored, kept_all, *then);
}

}  // namespace cloudflow
