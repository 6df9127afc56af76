// Contracts before and after, pair by pair, to an order of streamlets.
#include "planner/rollout/roll_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "planner/rollout/roll_decision.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// A port on one topic in the old contracts, the new ones, or both.
struct Versions {
  const DeployedPort* before = nullptr;
  const DeployedPort* after = nullptr;

  const DeployedPort& any() const { return after != nullptr ? *after : *before; }
  bool changed() const { return before == nullptr || after == nullptr || !before->same_schema(*after); }
};

struct TopicPorts {
  std::map<std::string, Versions> producers{};
  std::map<std::string, Versions> consumers{};
};

using Topics = std::map<std::pair<std::string, std::string>, TopicPorts>;

/// By what the topic is in Kafka: a port that is wired anew leaves one topic and comes to another.
Topics by_topic(const DeployedContracts& before, const DeployedContracts& after) {
  Topics out;
  const auto place = [&](const DeployedPort& port) -> Versions& {
    TopicPorts& topic = out[{port.topic, port.cluster}];
    return (port.produces ? topic.producers : topic.consumers)[port.name()];
  };
  for (const DeployedPort& port : before.ports) place(port).before = &port;
  for (const DeployedPort& port : after.ports) place(port).after = &port;
  return out;
}

std::vector<RollPort> one(const DeployedPort* port) {
  if (port == nullptr) return {};
  return {{port->name(), port->schema}};
}

/// That something is not known is no reason against an order.
bool is_unknown(const Incompatibility& reason) {
  return reason.kind == "unknown-schema" || reason.kind == "unknown-format" || reason.kind == "invalid-schema";
}

/// The order that these conflicts, each about the other one, leave.
RollOrder order_of(const std::vector<RollConflict>& conflicts) {
  bool consumers = false;
  bool producers = false;
  for (const RollConflict& conflict : conflicts) {
    consumers = consumers || conflict.producer_is_new;
    producers = producers || conflict.consumer_is_new;
  }
  if (consumers && producers) return RollOrder::none;
  return consumers ? RollOrder::consumers_first : RollOrder::producers_first;
}

std::string topic_text(const std::pair<std::string, std::string>& topic) {
  return topic.second == "default" ? topic.first : fmt::format("{} ({})", topic.first, topic.second);
}

/// Streamlets that wait for each other: a, b, a when a is before b before a. Empty when there is no circle.
std::vector<std::string> find_circle(const std::vector<RollEdge>& edges) {
  std::map<std::string, std::set<std::string>> waits;
  for (const RollEdge& edge : edges) waits[edge.then].insert(edge.first);
  // Those who wait for nobody go; who is left is in a circle or behind one.
  bool moved = true;
  while (moved) {
    moved = false;
    for (auto it = waits.begin(); it != waits.end();) {
      std::erase_if(it->second, [&](const std::string& first) { return !waits.contains(first); });
      moved = moved || it->second.empty();
      it = it->second.empty() ? waits.erase(it) : std::next(it);
    }
  }
  if (waits.empty()) return {};
  std::vector<std::string> path;
  std::string at = waits.begin()->first;
  while (std::ranges::find(path, at) == path.end()) {
    path.push_back(at);
    at = *waits.at(at).begin();
  }
  path.erase(path.begin(), std::ranges::find(path, at));
  path.push_back(at);
  std::ranges::reverse(path);
  return path;
}

class Planning {
 public:
  Planning(const DeployedContracts& before, const DeployedContracts& after) : topics_(by_topic(before, after)) {}

  RollOut run() {
    for (const auto& [topic, ports] : topics_) {
      for (const auto& [producer, writer] : ports.producers) {
        for (const auto& [consumer, reader] : ports.consumers) {
          if (writer.changed() || reader.changed()) judge(topic_text(topic), writer, reader);
        }
      }
    }
    add_circle();
    std::ranges::sort(out_.edges, {}, [](const RollEdge& edge) { return std::pair(edge.first, edge.then); });
    return std::move(out_);
  }

