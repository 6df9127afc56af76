// What has to be stopped before the pods of a workload may change, and what a plan says of it.
#pragma once

#include <span>

#include "cloudflow/change.h"
#include "providers/kubernetes/difference.h"
#include "providers/kubernetes/provider_state.h"

namespace cloudflow {

/// Stops what runs in the workload when this change restarts or removes its pods and the workload asks for it by its
/// annotation cloudflow/stop-with (templates/README.md). Does nothing for all others.
Result<void> stop_before(ProviderState& state, const Change& change, const ApiPath& path, const std::stop_token& stop);

/// Adds to a change that restarts or removes pods what is stopped, and raises its risk when state is given up.
void note_stop(Change& change, std::span<const Difference> found, const Json* desired, const Json* live);

/// Takes back what note_stop said, of a change that turned out to leave its pods alone.
void forget_stop(Change& change);

}  // namespace cloudflow
