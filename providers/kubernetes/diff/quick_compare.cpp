// Sees quickly that a live object is as it should be, which most are.
#include "providers/kubernetes/diff/quick_compare.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "providers/kubernetes/diff/same_value.h"
#include "providers/kubernetes/ownership/owned_fields.h"
#include "providers/kubernetes/schema/known_schema.h"

namespace cloudflow {
namespace {

using Type = FlatNode::Type;

/// A plain value as Json.
Json value_of(const FlatNode& node) {
  if (node.type == Type::string) return unescaped(node.text);
  return Json::parse(node.text, nullptr, false);
}

/// Walks desired, live and our owned fields side by side, in order. Everything unusual is a "not sure".
class QuickWalk {
 public:
  QuickWalk(const FlatJson& live, const FieldSchema& schema) : live_(live), schema_(schema) {}

  /// The same below a member of the object.
  bool in(const std::string& name, const Json& desired, const FlatNode& live, const FlatNode* ours) {
    way_ = {&name};
    return value(desired, live, ours);
  }

 private:
  bool value(const Json& desired, const FlatNode& live, const FlatNode* ours) {
    if (way_.size() > 100) return false;
    if (desired.is_object()) return live.type == Type::object && object(desired, live, ours);
    if (desired.is_array()) return live.type == Type::array && list(desired, live, ours);
    if (desired.is_string() && live.type == Type::string && same_text(live.text, desired.get_ref<const std::string&>()))
      return true;
    if (live.type == Type::object || live.type == Type::array) return false;
    return same_plain_value(desired, value_of(live), desired == value_of(live) ? nullptr : place());
  }

  /// What the schema says of where the walk is; looked up only where it matters.
  const FieldSchema* place() const {
    const FieldSchema* at = &schema_;
    for (const std::string* step : way_) at = step == nullptr ? schema_element(at) : schema_member(at, *step);
    return at;
  }

  bool object(const Json& desired, const FlatNode& live, const FlatNode* ours) {
    // Owned without members, it is one value, or nothing of it was asked for.
    const bool leaf = ours != nullptr && ours->size == 0;
    const bool by_field = leaf && live.size > 0 && is_merged_by_field();
    const bool outside = std::exchange(in_atomic_, in_atomic_ || (leaf && !by_field));
    const std::optional<std::size_t> matched = members(desired, live, ours, leaf);
    in_atomic_ = outside;
    if (!matched) return false;
    if (ours == nullptr) return *matched == live.size;
    if (!leaf) return all_wanted(desired, *ours);
    return *matched == live.size || by_field || only_defaults_more(desired, live);
  }

  /// How many members are the same; nothing when one is not.
  std::optional<std::size_t> members(const Json& desired, const FlatNode& live, const FlatNode* ours, bool leaf) {
    const FlatNode* found = nullptr;
    const FlatNode* owned = nullptr;
    std::size_t matched = 0;
    for (const auto& [name, wanted] : desired.items()) {
      if (wanted.is_null()) return std::nullopt;
      const FlatNode* below = leaf ? ours : nullptr;
      if (ours != nullptr && !leaf) {
        below = owned_member(*ours, name, owned);
        if (below != nullptr) owned = below;
      }
      const FlatNode* member = live_.member(live, name, found);
      if (member == nullptr) {
        // Ours and not there: the server has dropped it because it is empty.
        if (leaf || below == nullptr || !is_zero_value(wanted)) return std::nullopt;
        continue;
      }
      found = member;
      ++matched;
      way_.push_back(&name);
      const bool same = value(wanted, *member, below);
      way_.pop_back();
      if (!same) return std::nullopt;
    }
    return matched;
  }

  bool is_merged_by_field() const {
    const FieldSchema* at = place();
    if (in_atomic_ || at == nullptr || at->atomic) return false;
    return at->shape == FieldSchema::Shape::object || at->shape == FieldSchema::Shape::map;
  }

