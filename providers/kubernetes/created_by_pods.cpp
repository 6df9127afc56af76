// Reads the annotation cloudflow/creates, waits for the pods and removes what they made.
#include "providers/kubernetes/created_by_pods.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "providers/kubernetes/api/api_discovery.h"
#include "providers/kubernetes/api/list_items.h"
#include "providers/kubernetes/ownership/applyset.h"
#include "providers/kubernetes/rules/readiness_rules.h"
#include "providers/kubernetes/rules/workload_annotations.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::milliseconds pods_poll = 200ms;

/// "configmap/NAME" or "configmap?LABELS".
struct Rule {
  ApiResource resource{};
  std::string name{};
  std::string labels{};
};

struct Found {
  std::string name{};
  DeleteOptions exactly{};
  bool stays = false;
};

Result<Rule> rule_of(const std::string& text) {
  const std::size_t end = text.find_first_of("/?");
  const std::string_view kind = std::string_view(text).substr(0, end);
  // Both have keys that can say that something of worth is left.
  for (const std::string_view known : {"ConfigMap", "Secret"}) {
    if (end == std::string::npos || end + 1 == text.size() || kind != lower(known)) continue;
    const std::string rest = text.substr(end + 1);
    return text[end] == '/' ? Rule{.resource = *well_known_resource(known), .name = rest}
                            : Rule{.resource = *well_known_resource(known), .labels = rest};
  }
  return failure(ErrorKind::invalid_input,
                 fmt::format("its annotation cloudflow/creates says {}, and not configmap/NAME, configmap?LABELS, "
                             "secret/NAME or secret?LABELS",
                             quote(text)));
}

/// Pods that have not ended yet; of them only their names.
Result<std::vector<std::string>> pods_of(ApiClient& client, const Json& workload, const std::string& ns,
                                         const std::stop_token& stop) {
  std::vector<std::string> out;
  const auto page = [&](const ListPage& one) -> Result<void> {
    if (one.first) out.clear();
    return for_each_item(one.text, [&](std::string_view item) -> Result<void> {
      const Json pod = Json::parse(item, nullptr, false);
      const std::string phase = string_at(pod, {"status", "phase"});
      if (selects(workload, pod) && phase != "Succeeded" && phase != "Failed")
        out.push_back(string_at(pod, {"metadata", "name"}));
      return {};
    });
  };
  CF_CHECK(client.list(well_known_resource("Pod")->collection(ns), {.labels = match_labels_of(workload)}, page, stop));
  return out;
}

class Leaving {
 public:
  Leaving(ApiClient& client, Clock& clock, std::chrono::milliseconds deadline, const Change& change,
          const ApiPath& path, const Json& workload, const std::stop_token& stop)
      : client_(client),
        clock_(clock),
        deadline_(deadline),
        change_(change),
        path_(path),
        workload_(workload),
        kept_keys_(kept_keys_of(workload)),
        stop_(stop) {}

  Result<void> end_pods();
  /// False when something stays, and with it all that comes after.
  Result<bool> remove(const Rule& rule);

 private:
  Result<std::vector<Found>> find_all(const Rule& rule);
  Found found_of(const Json& object) const;

  ApiClient& client_;
  Clock& clock_;
  const std::chrono::milliseconds deadline_;
  const Change& change_;
  const ApiPath& path_;
  const Json& workload_;
  std::vector<std::string> kept_keys_;
  const std::stop_token& stop_;
};

