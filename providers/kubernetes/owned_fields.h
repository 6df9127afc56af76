// Who owns which field of a live object, read from its managedFields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"

namespace cloudflow {

/// The field manager under which everything is applied.
inline constexpr std::string_view field_manager = "cloudflow";

/// One entry of metadata.managedFields.
struct FieldOwner {
  std::string manager{};
  std::string since{};           ///< when it last changed its fields, RFC 3339; may be empty
  bool ours = false;             ///< our manager, by server-side apply
  const Json* fields = nullptr;  ///< fieldsV1; lives as long as the object it was read from
};

/// The owners of a live object's fields; status entries are left out.
std::vector<FieldOwner> field_owners(const Json& live);

/// Where every owner's tree of fields stands at one path. A value: stepping makes another one.
class OwnedFields {
 public:
  /// At the root of the object. `owners` must outlive it and everything stepped from it.
  explicit OwnedFields(const std::vector<FieldOwner>& owners);

  /// Below an object's member, a keyed list's element ("k:{…}") or a set's value ("v:…").
  OwnedFields member(std::string_view name) const { return step("f:" + std::string(name)); }
  OwnedFields step(const std::string& key) const;

  bool has_ours() const { return ours_ >= 0; }  ///< there is an entry of ours at all
  bool owned_by_us() const { return our_tree() != nullptr; }
  bool owned_by_others() const;
  /// The newest of the others that own this path; null when there is none.
  const FieldOwner* newest_other() const;
  /// Our fields below this path; null when we own nothing here.
  const Json* our_tree() const { return ours_ < 0 ? nullptr : at_[static_cast<std::size_t>(ours_)]; }
  /// Some owner has this path as one indivisible value.
  bool indivisible() const;
  /// The key fields of an associative list, as its owners write them; empty where it is none.
  std::vector<std::string> key_fields() const;
  /// The list is a set of plain values.
  bool is_set() const;

 private:
  OwnedFields() = default;
  const std::vector<FieldOwner>* owners_ = nullptr;
  std::vector<const Json*> at_{};
  int ours_ = -1;
};

}  // namespace cloudflow
