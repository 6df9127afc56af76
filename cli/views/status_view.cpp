// What runs, for people and programs.
#include "cli/views/status_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/views/layout.h"
#include "cli/views/table.h"
#include "providers/kubernetes/rules/workload_pods.h"
#include "sdk/support/image_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

bool is_ready(const StreamletStatus& streamlet) { return streamlet.readiness.state == Readiness::State::ready; }

std::string_view state_name(Readiness::State state) {
  switch (state) {
    case Readiness::State::ready:
      return "ready";
    case Readiness::State::waiting:
      return "waiting";
    case Readiness::State::failed:
      return "failed";
    case Readiness::State::missing:
      return "missing";
  }
  return "";
}

int restarts_of(const StreamletStatus& streamlet) {
  int restarts = 0;
  for (const PodStatus& pod : streamlet.pods) restarts += pod.restarts;
  return restarts;
}

std::string members_text(const GroupLag& group) {
  return group.unknown.empty() ? std::to_string(group.members) : "not known";
}

/// The image that runs, and the one that is asked for where that is another.
std::string image_text(const StreamletStatus& streamlet) {
  const auto other = std::ranges::find_if(streamlet.pods, [&](const PodStatus& pod) {
    return pod.ready && !pod.image.empty() && pod.image != streamlet.image;
  });
  if (other == streamlet.pods.end() || streamlet.image.empty()) return short_image(streamlet.image);
  return fmt::format("{} (asked for: {})", short_image(other->image), short_image(streamlet.image));
}

Json lock_json(const std::optional<LockSeen>& lock) {
  if (!lock) return nullptr;
  return {{"holder", lock->holder},
          {"since", lock->since},
          {"renewed", lock->renewed},
          {"progress", lock->progress},
          {"ended", lock->is_dead}};
}

std::string lag_text(const GroupLag& group) {
  if (!group.unknown.empty() && group.lag < 0) return "not known";
  if (group.state == "none" && group.lag < 0) return "never read";
  return group.lag < 0 ? "unknown" : std::to_string(group.lag);
}

/// What the last run was that changed something, and what it came to.
std::string last_run_text(const Json& last) {
  if (!last.is_object()) return "never applied by cloudflow";
  const bool is_over = string_at(last, {"state"}) == "applied";
  const std::string when = fmt::format("at {} by {}", string_at(last, {"time"}), string_at(last, {"by"}));
  const long long refused = int_at(last, {"refused"});
  const std::string but = refused == 0 ? ""
                                       : fmt::format(", but for {} that {} refused", counted(refused, "change"),
                                                     refused == 1 ? "was" : "were");
  if (string_at(last, {"command"}) == "destroy") {
    return is_over
               ? fmt::format("destroyed {}{}; the topics that stay are still recorded as this application's", when, but)
               : fmt::format("a destroy was begun {} and did not end; `cloudflow destroy` goes on with it", when);
  }
  const std::string commit = string_at(last, {"commit"}).substr(0, 7);
  return fmt::format("{} {}{}{}", is_over ? "applied" : "not completely applied",
                     commit.empty() ? "" : fmt::format("from {} ", commit), when, but);
}

/// The last run for programs: without what only the next plan makes use of.
Json last_run_json(const Json& last) {
  Json out = last;
  if (out.is_object()) out.erase("asked");
  return out;
}

}  // namespace

std::string text_of(const LockSeen& lock) {
  if (lock.is_dead) return fmt::format("{} has ended without giving its lock back (since {})", lock.holder, lock.since);
  return fmt::format("{} is at work since {}{}", lock.holder, lock.since,
                     lock.progress.empty() ? "" : fmt::format(" ({})", lock.progress));
}

bool is_healthy(const ApplicationStatus& status) {
  return status.kafka_answers && status.lag_is_known && std::ranges::all_of(status.streamlets, is_ready) &&
         std::ranges::all_of(
             status.objects,
             [](const ObjectStatus& object) { return object.readiness.state == Readiness::State::ready; }) &&
         std::ranges::all_of(status.topics, [](const TopicStatus& topic) {
           return topic.exists && topic.under_replicated == 0 && topic.offline == 0;
         });
}

