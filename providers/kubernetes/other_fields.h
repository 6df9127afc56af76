// Fields inside our objects that belong to others.
#pragma once

#include <string>
#include <vector>

#include "providers/kubernetes/owned_fields.h"

namespace cloudflow {

/// The paths that other managers own and we do not, one entry for each manager: "hpa-controller: spec.replicas,
/// metadata.labels.team". Without what Kubernetes itself keeps there, without `shown` (paths that are said already),
/// and without those that only repeat our own.
std::vector<std::string> fields_of_others(const std::vector<FieldOwner>& owners, const std::vector<std::string>& shown);

}  // namespace cloudflow