/// What runs would write again what is removed.
Result<void> Leaving::end_pods() {
  if (int_at(workload_, {"spec", "replicas"}, 1) != 0) {
    const auto scaled = client_.merge_patch(path_, {{"spec", {{"replicas", 0}}}}, {}, stop_);
    if (!scaled) return std::unexpected<Error>(scaled.error());
  }
  const auto end = clock_.now() + deadline_;
  for (;;) {
    CF_TRY(const std::vector<std::string> pods, pods_of(client_, workload_, change_.id.scope, stop_));
    if (pods.empty()) return {};
    if (clock_.now() >= end)
      return failure(
          ErrorKind::timeout,
          fmt::format("still ending after {} seconds: {}",
                      std::chrono::duration_cast<std::chrono::seconds>(deadline_).count(), fmt::join(pods, ", ")),
          "end them and apply again; what they made is removed after them");
    clock_.sleep(pods_poll, stop_);
    if (stop_.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
  }
}

Found Leaving::found_of(const Json& object) const {
  Found out{.name = string_at(object, {"metadata", "name"}),
            .exactly = {.uid = string_at(object, {"metadata", "uid"}),
                        .resource_version = string_at(object, {"metadata", "resourceVersion"})}};
  // Pods make no object of an application, and no record of one: a name or labels that meet one are a mistake.
  out.stays = find(object, {"metadata", "labels", part_of_label}) != nullptr ||
              find(object, {"metadata", "labels", set_label}) != nullptr;
  const Json* data = find(object, {"data"});
  if (data == nullptr || !data->is_object()) return out;
  for (const auto& [key, value] : data->items()) {
    if (std::ranges::any_of(kept_keys_, [&](const std::string& kept) { return key.starts_with(kept); }))
      out.stays = true;
  }
  return out;
}

Result<std::vector<Found>> Leaving::find_all(const Rule& rule) {
  std::vector<Found> out;
  if (!rule.name.empty()) {
    const auto object = client_.get(rule.resource.object(change_.id.scope, rule.name), stop_);
    if (object) out.push_back(found_of(*object));
    if (!object && object.error().kind != ErrorKind::not_found) return std::unexpected<Error>(object.error());
    return out;
  }
  const auto page = [&](const ListPage& one) -> Result<void> {
    if (one.first) out.clear();
    return for_each_item(one.text, [&](std::string_view item) -> Result<void> {
      out.push_back(found_of(Json::parse(item, nullptr, false)));
      return {};
    });
  };
  CF_CHECK(client_.list(rule.resource.collection(change_.id.scope), {.labels = rule.labels}, page, stop_));
  return out;
}

Result<bool> Leaving::remove(const Rule& rule) {
  CF_TRY(const std::vector<Found> all, find_all(rule));
  if (std::ranges::any_of(all, &Found::stays)) return false;
  for (const Found& one : all) {
    const auto removed = client_.remove(rule.resource.object(change_.id.scope, one.name), one.exactly, stop_);
    // Somebody has written it since: it is in use, and stays.
    if (!removed && removed.error().kind == ErrorKind::conflict) return false;
    if (!removed && removed.error().kind != ErrorKind::not_found) return std::unexpected<Error>(removed.error());
  }
  return true;
}

}  // namespace

Result<void> remove_created_by_pods(ApiClient& client, Clock& clock, std::chrono::milliseconds deadline,
                                    const Change& change, const ApiPath& path, const std::stop_token& stop) {
  if (change.action != Action::remove || change.id.kind != "Deployment.apps") return {};
  const auto live = client.get(path, stop);
  if (!live && live.error().kind == ErrorKind::not_found) return {};
  if (!live) return std::unexpected<Error>(live.error());
  // Another object than the planned one is refused by the removal itself.
  const std::string planned = string_at(change.precondition, {"uid"});
  const std::vector<std::string> texts = created_by_pods_of(*live);
  if (texts.empty() || (!planned.empty() && planned != string_at(*live, {"metadata", "uid"}))) return {};
  std::vector<Rule> rules;
  for (const std::string& text : texts) {
    CF_TRY(Rule rule, rule_of(text));
    rules.push_back(std::move(rule));
  }
  Leaving leaving(client, clock, deadline, change, path, *live, stop);
  CF_CHECK(leaving.end_pods());
  for (const Rule& rule : rules) {
    CF_TRY(const bool all, leaving.remove(rule));
    if (!all) break;
  }
  return {};
}

}  // namespace cloudflow
