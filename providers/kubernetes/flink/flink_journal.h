// What the cluster remembers of a Flink job between its stop and its next start: a ConfigMap that the JobManager reads.
#pragma once

#include <string>

#include "providers/kubernetes/api/api_client.h"

namespace cloudflow {

/// Content of a journal. The JobManager takes `savepoint` and `job_id` from it whenever its container starts.
struct FlinkJournal {
  bool exists = false;
  std::string savepoint{};  ///< what the next start continues from; empty: from nothing
  std::string
      job_id{};  ///< of the next start. Every start from another savepoint has its own, so that Flink tells them apart
  std::string stopping{};  ///< the job that is being stopped
  std::string stopped{};   ///< the job that was stopped last; its state is in `savepoint`
};

Result<FlinkJournal> read_journal(ApiClient& client, const std::string& ns, const std::string& name,
                                  const std::stop_token& stop);
/// Writes the whole journal, as field manager "cloudflow-savepoint".
Result<void> write_journal(ApiClient& client, const std::string& ns, const std::string& name,
                           const FlinkJournal& journal, const std::stop_token& stop);

/// 32 hex digits, as Flink wants them: the same for the same text.
std::string flink_job_id(std::string_view text);

}  // namespace cloudflow
