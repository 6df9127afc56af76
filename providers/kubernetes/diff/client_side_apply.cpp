// Fields that kubectl left in objects of ours.
#include "providers/kubernetes/diff/client_side_apply.h"

#include <algorithm>
#include <charconv>

#include "providers/kubernetes/diff/difference.h"
#include "providers/kubernetes/ownership/owned_fields.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Takes the leaves out of `from` that are in `what`, too; true when nothing is left.
bool subtract(Json& from, const Json& what) {
  if (what.empty()) return true;
  for (const auto& [key, below] : what.items()) {
    const auto found = from.find(key);
    if (found != from.end() && subtract(*found, below)) from.erase(found);
  }
  return from.empty() || (from.size() == 1 && from.contains("."));
}

/// Adds the leaves of `what` to `to`.
void add(Json& to, const Json& what) {
  for (const auto& [key, below] : what.items()) {
    Json& there = to[key];
    if (there.is_null()) there = Json::object();
    add(there, below);
  }
}

/// Where the element that a list has in the live object is in the predicted one.
std::optional<std::size_t> position(const Json& predicted, const Json& live, std::size_t i) {
  if (i >= live.size()) return std::nullopt;
  const auto same = std::ranges::find(predicted, live[i]);
  if (same != predicted.end()) return static_cast<std::size_t>(same - predicted.begin());
  return i < predicted.size() ? std::optional(i) : std::nullopt;
}

/// Removes what is at the live object's pointer.
void remove_at(Json& predicted, const Json& live, const Json::json_pointer& pointer) {
  Json* at = &predicted;
  const Json* beside = &live;
  std::vector<std::string> steps;
  for (Json::json_pointer rest = pointer; !rest.empty(); rest = rest.parent_pointer()) steps.push_back(rest.back());
  for (std::size_t left = steps.size(); left-- > 0;) {
    const std::string& step = steps[left];
    if (at->is_array() && beside->is_array()) {
      std::size_t i = 0;
      if (std::from_chars(step.data(), step.data() + step.size(), i).ec != std::errc()) return;
      const auto found = position(*at, *beside, i);
      if (!found) return;
      if (left == 0) return static_cast<void>(at->erase(*found));
      at = &(*at)[*found];
      beside = &(*beside)[i];
    } else {
      if (!at->is_object() || !at->contains(step) || !beside->is_object() || !beside->contains(step)) return;
      if (left == 0) return static_cast<void>(at->erase(step));
      at = &(*at)[step];
      beside = &(*beside)[step];
    }
  }
}

}  // namespace

bool may_take_from_kubectl(const Change& change) {
  return std::ranges::any_of(change.fields, [](const FieldChange& field) { return field.take_over && !field.after; });
}

std::vector<std::string> taken_from_kubectl(const Json& body, const Json& live, const FieldSchema& schema) {
  const std::vector<FieldOwner> owners = field_owners(live);
  const auto found = differences(body, live, OwnedFields(owners), schema);
  std::vector<std::string> out;
  if (!found) return out;
  for (const Difference& difference : *found) {
    if (difference.left && difference.owned.owned_by_others()) out.push_back(difference.pointer);
  }
  return out;
}

Json take_from_kubectl_patch(const Json& live) {
  const std::vector<FieldOwner> owners = field_owners(live);
  const Json* entries = find(live, {"metadata", "managedFields"});
  if (entries == nullptr || !entries->is_array()) return nullptr;
  const auto ours = std::ranges::find_if(owners, &FieldOwner::ours);
  const bool applied = ours != owners.end() && !ours->only_mark;
  const bool takes_all = std::ranges::any_of(owners, &FieldOwner::client_side) && !applied;
  const auto owner_of = [&](const Json& entry) {
    const Json* fields = find(entry, {"fieldsV1"});
    return std::ranges::find_if(owners, [&](const FieldOwner& owner) { return owner.fields == fields; });
  };
  Json out = Json::array();
  Json taken = nullptr;  // the entry that becomes ours
  for (const Json& entry : *entries) {
    const auto owner = owner_of(entry);
    Json left = entry;
    if (takes_all && owner != owners.end() && owner->ours) continue;
    if (owner != owners.end() && owner->gives_way && applied) {
      if (subtract(left["fieldsV1"], *ours->fields)) continue;
    } else if (owner != owners.end() && owner->client_side && takes_all) {
      if (taken.is_null()) {
        taken = left;
        taken["manager"] = field_manager;
        taken["operation"] = "Apply";
      } else if (string_at(taken, {"apiVersion"}) == owner->api_version) {
        add(taken["fieldsV1"], *owner->fields);
      }
      continue;
    }
    out.push_back(std::move(left));
  }
  if (!taken.is_null()) {
    if (ours != owners.end()) add(taken["fieldsV1"], *ours->fields);  // our mark has the same path in every version
    out.push_back(std::move(taken));
  }
  if (out == *entries) return nullptr;
  if (out.empty()) out.push_back(Json::object());  // an empty list would mean that nothing is said about them
  return {{"metadata",
           {{"resourceVersion", string_at(live, {"metadata", "resourceVersion"})}, {"managedFields", std::move(out)}}}};
}

Json without_taken(Json predicted, const Json& live, const std::vector<std::string>& taken) {
  // From the back, so that positions in lists stay right.
  for (auto pointer = taken.rbegin(); pointer != taken.rend(); ++pointer)
    remove_at(predicted, live, Json::json_pointer(*pointer));
  return predicted;
}

Json patch_between(const Json& from, const Json& to) {
  Json patch = Json::object();
  for (const auto& [name, value] : from.items()) {
    if (!to.contains(name)) patch[name] = nullptr;
  }
  for (const auto& [name, value] : to.items()) {
    const auto before = from.find(name);
    if (before == from.end() || (*before != value && !(before->is_object() && value.is_object()))) {
      patch[name] = value;
    } else if (*before != value) {
      patch[name] = patch_between(*before, value);
    }
  }
  return patch;
}

}  // namespace cloudflow
