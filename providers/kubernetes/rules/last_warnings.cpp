// Finds the newest warning that says more than a status does.
#include "providers/kubernetes/rules/last_warnings.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kubernetes/api/api_discovery.h"
#include "providers/kubernetes/api/list_objects.h"
#include "providers/kubernetes/rules/readiness_rules.h"

namespace cloudflow {
namespace {

/// What the status of the pod says, too, and better, where it matters.
bool repeats_status(const std::string& reason) {
  static constexpr std::string_view known[] = {
      "BackOff", "FailedToRetrieveImagePullSecret", "Failed", "InspectFailed", "FailedScheduling", "ErrImageNeverPull"};
  return std::ranges::find(known, reason) != std::end(known);
}

/// What may be said of a pod that has started: earlier trouble is over.
bool is_of_running(const std::string& reason) {
  return reason == "Unhealthy" || reason == "ProbeWarning" || reason.ends_with("Hook") || reason == "ProbeError" ||
         reason == "NodeNotReady";
}

/// When it was seen last. All three are RFC 3339 in UTC and can be compared as texts.
std::string time_of(const Json& event) {
  return std::max({string_at(event, {"lastTimestamp"}), string_at(event, {"eventTime"}).substr(0, 19),
                   string_at(event, {"series", "lastObservedTime"}).substr(0, 19)});
}

bool is_about(const Json& event, const EventQuestion& question) {
  if (string_at(event, {"involvedObject", "kind"}) != question.kind ||
      string_at(event, {"involvedObject", "name"}) != question.name)
    return false;
  return question.uid.empty() || string_at(event, {"involvedObject", "uid"}) == question.uid;
}

}  // namespace

EventQuestion event_question(const Workload& workload, std::span<const Json* const> pods) {
  const Json* pod = worst_pod(workload, pods);
  if (pod == nullptr)
    return {.kind = std::string(workload.kind.substr(0, workload.kind.find('.'))), .name = std::string(workload.name)};
  return question_of({"kubernetes", "Pod", "", string_at(*pod, {"metadata", "name"})}, *pod);
}

EventQuestion question_of(const ResourceId& id, const Json& object) {
  EventQuestion out{
      .kind = id.kind.substr(0, id.kind.find('.')), .name = id.name, .uid = string_at(object, {"metadata", "uid"})};
  if (id.kind != "Pod") return out;
  out.starting = string_at(object, {"status", "phase"}) == "Pending";
  out.answered = pod_severity(object) > 2 && !pod_reason(object).starts_with("CrashLoopBackOff");
  return out;
}

std::string last_warning(const EventQuestion& question, std::span<const Json> events) {
  if (question.answered) return "";
  const Json* newest = nullptr;
  for (const Json& event : events) {
    const std::string reason = string_at(event, {"reason"});
    if (string_at(event, {"type"}) != "Warning" || !is_about(event, question) || repeats_status(reason)) continue;
    if (!question.starting && !is_of_running(reason)) continue;
    if (newest == nullptr || time_of(event) >= time_of(*newest)) newest = &event;
  }
  if (newest == nullptr) return "";
  return fmt::format("{}: {}", string_at(*newest, {"reason"}), on_one_line(string_at(*newest, {"message"})));
}

std::optional<MissingMount> missing_in(std::string_view warning) {
  if (!warning.starts_with("FailedMount: ")) return std::nullopt;
  for (const auto& [words, kind] : {std::pair("secret \"", "Secret"), std::pair("configmap \"", "ConfigMap")}) {
    const std::size_t at = warning.rfind(words);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = warning.substr(at + std::string_view(words).size());
    const std::size_t end = rest.find('"');
    if (end != std::string_view::npos && rest.substr(end).starts_with("\" not found"))
      return MissingMount{.kind = kind, .name = std::string(rest.substr(0, end))};
  }
  return std::nullopt;
}

Result<std::vector<std::string>> last_warnings(ApiClient& client, const std::string& ns,
                                               std::span<const EventQuestion> questions, const std::stop_token& stop) {
  std::vector<std::string> out(questions.size());
  if (std::ranges::all_of(questions, &EventQuestion::answered)) return out;
  std::string fields = "type=Warning";
  if (questions.size() == 1)
    fields += fmt::format(",involvedObject.kind={},involvedObject.name={}", questions[0].kind, questions[0].name);
  const auto events = list_objects(client, well_known_resource("Event")->collection(ns), {.fields = fields}, stop);
  if (!events && events.error().kind == ErrorKind::denied) return out;
  if (!events) return std::unexpected(events.error());
  std::ranges::transform(questions, out.begin(),
                         [&](const EventQuestion& question) { return last_warning(question, *events); });
  return out;
}

}  // namespace cloudflow
