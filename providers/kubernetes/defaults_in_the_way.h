// Defaults of the server that exclude what is asked for now.
#pragma once

#include <optional>

#include "providers/kubernetes/api_client.h"

namespace cloudflow {

/// Whether an apply was refused because the object has something that may not stand beside what is asked for: a 422
/// whose every cause forbids a field.
bool is_default_in_the_way(const ApiError& error);

/// The manifest that also clears what the server once filled in and nobody asked for: `rollingUpdate` of a strategy
/// that is another now, the emptyDir of a volume that gets a source. Nothing when there is no such thing.
std::optional<Json> without_defaults_in_the_way(const Json& body, const Json& live);

}  // namespace cloudflow
