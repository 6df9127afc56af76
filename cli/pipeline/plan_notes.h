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

/// Takes out of the plan the creation of Jobs that have run and removed themselves, or are about to, and says so.
void leave_finished_jobs(std::span<const Resource> desired, const Inventory& record, Plan& plan);

/// Says what is wrong with the record, where `search` had to look for what it does not name, or where it lacks kinds.
void note_record(std::span<const Resource> desired, const Inventory& record, const RecordSearch& search,
                 const ClusterIds& cluster_ids, Plan& plan);

/// Says that a destroy was begun and did not end, where a plan would go the other way.
void note_destroy(const Inventory& record, Plan& plan);

/// Says where the same application reads the same topics by the same groups from another namespace; these are only
/// asked for (`elsewhere`) where there is something that could be shared.
void note_shared_groups(std::span<const Resource> desired, const Application& application,
                        const std::function<Result<std::vector<OtherDeployment>>()>& elsewhere, Plan& plan);

}  // namespace cloudflow
