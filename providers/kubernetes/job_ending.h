// How a Job ended that has removed itself (ttlSecondsAfterFinished): nothing but its events tells.
#pragma once

#include <chrono>
#include <span>
#include <stop_token>
#include <string>

#include "cloudflow/json.h"
#include "cloudflow/provider.h"
#include "providers/kubernetes/api/api_client.h"

namespace cloudflow {

/// For so long after a Job is gone its last event is waited for: it is written beside the removal.
inline constexpr std::chrono::seconds ending_patience{5};

/// Ready when it completed, failed with the reason when it did not, and waiting, later failed, where no event of the
/// Job with this uid says which; `gone_for`: how long it has been known to be gone.
Readiness job_ending(std::span<const Json> events, const std::string& uid, std::chrono::milliseconds gone_for);

/// The same of a Job in the cluster. Events that may not be read say nothing, and the answer says so.
Result<Readiness> job_ending(ApiClient& client, const ResourceId& job, const std::string& uid,
                             std::chrono::milliseconds gone_for, const std::stop_token& stop);

}  // namespace cloudflow
