// What a plan says of what is stopped or removed together with the pods of a workload.
#pragma once

#include <span>

#include "cloudflow/change.h"
#include "providers/kubernetes/diff/difference.h"

namespace cloudflow {

/// Adds to a change that restarts or removes pods what is stopped, and raises its risk when state is given up.
void note_stop(Change& change, std::span<const Difference> found, const Json* desired, const Json* live);

/// Takes back what note_stop said, of a change that turned out to leave its pods alone.
void forget_stop(Change& change);

/// Says in a change that removes a workload what of its pods' own objects goes with it.
void note_created_by_pods(Change& change, const Json* live);

}  // namespace cloudflow
