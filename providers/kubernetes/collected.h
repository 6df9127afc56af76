// What the server's garbage collector takes with objects that go.
#pragma once

#include <span>
#include <stop_token>

#include "cloudflow/change.h"
#include "cloudflow/result.h"
#include "providers/kubernetes/provider_state.h"

namespace cloudflow {

/// Adds to each change that removes or replaces an object what has that object as owner, for it goes as well. Asks the
/// server only where there is such a change, once for each kind and namespace. What may not be looked at is a note.
Result<void> say_collected(ProviderState& state, std::span<Change> changes, const std::stop_token& stop);

}  // namespace cloudflow
