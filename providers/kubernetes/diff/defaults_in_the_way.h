// Defaults of the server that exclude what is asked for now.
#pragma once

#include <optional>

#include "providers/kubernetes/api/api_client.h"

namespace cloudflow {

/// Whether an apply was refused because the object has something that may not stand beside what is asked for: a 422
/// whose every cause forbids a field.
bool is_default_in_the_way(const ApiError& error);

/// A merge patch that changes the strategy of a workload to what the manifest asks for and clears `rollingUpdate`,
/// which the server filled in for the present one: to try what applying the manifest would make of it. Nothing when
/// that is not in the way.
std::optional<Json> strategy_patch(const Json& body, const Json& live, const ApiError& refused);

/// The manifest with a null for the emptyDir of volumes that get a source, as a volume without one is an emptyDir: to
/// try the same. Nothing when there is no such volume.
std::optional<Json> without_default_volumes(const Json& body, const Json& live);

/// A merge patch of managedFields alone that makes those defaults ours: applying the manifest then removes them, as it
/// does with all that is ours and not asked for any more. It changes nothing but who owns them, so whoever is cut short
/// after it goes on with the next plan. Nothing when none is in the way.
std::optional<Json> claim_defaults(const Json& body, const Json& live, const ApiError& refused);

}  // namespace cloudflow
