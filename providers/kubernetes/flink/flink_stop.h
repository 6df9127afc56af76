// Stopping a Flink job so that its next start goes on where it was.
#pragma once

#include <optional>
#include <string>

#include "providers/kubernetes/api/api_client.h"

namespace cloudflow {

/// How a job is stopped.
enum class FlinkStop {
  savepoint,   ///< with a savepoint, from which the next start goes on
  checkpoint,  ///< cancelled; the next start goes on from the last checkpoint
  nothing,     ///< cancelled; the next start begins with nothing
};

/// Where a job is asked and remembered; from the annotations of a workload (templates/README.md).
struct FlinkJobAddress {
  std::string ns{};
  std::string service{};     ///< "NAME:PORT" of the REST API
  std::string cluster{};     ///< Flink's cluster id: its high availability's ConfigMaps are labelled with it
  std::string savepoints{};  ///< directory
  std::string journal{};     ///< name of the ConfigMap
};

/// Nothing when the workload does not ask to be stopped.
std::optional<FlinkStop> flink_stop_of(const Json& workload);
FlinkJobAddress flink_job_address(const Json& workload, const std::string& ns);

/// Stops whatever job runs there and writes into the journal what the next start continues from. Does nothing when no
/// job runs and none is recorded, and goes on where an interrupted call ended. Fails, with a way out as hint, when a
/// job that has state cannot be stopped as wanted. A job that ended at its start gets a successor in the journal, which
/// starts from the same savepoint; not where nothing starts again (`for_good`).
Result<void> stop_flink_job(ApiClient& client, Clock& clock, const FlinkJobAddress& place, FlinkStop how, bool for_good,
                            const std::stop_token& stop);

/// Before the first start of a job: a journal with an id that no earlier job has used; an existing journal stays.
Result<void> prepare_flink_job(ApiClient& client, const FlinkJobAddress& place, const std::string& unique,
                               const std::stop_token& stop);

}  // namespace cloudflow