 private:
  void judge(const std::string& topic, const Versions& writer, const Versions& reader) {
    // Nobody is there before the first roll-out, and nobody afterwards who could meet the other.
    if ((writer.before == nullptr && reader.before == nullptr) || (writer.after == nullptr && reader.after == nullptr))
      return;
    RollDecision decision =
        decide_roll_order({one(writer.before), one(writer.after), one(reader.before), one(reader.after)});
    bool unknown = false;
    std::erase_if(decision.conflicts, [&](const RollConflict& conflict) {
      const bool all = std::ranges::all_of(conflict.reasons, is_unknown);
      unknown = unknown || all;
      return all;
    });
    note_doubt(topic, writer, reader, decision.doubts);
    if (unknown && !decision.conflicts.empty()) decision.order = order_of(decision.conflicts);
    if (unknown && decision.conflicts.empty()) {
      const std::string w = writer.any().name();
      const std::string r = reader.any().name();
      const std::string what = !reader.changed()   ? fmt::format("the schema of {} changes", w)
                               : !writer.changed() ? fmt::format("the schema of {} changes", r)
                                                   : fmt::format("the schemas of {} and {} change", w, r);
      out_.notes.push_back(
          fmt::format("topic {}: {}, and not all of their texts are known: the order of {} and {} is "
                      "not checked",
                      topic, what, writer.any().streamlet, reader.any().streamlet));
      return;
    }
    if (decision.order == RollOrder::none || writer.any().streamlet == reader.any().streamlet) {
      for (const RollConflict& conflict : decision.conflicts)
        out_.problems.push_back({fmt::format("topic {}: {}", topic, conflict.text()), reader.any().name()});
      return;
    }
    for (const RollConflict& conflict : decision.conflicts) add_edge(topic, decision.order, writer, reader, conflict);
  }

  /// One note for a pair, however many of its versions meet.
  void note_doubt(const std::string& topic, const Versions& writer, const Versions& reader,
                  const std::vector<RollDoubt>& doubts) {
    if (doubts.empty()) return;
    out_.notes.push_back(fmt::format("topic {}: {}: no order of {} and {} is shown to be safe", topic,
                                     doubts.front().text(), writer.any().streamlet, reader.any().streamlet));
  }

  void add_edge(const std::string& topic, RollOrder order, const Versions& writer, const Versions& reader,
                const RollConflict& conflict) {
    const std::string& producer = writer.any().streamlet;
    const std::string& consumer = reader.any().streamlet;
    const bool consumer_first = order == RollOrder::consumers_first;
    RollEdge edge{consumer_first ? consumer : producer, consumer_first ? producer : consumer, conflict.text()};
    const bool known = std::ranges::any_of(
        out_.edges, [&](const RollEdge& other) { return other.first == edge.first && other.then == edge.then; });
    if (!known) out_.edges.push_back(std::move(edge));
    if (consumer_first) return;
    if (reader.before != nullptr) {
      RollDrain drain{producer, consumer, reader.any().port, reader.any().topic, reader.any().cluster};
      if (std::ranges::find(out_.drains, drain) == out_.drains.end()) out_.drains.push_back(std::move(drain));
    } else {
      out_.notes.push_back(fmt::format("topic {} may still hold records that {} cannot read: {}; have them skipped",
                                       topic, conflict.consumer, conflict.text()));
    }
  }

  void add_circle() {
    const std::vector<std::string> circle = find_circle(out_.edges);
    if (circle.empty()) return;
    std::vector<std::string> reasons;
    for (std::size_t i = 0; i + 1 < circle.size(); ++i) {
      for (const RollEdge& edge : out_.edges) {
        if (edge.first == circle[i] && edge.then == circle[i + 1]) reasons.push_back(edge.because);
      }
    }
    out_.problems.push_back(
        {fmt::format("{} wait for each other: {}", join(circle, " before "), join(reasons, "; ")), ""});
  }

  Topics topics_{};
  RollOut out_{};
};

std::vector<ResourceId> workloads_of(const DeployedContracts& contracts, const std::string& streamlet) {
  const auto found = contracts.workloads.find(streamlet);
  return found == contracts.workloads.end() ? std::vector<ResourceId>() : found->second;
}

}  // namespace

RollOut plan_roll_out(const DeployedContracts& before, const DeployedContracts& after) {
  return Planning(before, after).run();
}

ResourceId drain_id(const RollDrain& drain, std::string_view application) {
  return {.provider = "kafka",
          .kind = "ConsumerGroup",
          .scope = drain.cluster,
          .name = fmt::format("{}.{}.{}:{}", application, drain.then, drain.inlet, drain.topic)};
}

std::vector<RollWait> roll_waits(const RollOut& roll, const DeployedContracts& before, const DeployedContracts& after,
                                 std::span<const Change> changes) {
  std::map<ResourceId, Action> planned;
  for (const Change& change : changes) {
    if (change.action != Action::none) planned.emplace(change.id, change.action);
  }
  std::vector<RollWait> out;
  for (const RollEdge& edge : roll.edges) {
    const std::vector<ResourceId> now = workloads_of(after, edge.first);
    std::set<ResourceId> first(now.begin(), now.end());
    for (const ResourceId& id : workloads_of(before, edge.first)) {
      if (planned.contains(id)) first.insert(id);
    }
    std::string because = fmt::format("order: {} before {}: {}", edge.first, edge.then, edge.because);
    for (const ResourceId& then : workloads_of(after, edge.then)) {
      const auto change = planned.find(then);
      if (change == planned.end() || change->second == Action::remove) continue;
      for (const ResourceId& id : first) out.push_back({then, id, planned.contains(id), std::exchange(because, "")});
    }
  }
  return out;
}

}  // namespace cloudflow
