// In which order producers and consumers of a topic may get new schemas.
#include "planner/rollout/roll_decision.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudflow {
namespace {

using Conflicts = std::vector<RollConflict>;

/// What two sides of a topic are to each other.
struct Meeting {
  Conflicts conflicts{};
  std::vector<RollDoubt> doubts{};
};

Meeting meet(const std::vector<RollPort>& producers, bool producers_new, const std::vector<RollPort>& consumers,
             bool consumers_new) {
  Meeting out;
  for (const RollPort& producer : producers) {
    for (const RollPort& consumer : consumers) {
      Compatibility found = compare_schemas(consumer.schema, producer.schema);
      const Verdict verdict = found.verdict();
      if (verdict == Verdict::incompatible)
        out.conflicts.push_back({producer.port, consumer.port, producers_new, consumers_new, std::move(found.reasons)});
      if (verdict == Verdict::not_compared)
        out.doubts.push_back(
            {producer.port, consumer.port, producers_new, consumers_new, std::move(found.not_compared)});
    }
  }
  return out;
}

/// The port has the same schema in both versions.
bool unchanged(const std::string& port, const std::vector<RollPort>& before, const std::vector<RollPort>& after) {
  const auto old = std::ranges::find(before, port, &RollPort::port);
  const auto now = std::ranges::find(after, port, &RollPort::port);
  if (old == before.end() || now == after.end()) return false;
  return old->schema.format == now->schema.format && old->schema.fingerprint == now->schema.fingerprint &&
         old->schema.text == now->schema.text;
}

/// Those about a pair that did not meet in the same versions before.
std::vector<RollDoubt> new_doubts(const RollTopic& topic, std::vector<RollDoubt> all) {
  std::erase_if(all, [&](const RollDoubt& doubt) {
    return doubt.producer_is_new ? unchanged(doubt.producer, topic.old_producers, topic.new_producers)
                                 : unchanged(doubt.consumer, topic.old_consumers, topic.new_consumers);
  });
  return all;
}

std::string_view age(bool is_new) { return is_new ? "new" : "old"; }

/// Those that the old pair did not have already: what never worked is not broken by rolling.
Conflicts without(Conflicts all, const Conflicts& known) {
  std::erase_if(all, [&](const RollConflict& one) {
    for (const RollConflict& other : known) {
      if (other.producer == one.producer && other.consumer == one.consumer) return true;
    }
    return false;
  });
  return all;
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

std::string RollConflict::text() const {
  std::string out = fmt::format("{} consumer {} cannot read what {} producer {} writes", age(consumer_is_new), consumer,
                                age(producer_is_new), producer);
  if (reasons.empty()) return out;
  const Incompatibility& first = reasons.front();
  out += first.path.empty() ? fmt::format(": {}", first.message) : fmt::format(": {}: {}", first.path, first.message);
  if (reasons.size() > 1) out += fmt::format(" (and {} more)", reasons.size() - 1);
  return out;
}

std::string RollDoubt::text() const {
  return fmt::format("whether {} consumer {} can read what {} producer {} writes is not known: not compared: {}",
                     age(consumer_is_new), consumer, age(producer_is_new), producer, not_compared_text(not_compared));
}

RollDecision decide_roll_order(const RollTopic& topic) {
  RollDecision decision;
  Conflicts after = meet(topic.new_producers, true, topic.new_consumers, true).conflicts;
  if (!after.empty()) {
    decision.order = RollOrder::none;
    decision.conflicts = std::move(after);
    return decision;
  }
  const Conflicts before = meet(topic.old_producers, false, topic.old_consumers, false).conflicts;
  Meeting of_new_consumers = meet(topic.old_producers, false, topic.new_consumers, true);
  Meeting of_new_producers = meet(topic.new_producers, true, topic.old_consumers, false);
  append(decision.doubts, new_doubts(topic, std::move(of_new_consumers.doubts)));
  append(decision.doubts, new_doubts(topic, std::move(of_new_producers.doubts)));
  Conflicts consumers_first = without(std::move(of_new_consumers.conflicts), before);
  Conflicts producers_first = without(std::move(of_new_producers.conflicts), before);
  if (consumers_first.empty() && producers_first.empty()) return decision;
  if (consumers_first.empty()) {
    decision.order = RollOrder::consumers_first;
    decision.conflicts = std::move(producers_first);
  } else if (producers_first.empty()) {
    decision.order = RollOrder::producers_first;
    decision.conflicts = std::move(consumers_first);
    decision.drain_first = true;
  } else {
    decision.order = RollOrder::none;
    append(decision.conflicts, consumers_first);
    append(decision.conflicts, producers_first);
  }
  return decision;
}

std::string_view name_of(RollOrder order) {
  switch (order) {
    case RollOrder::any:
      return "any";
    case RollOrder::consumers_first:
      return "consumers first";
    case RollOrder::producers_first:
      return "producers first";
    case RollOrder::none:
      break;
  }
  return "none";
}

}  // namespace cloudflow
