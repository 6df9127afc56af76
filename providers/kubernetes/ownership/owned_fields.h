// Who owns which field of a live object, read from its managedFields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/json.h"

namespace cloudflow {

/// The field manager under which everything is applied.
inline constexpr std::string_view field_manager = "cloudflow";

/// Where kubectl apply keeps what it applied last.
inline constexpr std::string_view last_applied_annotation = "kubectl.kubernetes.io/last-applied-configuration";

/// One entry of metadata.managedFields.
struct FieldOwner {
  std::string manager{};
  std::string since{};        ///< when it last changed its fields, RFC 3339; may be empty
  std::string api_version{};  ///< in which its fields are named
  bool ours = false;          ///< our manager, by server-side apply
  /// Somebody's kubectl, or what restored the object from a copy of ours: it applied or made the object once and does
  /// not watch over it. What leaves the source is not kept for its sake.
  bool gives_way = false;
  /// Ours, and nothing but our mark in an object that others made: adopted by name, and not applied yet.
  bool only_mark = false;
  bool client_side = false;      ///< kubectl apply without --server-side: it owns the annotation of what it applied
  const Json* fields = nullptr;  ///< fieldsV1; lives as long as the object it was read from
};

/// The owners of a live object's fields; status entries are left out.
std::vector<FieldOwner> field_owners(const Json& live);

/// Whether applying `body` would make more of a live object ours than our mark,
/// which is all that we have in it.
bool only_marks(const std::vector<FieldOwner>& owners, const Json& body);

/// Who keeps what a manifest asks for, whatever leaves the source: the other owners of any of its fields that do not
/// give way, sorted.
std::vector<std::string> keepers(const std::vector<FieldOwner>& owners, const Json& body);

/// Where every owner's tree of fields stands at one path. A value: stepping makes another one.
class OwnedFields {
 public:
  /// At the root of the object. `owners` must outlive it and everything stepped from it.
  explicit OwnedFields(const std::vector<FieldOwner>& owners);

  /// Below an object's member, a keyed list's element ("k:{…}") or a set's value ("v:…").
  OwnedFields member(std::string_view name) const { return step("f:" + std::string(name)); }
  OwnedFields step(const std::string& key) const;

  /// There is an entry of ours with more than our mark: we have applied something before.
  bool has_ours() const { return ours_ >= 0 && !(*owners_)[static_cast<std::size_t>(ours_)].only_mark; }
  bool owned_by_us() const { return our_tree() != nullptr; }
  bool owned_by_others() const;
  /// The newest of the others that own this path; null when there is none.
  const FieldOwner* newest_other() const;
  /// Our fields below this path; null when we own nothing here.
  const Json* our_tree() const { return tree(ours_); }
  /// What is removed where the manifest does not have it: our fields; of an object of which we have applied nothing
  /// yet, those that were applied by the client side of kubectl.
  const Json* leaving_tree() const { return has_ours() ? our_tree() : tree(former_); }
  /// Somebody else than we owns this path and keeps it, whatever leaves the source.
  bool kept_by_others() const;
  /// Somebody else owns something below this path that is not among what leaves with the source.
  bool others_have_more() const;
  /// Some owner has a part of this path and not all of it.
  bool is_divided() const;
  /// The key fields of an associative list, as its owners write them; empty where it is none.
  std::vector<std::string> key_fields() const;
  /// The list is a set of plain values.
  bool is_set() const;

 private:
  OwnedFields() = default;
  const Json* tree(int owner) const { return owner < 0 ? nullptr : at_[static_cast<std::size_t>(owner)]; }
  const std::vector<FieldOwner>* owners_ = nullptr;
  std::vector<const Json*> at_{};
  int ours_ = -1;
  int former_ = -1;
};

}  // namespace cloudflow
