// What the pods of a workload have made for themselves and nobody owns: removed with the workload.
#pragma once

#include "cloudflow/change.h"
#include "providers/kubernetes/api/api_client.h"

namespace cloudflow {

/// Before a workload is removed: where its annotation cloudflow/creates (templates/README.md) names what its pods make,
/// lets the pods end and removes that. The workload goes last, so that a call which was cut short is made again.
/// What an application owns, and records of applications, were not made by pods: they stay, and all that comes after
/// them. Fails when its pods do not end within the deadline. Does nothing for all other changes.
Result<void> remove_created_by_pods(ApiClient& client, Clock& clock, std::chrono::milliseconds deadline,
                                    const Change& change, const ApiPath& path, const std::stop_token& stop);

}  // namespace cloudflow
