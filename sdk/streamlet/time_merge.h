// Records of inlets that are read together, in the order of their times as far as that can be known.
//
// Of the inlets' next records of a partition, the earliest is the next one. Which one that is, is known when each inlet
// has a record here or has come to the end of what there is.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "sdk/streamlet/offset_tracker.h"

namespace cloudflow::streamlet {

/// Of T, which is a record. Not for several threads.
template <class T>
class TimeMerge {
 public:
  using Clock = std::chrono::steady_clock;

  /// An inlet that says for `patience` neither that it has a record nor that it has none is waited for no longer.
  TimeMerge(std::size_t inlets, std::chrono::nanoseconds patience) : inlets_(inlets), patience_(patience) {}

  /// Whether an inlet's records of a partition may be put.
  bool has_room(const std::shared_ptr<OffsetTracker>& tracker, std::size_t inlet) {
    const Lane& lane = lane_of(tracker, inlet);
    return lane.records.empty() || (lane.records.size() < most_records && lane.bytes < most_bytes);
  }
  void put(const std::shared_ptr<OffsetTracker>& tracker, std::size_t inlet, std::int64_t time, std::size_t bytes,
           T record) {
    Lane& lane = lane_of(tracker, inlet);
    lane.records.push_back({time, bytes, std::move(record)});
    lane.bytes += bytes;
    lane.is_at_end = false;
  }
  /// The inlet has nothing more of the partition for now than was put.
  void end(const std::shared_ptr<OffsetTracker>& tracker, std::size_t inlet) {
    lane_of(tracker, inlet).is_at_end = true;
  }

  /// Gives `count` of those whose turn it is at most, partition by partition.
  void take(std::deque<T>& into, std::size_t count, Clock::time_point now) {
    std::erase_if(groups_, [](const auto& one) { return one.second.ownership->is_away(); });
    for (std::size_t i = groups_.size(); i > 0; --i) {  // the one that was last comes last next time
      auto next = groups_.upper_bound(last_);
      if (next == groups_.end()) next = groups_.begin();
      last_ = next->first;
      while (count > 0 && take_one(next->second, into, now)) --count;
      if (count == 0) return;
    }
  }

 private:
  static constexpr std::size_t most_records = 1000;
  static constexpr std::size_t most_bytes = 1 << 20;

  struct Waiting {
    std::int64_t time = 0;
    std::size_t bytes = 0;
    T record;
  };
  /// What an inlet has of a partition.
  struct Lane {
    std::shared_ptr<OffsetTracker> tracker{};
    std::deque<Waiting> records{};
    std::size_t bytes = 0;
    bool is_at_end = false;
  };
  struct Group {
    std::shared_ptr<Ownership> ownership{};
    std::vector<Lane> lanes{};  ///< by inlet
    Clock::time_point waits_since{};
  };

  Lane& lane_of(const std::shared_ptr<OffsetTracker>& tracker, std::size_t inlet) {
    Group& group = groups_[tracker->partition()];
    if (group.ownership != tracker->ownership()) group = {tracker->ownership(), std::vector<Lane>(inlets_), {}};
    Lane& lane = group.lanes[inlet];
    if (lane.tracker != tracker) lane = {.tracker = tracker};  // what is there is read again
    return lane;
  }

  /// Whether it is not known what comes next. What is to be read again comes once more.
  static bool is_awaited(const Lane& lane) {
    if (lane.tracker != nullptr && lane.tracker->rewind()) return true;
    return lane.records.empty() && !lane.is_at_end;
  }

  bool take_one(Group& group, std::deque<T>& into, Clock::time_point now) {
    Lane* earliest = nullptr;
    bool waits = false;
    for (Lane& lane : group.lanes) {
      waits = waits || is_awaited(lane);
      if (lane.records.empty()) continue;
      if (earliest == nullptr || lane.records.front().time < earliest->records.front().time) earliest = &lane;
    }
    if (earliest == nullptr) return false;
    if (!waits) {
      group.waits_since = {};
    } else if (group.waits_since == Clock::time_point()) {
      group.waits_since = now;
      return false;
    } else if (now - group.waits_since < patience_) {
      return false;
    }
    earliest->bytes -= earliest->records.front().bytes;
    into.push_back(std::move(earliest->records.front().record));
    earliest->records.pop_front();
    return true;
  }

  const std::size_t inlets_;
  const std::chrono::nanoseconds patience_;
  std::map<int, Group> groups_{};
  int last_ = -1;  ///< the partition that had its turn
};

}  // namespace cloudflow::streamlet
