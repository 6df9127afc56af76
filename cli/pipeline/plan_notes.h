// What a reader of a plan should know beside its changes: of the record, of Jobs, of an earlier destroy, of readers
// that are shared with another namespace.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cli/pipeline/shared_topics.h"
#include "planner/application/application.h"
#include "planner/plan/plan.h"
#include "providers/kubernetes/kubernetes_provider.h"

namespace cloudflow {

/// The creation of Jobs that have run and removed themselves, or are about to.
LeftOut finished_jobs(std::span<const Resource> desired, const Inventory& record, std::span<const Change> changes);

/// What is wrong with the record, where `search` had to look for what it does not name, or where it lacks kinds.
std::vector<Note> notes_of_record(std::span<const Resource> desired, const Inventory& record,
                                  const RecordSearch& search, const ClusterIds& cluster_ids, const Plan& plan);

/// That a destroy was begun and did not end, where a plan goes the other way.
std::vector<Note> notes_of_destroy(const Inventory& record);

/// Where the same application reads the same topics by the same groups from another namespace; these are only asked
/// for (`elsewhere`) where there is something that could be shared.
std::vector<Note> notes_of_shared_groups(std::span<const Resource> desired, const Application& application,
                                         const std::function<Result<std::vector<OtherDeployment>>()>& elsewhere);

}  // namespace cloudflow
