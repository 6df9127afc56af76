// Flink's REST API, version 1.
#include "providers/kubernetes/flink/flink_rest.h"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;

/// Flink answers at once; what takes long is asked for again.
constexpr std::chrono::milliseconds deadline = 10s;
/// web.refresh-interval where it is not set.
constexpr std::chrono::milliseconds default_refresh = 3s;
constexpr std::string_view nowhere = "<checkpoint-not-externally-addressable>";

std::string place_of(const Json& checkpoints, std::string_view which) {
  std::string path = string_at(checkpoints, {"latest", which, "external_path"});
  return path == nowhere ? "" : path;
}

/// What began it all stands behind the last "Caused by" of a Java stack trace, else on its first line.
std::string cause_of(const std::string& trace) {
  constexpr std::string_view mark = "Caused by: ";
  const auto at = trace.rfind(mark);
  const std::string text = at == std::string::npos ? trace : trace.substr(at + mark.size());
  return std::string(trimmed(text.substr(0, text.find('\n'))));
}

}  // namespace

FlinkRest::FlinkRest(ApiClient& client, std::string ns, std::string service)
    : client_(client), ns_(std::move(ns)), service_(std::move(service)) {}

ApiResult<Json> FlinkRest::call(const std::string& method, const std::string& path, const Json& body,
                                const std::string& doing, const std::stop_token& stop) {
  ApiRequest request;
  request.method = method;
  request.verb = doing;
  request.target = {.path = fmt::format("/api/v1/namespaces/{}/services/{}/proxy{}", ns_, service_, path),
                    .thing = fmt::format("of flink at service {} in namespace {}", quote(service_), quote(ns_))};
  request.body = body.is_null() ? "" : dump(body);
  request.deadline = deadline;
  auto reply = client_.send(request, stop);
  if (!reply) {
    // Only the API server itself gives a reason; anything else came from what is, or is not, behind it.
    const bool refused = reply.error().status == 401 || reply.error().status == 403;
    if (refused && reply.error().reason.empty()) reply.error().kind = ErrorKind::unavailable;
    return std::unexpected(std::move(reply).error());
  }
  if (trimmed(reply->body).empty()) return Json::object();
  CF_TRY(Json answer, parse_json(reply->body, doing + " " + request.target.thing));
  return answer;
}

ApiResult<std::vector<FlinkJob>> FlinkRest::jobs(const std::stop_token& stop) {
  CF_TRY(const Json answer, call("GET", "/jobs/overview", {}, "ask for the jobs", stop));
  const Json* list = find(answer, {"jobs"});
  if (list == nullptr || !list->is_array())
    return std::unexpected(
        ApiError(Error{.kind = ErrorKind::unavailable, .message = "the answer for the jobs of flink lists none"}));
  std::vector<FlinkJob> out;
  for (const Json& job : *list) out.push_back({string_at(job, {"jid"}), string_at(job, {"state"})});
  return out;
}

ApiResult<std::string> FlinkRest::begin_stop(const std::string& job, const std::string& directory,
                                             const std::stop_token& stop) {
  CF_TRY(const Json answer, call("POST", "/jobs/" + job + "/stop", {{"targetDirectory", directory}, {"drain", false}},
                                 "stop job " + job, stop));
  return string_at(answer, {"request-id"});
}

ApiResult<FlinkSavepoint> FlinkRest::savepoint(const std::string& job, const std::string& request,
                                               const std::stop_token& stop) {
  CF_TRY(const Json answer, call("GET", "/jobs/" + job + "/savepoints/" + request, {}, "ask for the savepoint", stop));
  FlinkSavepoint out{.done = string_at(answer, {"status", "id"}) == "COMPLETED"};
  if (!out.done) return out;
  out.location = string_at(answer, {"operation", "location"});
  if (!out.location.empty()) return out;
  out.failure = cause_of(string_at(answer, {"operation", "failure-cause", "stack-trace"},
                                   string_at(answer, {"operation", "failure-cause", "class"}, "no reason given")));
  return out;
}

ApiResult<bool> FlinkRest::applications_ended(const std::stop_token& stop) {
  const auto answer = call("GET", "/applications/overview", {}, "ask for the applications", stop);
  if (!answer && answer.error().status == 404) return true;
  if (!answer) return std::unexpected(answer.error());
  const Json* list = find(*answer, {"applications"});
  if (list == nullptr || !list->is_array()) return true;
  return std::ranges::all_of(*list, [](const Json& application) {
    const std::string status = string_at(application, {"status"});
    return status == "FINISHED" || status == "CANCELED" || status == "FAILED";
  });
}

ApiResult<void> FlinkRest::cancel(const std::string& job, const std::stop_token& stop) {
  CF_CHECK(call("PATCH", "/jobs/" + job + "?mode=cancel", Json::object(), "cancel job " + job, stop));
  return {};
}

ApiResult<std::chrono::milliseconds> FlinkRest::keeps_answers(const std::stop_token& stop) {
  CF_TRY(const Json answer, call("GET", "/config", {}, "ask for the settings", stop));
  return std::chrono::milliseconds(int_at(answer, {"refresh-interval"}, default_refresh.count()));
}

ApiResult<Json> FlinkRest::checkpoints(const std::string& job, const std::stop_token& stop) {
  return call("GET", "/jobs/" + job + "/checkpoints", {}, "ask for the checkpoints", stop);
}

ApiResult<std::string> FlinkRest::last_savepoint(const std::string& job, const std::stop_token& stop) {
  CF_TRY(const Json answer, checkpoints(job, stop));
  return place_of(answer, "savepoint");
}

ApiResult<std::string> FlinkRest::last_state(const std::string& job, const std::stop_token& stop) {
  CF_TRY(const Json answer, checkpoints(job, stop));
  std::string savepoint = place_of(answer, "savepoint");
  std::string completed = place_of(answer, "completed");
  const bool savepoint_is_newer =
      int_at(answer, {"latest", "savepoint", "id"}, -1) >= int_at(answer, {"latest", "completed", "id"}, -1);
  if (!savepoint.empty() && (savepoint_is_newer || completed.empty())) return savepoint;
  return completed.empty() ? place_of(answer, "restored") : completed;
}

}  // namespace cloudflow