  const FlatNode* owned_member(const FlatNode& ours, std::string_view name, const FlatNode* after) const {
    const auto is_it = [&](const FlatNode& node) {
      return node.key.starts_with("f:") && same_text(node.key.substr(2), name);
    };
    if (after != nullptr) {
      for (const FlatNode* node = live_.next(*after); node != nullptr; node = live_.next(*node)) {
        if (is_it(*node)) return node;
      }
    }
    for (const FlatNode* node = live_.first(ours); node != nullptr; node = live_.next(*node)) {
      if (is_it(*node)) return node;
    }
    return nullptr;
  }

  /// Whether everything that live has beyond desired is what the server fills in.
  bool only_defaults_more(const Json& desired, const FlatNode& live) const {
    const FieldSchema* at = place();
    for (const FlatNode* node = live_.first(live); node != nullptr; node = live_.next(*node)) {
      const std::string name = unescaped(node->key);
      if (desired.contains(name)) continue;
      const bool nested = node->type == Type::object || node->type == Type::array;
      if (nested || !is_known_default(at, name, value_of(*node))) return false;
    }
    return true;
  }

  /// Whether we own no member that is not desired.
  bool all_wanted(const Json& desired, const FlatNode& ours) const {
    for (const FlatNode* node = live_.first(ours); node != nullptr; node = live_.next(*node)) {
      if (node->key == ".") continue;
      if (!node->key.starts_with("f:")) return false;
      const auto wanted = desired.find(unescaped(node->key.substr(2)));
      if (wanted == desired.end() || wanted->is_null()) return false;
    }
    return true;
  }

  bool list(const Json& desired, const FlatNode& live, const FlatNode* ours) {
    if (desired.size() != live.size) return false;
    if (ours == nullptr) return false;
    const bool whole = ours->size == 0;
    if (!whole && !one_owned_for_each(desired, *ours)) return false;
    const FlatNode* element = live_.first(live);
    const bool outside = in_atomic_;
    in_atomic_ = in_atomic_ || whole;
    way_.push_back(nullptr);
    bool same = true;
    for (const Json& wanted : desired) {
      const FlatNode* below = whole ? ours : owned_element(*ours, *element, wanted);
      same = below != nullptr && value(wanted, *element, below);
      if (!same) break;
      element = live_.next(*element);
    }
    way_.pop_back();
    in_atomic_ = outside;
    return same;
  }

  bool one_owned_for_each(const Json& desired, const FlatNode& ours) const {
    std::size_t owned = 0;
    for (const FlatNode* node = live_.first(ours); node != nullptr; node = live_.next(*node)) {
      if (node->key == ".") continue;
      if (!node->key.starts_with("k:")) return false;
      ++owned;
    }
    return owned == desired.size();
  }

  /// What we own of an associative list's element: the entry whose key fields it has.
  const FlatNode* owned_element(const FlatNode& ours, const FlatNode& element, const Json& wanted) const {
    for (const FlatNode* node = live_.first(ours); node != nullptr; node = live_.next(*node)) {
      if (!node->key.starts_with("k:")) continue;
      const std::string text = unescaped(node->key.substr(2));
      const auto key = FlatJson::parse(text);
      if (!key || key->root().type != Type::object) return nullptr;
      bool same = true;
      for (const FlatNode* field = key->first(key->root()); field != nullptr && same; field = key->next(*field)) {
        const FlatNode* member = live_.member(element, field->key);
        same = member != nullptr && member->type == field->type && member->text == field->text;
        // What fills in a key that the manifest leaves out, only the schema says.
        if (same && !wanted.contains(field->key) && place() == nullptr) return nullptr;
      }
      if (same) return node;
    }
    return nullptr;
  }

