// That everything exists which pods cannot start without, and which the application does not make.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "cloudflow/provider.h"
#include "planner/plan/plan.h"

namespace cloudflow {

/// Whether each of them is there; an error where that could not be asked.
using PodReadsFound = std::map<ResourceId, Result<Readiness::State>>;

/// Asks for everything that pods of `desired` read and `desired` does not hold. What may not be looked at is taken for
/// there, as nothing can be said of it.
PodReadsFound look_at_pod_reads(std::span<const Resource> desired, Provider& kubernetes, const std::stop_token& stop);

/// What is missing.
struct PodReadCheck {
  std::vector<Note> notes{};
  Diagnostics problems{};
};

/// A missing object of pods that are about to start is an error; of pods that run, or where somebody else may still
/// make it (`others_make`), a note. Fails with the error of the first that could not be asked for.
Result<PodReadCheck> check_pod_reads(std::span<const Resource> desired, const PodReadsFound& found, bool others_make,
                                     std::span<const Change> changes);

}  // namespace cloudflow
