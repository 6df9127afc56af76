// In which order producers and consumers of a topic may get new schemas.
#include "planner/schema/rollout.h"

#include <fmt/format.h>

namespace cloudflow {
namespace {

using Conflicts = std::vector<RollConflict>;

Conflicts conflicts_between(const std::vector<RollPort>& producers, bool producers_new,
                            const std::vector<RollPort>& consumers, bool consumers_new) {
  Conflicts out;
  for (const RollPort& producer : producers) {
    for (const RollPort& consumer : consumers) {
      std::vector<Incompatibility> reasons = incompatibilities(consumer.schema, producer.schema);
      if (!reasons.empty())
        out.push_back({producer.port, consumer.port, producers_new, consumers_new, std::move(reasons)});
    }
  }
  return out;
}

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

void append(Conflicts& to, const Conflicts& from) { to.insert(to.end(), from.begin(), from.end()); }

}  // namespace

std::string RollConflict::text() const {
  std::string out = fmt::format("{} consumer {} cannot read what {} producer {} writes",
                                consumer_is_new ? "new" : "old", consumer, producer_is_new ? "new" : "old", producer);
  if (reasons.empty()) return out;
  const Incompatibility& first = reasons.front();
  out += first.path.empty() ? fmt::format(": {}", first.message) : fmt::format(": {}: {}", first.path, first.message);
  if (reasons.size() > 1) out += fmt::format(" (and {} more)", reasons.size() - 1);
  return out;
}

RollDecision decide_roll_order(const RollTopic& topic) {
  RollDecision decision;
  const Conflicts after = conflicts_between(topic.new_producers, true, topic.new_consumers, true);
  if (!after.empty()) {
    decision.order = RollOrder::none;
    decision.conflicts = after;
    return decision;
  }
  const Conflicts before = conflicts_between(topic.old_producers, false, topic.old_consumers, false);
  Conflicts consumers_first = without(conflicts_between(topic.old_producers, false, topic.new_consumers, true), before);
  Conflicts producers_first = without(conflicts_between(topic.new_producers, true, topic.old_consumers, false), before);
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
