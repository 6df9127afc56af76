// Who owns an object: the labels of an ApplySet and its parent, the ConfigMap that holds the inventory.
#pragma once

#include <string>

#include "cloudflow/resource.h"

namespace cloudflow {

inline constexpr std::string_view part_of_label = "applyset.kubernetes.io/part-of";
/// Of the object that stands for a set: the record.
inline constexpr const char* set_label = "applyset.kubernetes.io/id";
inline constexpr std::string_view secret_values_annotation = "cloudflow/secret-values";

/// The owner of what one application makes in one namespace.
struct ApplySet {
  std::string application{};
  std::string ns{};       ///< namespace of the parent
  std::string version{};  ///< of this program
  bool adopt = false;     ///< what Cloudflow 2 made for this application is taken over

  std::string parent() const { return "cloudflow-" + application; }
  /// "applyset-<base64url(sha256(name.namespace.kind.group))>-v1"
  std::string id() const;
};

/// The manifest as it is applied: with the ownership label and, on Secrets, the list of the values that are secret;
/// stringData as data; without status, nulls, what the server sets and what the control plane fills in. Namespaces get
/// no label: they are shared.
Json applied_body(const Resource& desired, const ApplySet& set);

/// The parent object for an inventory, complete.
Json parent_body(const Inventory& inventory, const ApplySet& set);
/// The inventory in a parent object; unsupported when another tool owns it or a newer version wrote it.
/// Names that no topic can have are left out, and make it `edited`.
Result<Inventory> read_parent(const Json& parent, const ApplySet& set, bool* edited = nullptr);

/// The application that owns a live object by its labels; "" when they name none.
std::string owner_by_labels(const Json& live);

}  // namespace cloudflow
