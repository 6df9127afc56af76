// The journal of a Flink job.
#include "providers/kubernetes/flink/flink_journal.h"

#include "providers/kubernetes/api/api_discovery.h"
#include "sdk/support/digest.h"

namespace cloudflow {
namespace {

ApiPath path_of(const std::string& ns, const std::string& name) {
  return well_known_resource("ConfigMap")->object(ns, name);
}

}  // namespace

Result<FlinkJournal> read_journal(ApiClient& client, const std::string& ns, const std::string& name,
                                  const std::stop_token& stop) {
  const auto object = client.get(path_of(ns, name), stop);
  if (!object && object.error().kind == ErrorKind::not_found) return FlinkJournal{};
  if (!object) return std::unexpected<Error>(object.error());
  return FlinkJournal{.exists = true,
                      .savepoint = string_at(*object, {"data", "savepoint"}),
                      .job_id = string_at(*object, {"data", "job-id"}),
                      .stopping = string_at(*object, {"data", "stopping"}),
                      .stopped = string_at(*object, {"data", "stopped"})};
}

Result<void> write_journal(ApiClient& client, const std::string& ns, const std::string& name,
                           const FlinkJournal& journal, const std::stop_token& stop) {
  Json data = Json::object();
  for (const auto& [key, value] : {std::pair("savepoint", journal.savepoint), std::pair("job-id", journal.job_id),
                                   std::pair("stopping", journal.stopping), std::pair("stopped", journal.stopped)}) {
    if (!value.empty()) data[key] = value;
  }
  // Without the labels of the application's own objects: it stays when they go, so that the state can be found again.
  const Json body = {{"apiVersion", "v1"},
                     {"kind", "ConfigMap"},
                     {"metadata", {{"name", name}, {"labels", {{"app.kubernetes.io/managed-by", "cloudflow"}}}}},
                     {"data", data}};
  const auto written = client.apply(path_of(ns, name), body, {.force = true, .manager = "cloudflow-savepoint"}, stop);
  if (!written) return std::unexpected<Error>(written.error());
  return {};
}

std::string flink_job_id(std::string_view text) { return sha256_hex(text).substr(0, 32); }

}  // namespace cloudflow