  const FlatJson& live_;
  const FieldSchema& schema_;
  std::vector<const std::string*> way_{};  ///< member names; null: into a list
  bool in_atomic_ = false;                 ///< inside a list that is one value
};

/// The fields of our entry in managedFields; null when there is none, or none in that version.
const FlatNode* our_fields(const FlatJson& live, const std::string& api_version) {
  const FlatNode* entries = live.at({"metadata", "managedFields"});
  if (entries == nullptr || entries->type != Type::array) return nullptr;
  for (const FlatNode* entry = live.first(*entries); entry != nullptr; entry = live.next(*entry)) {
    const FlatNode* manager = live.member(*entry, "manager");
    const FlatNode* operation = live.member(*entry, "operation");
    if (manager == nullptr || manager->text != field_manager || operation == nullptr || operation->text != "Apply")
      continue;
    if (live.member(*entry, "subresource") != nullptr) continue;
    const FlatNode* version = live.member(*entry, "apiVersion");
    if (version == nullptr || version->text != api_version) return nullptr;
    return live.member(*entry, "fieldsV1");
  }
  return nullptr;
}

}  // namespace

bool surely_equal(const Resource& desired, const FlatJson& live, const ApplySet& set) {
  if (!desired.spec.is_object() || live.root().type != Type::object) return false;
  // What is sent is not what is written there (applyset.h), or is not looked at like other kinds.
  if (desired.id.kind == "Namespace" || desired.spec.contains("aggregationRule")) return false;
  if (live.text_at({"metadata", "labels", part_of_label}) != set.id()) return false;
  if (live.at({"metadata", "deletionTimestamp"}) != nullptr) return false;
  if (live.at({"metadata", "ownerReferences"}) != nullptr) return false;  // perhaps Cloudflow 2's, which is to go
  const std::string api_version = string_at(desired.spec, {"apiVersion"});
  const FlatNode* ours = our_fields(live, api_version);
  if (ours == nullptr || ours->size == 0) return false;
  // Perhaps nothing but our mark, beside what others applied (owned_fields.h).
  if (ours->size == 1 && live.first(*ours)->key == "f:metadata") return false;
  const bool secret = desired.id.kind == "Secret";
  Resource part{.id = desired.id, .secrets = desired.secrets};
  if (secret) {
    part.spec = desired.spec;
  } else {
    // Only the metadata differ from what is desired; the rest is looked at where it is.
    part.spec["metadata"] = desired.spec.value("metadata", Json::object());
  }
  Json body = applied_body(part, set);
  body.erase("apiVersion");
  body.erase("kind");
  body["metadata"].erase("name");
  body["metadata"].erase("namespace");
  QuickWalk walk(live, schema_of(api_version, string_at(desired.spec, {"kind"})));
  constexpr std::array<std::string_view, 4> not_here = {"apiVersion", "kind", "metadata", "status"};
  const auto is_elsewhere = [&](std::string_view name) { return std::ranges::find(not_here, name) != not_here.end(); };
  const auto whole = [&](std::string_view name) -> const Json* {
    if (const auto own = body.find(name); own != body.end()) return &*own;
    if (secret || is_elsewhere(name)) return nullptr;
    const auto given = desired.spec.find(name);
    return given == desired.spec.end() ? nullptr : &*given;
  };
  std::vector<std::string> names = {"metadata"};
  const Json& content = secret ? body : desired.spec;
  for (const auto& [name, value] : content.items()) {
    if (!is_elsewhere(name)) names.push_back(name);
  }
  for (const FlatNode* node = live.first(*ours); node != nullptr; node = live.next(*node)) {
    if (!node->key.starts_with("f:")) return false;
    const Json* wanted = whole(node->key.substr(2));
    if (wanted == nullptr || wanted->is_null()) return false;
  }
  for (const std::string& name : names) {
    const Json* wanted = whole(name);
    if (wanted == nullptr) continue;
    if (wanted->is_null()) return false;
    const FlatNode* member = live.member(live.root(), name);
    const FlatNode* owned = live.member(*ours, "f:" + name);
    if (member == nullptr) {
      if (owned == nullptr || !is_zero_value(*wanted)) return false;
      continue;
    }
    if (!walk.in(name, *wanted, *member, owned)) return false;
  }
  return true;
}

}  // namespace cloudflow
