// Who owns which field of a live object, read from its managedFields.
#include "providers/kubernetes/ownership/owned_fields.h"

#include <algorithm>
#include <set>

#include "providers/kubernetes/ownership/applyset.h"

namespace cloudflow {
namespace {

bool is_kubectl(std::string_view manager) { return manager.starts_with("kubectl") || manager == "before-first-apply"; }

/// Whether somebody else wrote our mark: only a copy of what we had made brings it, as a restored backup does.
bool has_our_mark(std::string_view manager, const Json& fields) {
  return manager != field_manager &&
         find(fields, {"f:metadata", "f:labels", "f:" + std::string(part_of_label)}) != nullptr;
}

/// Nobody becomes the owner of anything by it.
bool holds_nothing(const Json& value) {
  return value.is_null() || (value.is_object() && std::ranges::all_of(value, holds_nothing));
}

/// Whether the tree has nothing but our label and our list of secret values.
bool is_only_mark(const Json& fields) {
  for (const auto& [step, below] : fields.items()) {
    if (step != "f:metadata") return false;
    for (const auto& [part, names] : below.items()) {
      if (part != "f:labels" && part != "f:annotations") return false;
      for (const auto& [name, leaf] : names.items()) {
        if (name != "." && name != "f:" + std::string(part_of_label) &&
            name != "f:" + std::string(secret_values_annotation))
          return false;
      }
    }
  }
  return true;
}

/// Whether anything that a manifest has is among the fields. Lists are not looked into.
bool owns_part_of(const Json& fields, const Json& body) {
  if (fields.empty()) return true;
  for (const auto& [name, value] : body.items()) {
    const auto below = fields.find("f:" + name);
    if (below == fields.end()) continue;
    if (!value.is_object() || owns_part_of(*below, value)) return true;
  }
  return false;
}

/// Whether a tree of fields has any that another one lacks. What is owned as a whole has all below it.
bool has_more(const Json& fields, const Json& others) {
  if (others.empty()) return false;
  for (const auto& [name, below] : fields.items()) {
    if (name == ".") continue;
    const auto same = others.find(name);
    if (same == others.end() || has_more(below, *same)) return true;
  }
  return false;
}

/// Whether others made the object, and we came later. Times are whole seconds: in doubt it is theirs.
bool was_there_before(const FieldOwner& ours, const std::vector<FieldOwner>& owners, const std::string& created) {
  bool has_others = false;
  bool is_theirs = ours.since != created;
  for (const FieldOwner& owner : owners) {
    if (owner.manager == field_manager) continue;
    has_others = true;
    is_theirs = is_theirs || owner.since == created;
  }
  return has_others && is_theirs;
}

}  // namespace

std::vector<FieldOwner> field_owners(const Json& live) {
  std::vector<FieldOwner> owners;
  const Json* entries = find(live, {"metadata", "managedFields"});
  if (entries == nullptr || !entries->is_array()) return owners;
  for (const Json& entry : *entries) {
    const Json* fields = find(entry, {"fieldsV1"});
    if (fields == nullptr || !fields->is_object() || string_at(entry, {"subresource"}) == "status") continue;
    const std::string manager = string_at(entry, {"manager"});
    const bool applies = string_at(entry, {"operation"}) == "Apply";
    const bool client_side = !applies && find(*fields, {"f:metadata", "f:annotations",
                                                        "f:" + std::string(last_applied_annotation)}) != nullptr;
    const std::string part = string_at(entry, {"subresource"});
    const bool gives_way = client_side || is_kubectl(manager) || (!applies && has_our_mark(manager, *fields));
    owners.push_back({.manager = manager,
                      .since = string_at(entry, {"time"}),
                      .api_version = string_at(entry, {"apiVersion"}),
                      .ours = manager == field_manager && applies && part.empty(),
                      .gives_way = part.empty() && gives_way,
                      .client_side = client_side,
                      .fields = fields});
  }
  const std::string created = string_at(live, {"metadata", "creationTimestamp"});
  for (FieldOwner& owner : owners)
    owner.only_mark = owner.ours && is_only_mark(*owner.fields) && was_there_before(owner, owners, created);
  return owners;
}

bool only_marks(const std::vector<FieldOwner>& owners, const Json& body) {
  if (std::ranges::none_of(owners, &FieldOwner::only_mark)) return false;
  Json fields = Json::object();  // of what is applied, as far down as a mark may be
  for (const auto& [name, value] : body.items()) {
    if (name == "apiVersion" || name == "kind" || holds_nothing(value)) continue;
    Json& below = fields["f:" + name] = Json::object();
    if (name != "metadata") continue;
    for (const auto& [part, names] : value.items()) {
      if (part == "name" || part == "namespace" || holds_nothing(names)) continue;
      Json& marks = below["f:" + part] = Json::object();
      if (!names.is_object()) continue;
      for (const auto& [one, text] : names.items()) {
        if (!text.is_null()) marks["f:" + one] = Json::object();
      }
    }
  }
  return !is_only_mark(fields);
}

std::vector<std::string> keepers(const std::vector<FieldOwner>& owners, const Json& body) {
  std::set<std::string> out;
  for (const FieldOwner& owner : owners) {
    const bool gives = owner.manager == field_manager || owner.gives_way;
    if (!gives && owns_part_of(*owner.fields, body)) out.insert(owner.manager);
  }
  return {out.begin(), out.end()};
}

OwnedFields::OwnedFields(const std::vector<FieldOwner>& owners) : owners_(&owners) {
  for (std::size_t i = 0; i < owners.size(); ++i) {
    at_.push_back(owners[i].fields);
    if (owners[i].ours) ours_ = static_cast<int>(i);
    if (owners[i].client_side) former_ = static_cast<int>(i);
  }
}

OwnedFields OwnedFields::step(const std::string& key) const {
  OwnedFields next;
  next.owners_ = owners_;
  next.ours_ = ours_;
  next.former_ = former_;
  next.at_.reserve(at_.size());
  for (const Json* tree : at_) {
    const Json* below = nullptr;
    if (tree != nullptr && tree->is_object()) {
      if (tree->empty()) {
        below = tree;  // owned as a whole, so is everything in it
      } else if (const auto found = tree->find(key); found != tree->end()) {
        below = &*found;
      }
    }
    next.at_.push_back(below);
  }
  return next;
}

bool OwnedFields::owned_by_others() const { return newest_other() != nullptr; }

const FieldOwner* OwnedFields::newest_other() const {
  const FieldOwner* newest = nullptr;
  for (std::size_t i = 0; i < at_.size(); ++i) {
    const FieldOwner& owner = (*owners_)[i];
    if (at_[i] == nullptr || owner.ours) continue;
    if (newest == nullptr || owner.since > newest->since) newest = &owner;
  }
  return newest;
}

bool OwnedFields::kept_by_others() const {
  for (std::size_t i = 0; i < at_.size(); ++i) {
    const FieldOwner& owner = (*owners_)[i];
    if (at_[i] != nullptr && !owner.ours && !owner.gives_way) return true;
  }
  return false;
}

bool OwnedFields::others_have_more() const {
  const Json* leaving = leaving_tree();
  for (std::size_t i = 0; i < at_.size(); ++i) {
    if (at_[i] != nullptr && at_[i] != leaving && leaving != nullptr && has_more(*at_[i], *leaving)) return true;
  }
  return false;
}

bool OwnedFields::is_divided() const {
  return std::ranges::any_of(at_, [](const Json* tree) { return tree != nullptr && !tree->empty(); });
}

std::vector<std::string> OwnedFields::key_fields() const {
  for (const Json* tree : at_) {
    if (tree == nullptr || !tree->is_object()) continue;
    for (const auto& [name, below] : tree->items()) {
      if (!name.starts_with("k:")) continue;
      const Json key = Json::parse(name.begin() + 2, name.end(), nullptr, false);
      if (!key.is_object()) continue;
      std::vector<std::string> fields;
      for (const auto& [field, value] : key.items()) fields.push_back(field);
      return fields;
    }
  }
  return {};
}

bool OwnedFields::is_set() const {
  for (const Json* tree : at_) {
    if (tree == nullptr || !tree->is_object()) continue;
    for (const auto& [name, below] : tree->items()) {
      if (name.starts_with("v:")) return true;
    }
  }
  return false;
}

}  // namespace cloudflow
