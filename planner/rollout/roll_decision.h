// In which order producers and consumers of a topic may get new schemas.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/schema/compatibility.h"

namespace cloudflow {

/// A port with the schema it uses before or after the roll-out.
struct RollPort {
  std::string port{};  ///< "<streamlet>.<port>"
  PortSchema schema{};
};

/// Everybody on one topic. A port that does not change is in both lists of its side; one that is new, only in the new
/// one.
struct RollTopic {
  std::vector<RollPort> old_producers{};
  std::vector<RollPort> new_producers{};
  std::vector<RollPort> old_consumers{};
  std::vector<RollPort> new_consumers{};
};

enum class RollOrder { any, consumers_first, producers_first, none };

/// A consumer that cannot read a producer's records, and why.
struct RollConflict {
  std::string producer{};
  std::string consumer{};
  bool producer_is_new = false;
  bool consumer_is_new = false;
  std::vector<Incompatibility> reasons{};
  /// "new consumer a.in cannot read what old producer b.out writes: /fields/1: …"
  std::string text() const;
};

/// A consumer of which it is not known whether it can read a producer's records.
struct RollDoubt {
  std::string producer{};
  std::string consumer{};
  bool producer_is_new = false;
  bool consumer_is_new = false;
  std::vector<NotCompared> not_compared{};
  /// "whether new consumer a.in can read what old producer b.out writes is not known: not compared: …"
  std::string text() const;
};

/// The order follows from what was compared. With doubts it is not shown to be safe.
struct RollDecision {
  RollOrder order = RollOrder::any;
  /// Order none: what breaks whichever way. Otherwise: what the other order would break.
  std::vector<RollConflict> conflicts{};
  /// With producers first: the new consumers cannot read what the old producers wrote, so they must start after the old
  /// records have been read by the old consumers.
  bool drain_first = false;
  /// Pairs that meet only while the versions change.
  std::vector<RollDoubt> doubts{};
};

/// `consumers_first` needs new consumers that read old producers, `producers_first` old consumers that read new
/// producers; both need new consumers that read new producers.
RollDecision decide_roll_order(const RollTopic& topic);

std::string_view name_of(RollOrder order);  ///< "any", "consumers first", "producers first", "none"

}  // namespace cloudflow
