// What has to be stopped before the pods of a workload may change.
#pragma once

#include "cloudflow/change.h"
#include "providers/kubernetes/provider_state.h"

namespace cloudflow {

/// Stops what runs in the workload when this change restarts or removes its pods and the workload asks for it by its
/// annotation cloudflow/stop-with (templates/README.md). Does nothing for all others.
Result<void> stop_before(ProviderState& state, const Change& change, const ApiPath& path, const std::stop_token& stop);

}  // namespace cloudflow
