// Taking over what Cloudflow 2 made, without restarting pods and without leaving a tie to it.
#pragma once

#include <optional>
#include <string>

#include "cloudflow/change.h"

namespace cloudflow {

/// The name of the CloudflowApplication that owns a live object; nothing when none does.
std::optional<std::string> cloudflow2_owner(const Json& live);

/// The field of a change that drops that owner: deleting the CloudflowApplication then cannot collect the object.
FieldChange dropped_owner(const Json& live);
/// Whether a change drops it.
bool drops_owner(const Change& change);
bool drops_owner(const FieldChange& field);

/// A merge patch, with the resource version as its precondition, that takes a live object's reference to its
/// CloudflowApplication away, and Cloudflow 2's field managers: of fields that they own as well as we do nothing would
/// ever be removed again. Null when there is no such reference.
Json release_patch(const Json& live);

/// Moves the digest of what a streamlet reads from the pod template to the workload itself. Pods that run with exactly
/// that configuration are then left as they are.
void keep_pods(Json& workload);
/// The manifest to hold against the live workload (null when there is none) instead of the desired one, when they do
/// not agree on where the digest is: pods taken over that read what is desired are kept, and no others. Nothing
/// otherwise.
std::optional<Json> with_settled_pods(const Json& desired, const Json* live);

}  // namespace cloudflow
