// Defaults of the server that exclude what is asked for now.
#pragma once

#include <optional>

#include "providers/kubernetes/api_client.h"

namespace cloudflow {

/// Whether an apply was refused because the object has something that may not stand beside what is asked for: a 422
/// whose every cause forbids a field.
bool is_default_in_the_way(const ApiError& error);

/// A merge patch that changes the strategy of a workload to what the manifest asks for and clears `rollingUpdate`,
/// which the server filled in for the present one. An apply cannot do that: a null in it is not taken for a removal
/// here. Nothing when that is not in the way.
std::optional<Json> strategy_patch(const Json& body, const Json& live, const ApiError& refused);

/// The manifest with a null for the emptyDir of volumes that get a source: a volume without one is an emptyDir. What is
/// applied owns these nulls until the manifest itself is applied. Nothing when there is no such volume.
std::optional<Json> without_default_volumes(const Json& body, const Json& live);

/// The managers of a live object without the entry that the patch has left; nothing when there is none.
std::optional<Json> managers_without_patch(const Json& live);

}  // namespace cloudflow
