// Fields inside our objects that belong to others.
#pragma once

#include <string>
#include <vector>

#include "cloudflow/change.h"
#include "providers/kubernetes/ownership/owned_fields.h"

namespace cloudflow {

/// The paths that other managers own and we do not, one entry for each manager, sorted. Without what Kubernetes itself
/// keeps there, without `shown` (paths that are said already), and without those that only repeat our own.
std::vector<OtherFields> fields_of_others(const std::vector<FieldOwner>& owners, const std::vector<std::string>& shown);

}  // namespace cloudflow