std::string status_text(const ApplicationStatus& status, Style style, int width) {
  std::string out = fmt::format("{} → {}\n", style(Colour::bold, status.application), join(status.targets, ", "));
  if (status.lock) out += text_of(*status.lock) + "\n";
  if (status.lock && !status.lock->is_dead && string_at(status.last, {"state"}) == "applying") {
    out += "not completely applied yet\n";
  } else {
    out += last_run_text(status.last) + "\n";
  }
  out = laid_out(out, width);
  std::vector<std::vector<std::string>> rows;
  for (const StreamletStatus& streamlet : status.streamlets) {
    rows.push_back({streamlet.streamlet, fmt::format("{}/{}", streamlet.available, streamlet.wanted),
                    style(is_ready(streamlet) ? Colour::green : Colour::red, state_name(streamlet.readiness.state)),
                    std::to_string(restarts_of(streamlet)), image_text(streamlet),
                    is_ready(streamlet) ? "" : streamlet.readiness.reason});
  }
  if (!rows.empty())
    out +=
        "\n" + table_text({"STREAMLET", "PODS", "STATE", "RESTARTS", "IMAGE", "WHY NOT"}, rows, {style, width, true});
  rows.clear();
  for (const ObjectStatus& object : status.objects) {
    const bool ready = object.readiness.state == Readiness::State::ready;
    if (ready && !has_pods(object.id.kind)) continue;
    rows.push_back({object.id.text(), style(ready ? Colour::green : Colour::red, state_name(object.readiness.state)),
                    ready ? "" : object.readiness.reason});
  }
  if (!rows.empty()) out += "\n" + table_text({"OBJECT", "STATE", "WHY NOT"}, rows, {style, width, true});
  if (!status.kafka_answers) return out + "\nKafka did not answer: topics and lag are not known.\n";
  rows.clear();
  for (const TopicStatus& topic : status.topics) {
    rows.push_back({topic.topic, topic.cluster, topic.exists ? std::to_string(topic.partitions) : "missing",
                    std::to_string(topic.under_replicated), std::to_string(topic.offline)});
  }
  if (!rows.empty())
    out += "\n" + table_text({"TOPIC", "CLUSTER", "PARTITIONS", "UNDER-REPLICATED", "OFFLINE"}, rows, {style, width});
  rows.clear();
  for (const InletStatus& inlet : status.inlets) {
    rows.push_back({fmt::format("{}.{}", inlet.streamlet, inlet.inlet), inlet.group.topic, inlet.group.group,
                    inlet.group.state, members_text(inlet.group), lag_text(inlet.group)});
  }
  if (!rows.empty())
    out += "\n" + table_text({"INLET", "TOPIC", "GROUP", "STATE", "MEMBERS", "LAG"}, rows, {style, width});
  if (!status.lag_is_known)
    out += fmt::format("\nKafka did not say how far the {}inlets have read.\n", status.inlets.empty() ? "" : "other ");
  return out;
}

std::string status_json(const ApplicationStatus& status) {
  Json streamlets = Json::array();
  for (const StreamletStatus& streamlet : status.streamlets) {
    Json pods = Json::array();
    for (const PodStatus& pod : streamlet.pods) {
      pods.push_back({{"name", pod.name},
                      {"ready", pod.ready},
                      {"ready_containers", pod.ready_containers},
                      {"containers", pod.containers},
                      {"restarts", pod.restarts},
                      {"status", pod.status},
                      {"reason", pod.reason},
                      {"image", pod.image}});
    }
    streamlets.push_back({{"streamlet", streamlet.streamlet},
                          {"image", streamlet.image},
                          {"wanted", streamlet.wanted},
                          {"available", streamlet.available},
                          {"state", state_name(streamlet.readiness.state)},
                          {"reason", streamlet.readiness.reason},
                          {"pods", std::move(pods)}});
  }
  Json objects = Json::array();
  for (const ObjectStatus& object : status.objects) {
    objects.push_back({{"kind", object.id.kind},
                       {"namespace", object.id.scope},
                       {"name", object.id.name},
                       {"state", state_name(object.readiness.state)},
                       {"reason", object.readiness.reason}});
  }
  Json topics = Json::array();
  for (const TopicStatus& topic : status.topics) {
    topics.push_back({{"topic", topic.topic},
                      {"cluster", topic.cluster},
                      {"exists", topic.exists},
                      {"partitions", topic.partitions},
                      {"under_replicated", topic.under_replicated},
                      {"offline", topic.offline}});
  }
  Json inlets = Json::array();
  for (const InletStatus& inlet : status.inlets) {
    inlets.push_back({{"streamlet", inlet.streamlet},
                      {"inlet", inlet.inlet},
                      {"topic", inlet.group.topic},
                      {"group", inlet.group.group},
                      {"state", inlet.group.state},
                      {"members", inlet.group.unknown.empty() ? Json(inlet.group.members) : Json(nullptr)},
                      {"lag", inlet.group.lag < 0 ? Json(nullptr) : Json(inlet.group.lag)},
                      {"unknown", inlet.group.unknown.empty() ? Json(nullptr) : Json(inlet.group.unknown)}});
  }
  const Json out = {{"format_version", "1.1"},
                    {"application", status.application},
                    {"targets", status.targets},
                    {"last", last_run_json(status.last)},
                    {"lock", lock_json(status.lock)},
                    {"healthy", is_healthy(status)},
                    {"streamlets", std::move(streamlets)},
                    {"objects", std::move(objects)},
                    {"topics", status.kafka_answers ? std::move(topics) : Json()},
                    {"inlets", status.kafka_answers && status.lag_is_known ? std::move(inlets) : Json()}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cloudflow
