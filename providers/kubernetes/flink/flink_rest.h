// The few calls of Flink's REST API that stopping a job needs, through the API server's service proxy.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "providers/kubernetes/api/api_client.h"

namespace cloudflow {

/// A job as Flink lists it.
struct FlinkJob {
  std::string id{};
  std::string state{};  ///< "RUNNING", "FINISHED" …

  /// Whether it will never run again by itself.
  bool ended() const { return state == "FINISHED" || state == "CANCELED" || state == "FAILED"; }
};

/// How far a savepoint is.
struct FlinkSavepoint {
  bool done = false;
  std::string location{};
  std::string failure{};  ///< Flink's words, one line; empty unless it failed
};

/// One JobManager. None of these calls is tried again: each is one question whose failure the caller has to judge.
class FlinkRest {
 public:
  /// `service` is "NAME:PORT" in namespace `ns`.
  FlinkRest(ApiClient& client, std::string ns, std::string service);

  ApiResult<std::vector<FlinkJob>> jobs(const std::stop_token& stop);
  /// Begins to stop a job with a savepoint below `directory`; gives the id to ask with.
  ApiResult<std::string> begin_stop(const std::string& job, const std::string& directory, const std::stop_token& stop);
  ApiResult<FlinkSavepoint> savepoint(const std::string& job, const std::string& request, const std::stop_token& stop);
  /// Whether all that was started has ended and been put away, as Flink 2.3 and newer tell; true for older ones.
  ApiResult<bool> applications_ended(const std::stop_token& stop);
  ApiResult<void> cancel(const std::string& job, const std::stop_token& stop);
  /// How long it gives the same answer for the checkpoints of a job, whatever has come since.
  ApiResult<std::chrono::milliseconds> keeps_answers(const std::stop_token& stop);
  /// Where the newest savepoint is that this job has made, "" when there is none.
  ApiResult<std::string> last_savepoint(const std::string& job, const std::stop_token& stop);
  /// The same of savepoints and of checkpoints that outlive their job; else what it was started from.
  ApiResult<std::string> last_state(const std::string& job, const std::stop_token& stop);

 private:
  ApiResult<Json> call(const std::string& method, const std::string& path, const Json& body, const std::string& doing,
                       const std::stop_token& stop);
  ApiResult<Json> checkpoints(const std::string& job, const std::stop_token& stop);

  ApiClient& client_;
  std::string ns_;
  std::string service_;
};

}  // namespace cloudflow
