// The time of a store's partition: the latest that a record of it had, which Kafka Streams calls stream time.
#pragma once

#include <any>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "cloudflow/streamlet/store.h"
#include "cloudflow/streamlet/store_key.h"

namespace cloudflow::streamlet {

struct StreamClock {
  static constexpr std::int64_t beginning = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  /// Under which the time is in the store: before all other keys.
  static constexpr std::string_view key{};

  std::int64_t now = beginning;
  std::int64_t earliest = never;  ///< no entry that closes by its time has an earlier one

  /// None before the first record.
  std::optional<std::int64_t> seen() const { return now == beginning ? std::nullopt : std::optional(now); }
};

/// What is known of a partition without looking into it each time. Entries that close by their time are those from
/// `from` to `to`, in the order of that; their keys have it at `at`.
inline StreamClock& stream_clock(StorePartition& partition, std::string_view from, std::optional<std::string_view> to,
                                 std::size_t at) {
  std::any& memo = partition.memo();
  if (!memo.has_value()) {
    StreamClock known;
    if (const auto bytes = partition.get(StreamClock::key)) known.now = number_at(*bytes, 0);
    partition.scan(from, to, [&](std::string_view entry, std::string_view) {
      known.earliest = number_at(entry, at);
      return false;
    });
    memo = known;
  }
  return *std::any_cast<StreamClock>(&memo);
}

/// Time goes on, and never back.
inline void advance(StorePartition& partition, StreamClock& clock, std::int64_t time) {
  if (time <= clock.now) return;
  clock.now = time;
  partition.put(StreamClock::key, StoreKey<std::int64_t>::encode(time));
}

}  // namespace cloudflow::streamlet
