// Records of two inlets that have the same key and times near each other:
//
//   StreamJoin<std::string, Order, Payment> paid{*this, "paid", JoinWindows::within(5min, 10s)};
//   on(orders, [this](const Order& o) { paid.left(o.id, o.at, o); });
//   on(payments, [this](const Payment& p) { paid.right(p.order, p.at, p); });
//   paid.on_match([this](const std::string& id, const Order& o, const Payment& p) { … });
//   paid.on_left_alone([this](const std::string& id, const Order& o) { … });  // makes it a left join
//
// Time is what records of both say, and goes on with them: the latest that was seen in a partition. A record waits
// until that has passed all times that it matches, and the grace; who comes later than it would have waited is late.
#pragma once

#include <any>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "cloudflow/streamlet/codec.h"
#include "cloudflow/streamlet/store.h"
#include "cloudflow/streamlet/store_key.h"
#include "cloudflow/streamlet/window.h"

namespace cloudflow::streamlet {

/// To be used by handlers, in their thread, as KeyValueStore. All callbacks are called by the handler whose record made
/// it happen; what they send belongs to that record.
template <class K, class L, class R, template <class> class LeftCodec = DefaultCodec,
          template <class> class RightCodec = DefaultCodec>
class StreamJoin final : public AnyStore {
 public:
  using Matched = std::function<void(const K& key, const L& left, const R& right)>;
  using LeftAlone = std::function<void(const K& key, const L& left)>;
  using RightAlone = std::function<void(const K& key, const R& right)>;

  StreamJoin(Streamlet& owner, std::string name, JoinWindows windows)
      : AnyStore(owner, std::move(name), open_rocksdb), windows_(windows) {}

  /// Called once for each pair, in the order of times.
  void on_match(Matched matched) { matched_ = std::move(matched); }
  /// Called for each left record that has found no right one, once none can come any more.
  void on_left_alone(LeftAlone alone) { left_alone_ = std::move(alone); }
  /// The same for right ones. With both it is Kafka Streams' outer join.
  void on_right_alone(RightAlone alone) { right_alone_ = std::move(alone); }

  /// Joins a record with those that wait on the other side, and lets it wait. Returns how many it was; nothing when it
  /// was late, which is counted.
  std::optional<int> left(const K& key, std::int64_t time, const L& value) {
    return arrive(Side::left, key, time, left_codec_.encode(value), [&](std::string_view other) {
      if (matched_) matched_(key, value, right_codec_.decode(other));
    });
  }
  std::optional<int> right(const K& key, std::int64_t time, const R& value) {
    return arrive(Side::right, key, time, right_codec_.encode(value), [&](std::string_view other) {
      if (matched_) matched_(key, left_codec_.decode(other), value);
    });
  }
  /// Time goes on without a value.
  void advance(std::int64_t time) {
    Clock known = clock();
    known.now = std::max(known.now, time);
    close(known);
    set(known);
  }

  /// The latest time that was seen in the partition; none before the first record.
  std::optional<std::int64_t> now() const {
    const std::int64_t now = clock().now;
    return now == beginning ? std::nullopt : std::optional(now);
  }

 private:
  using Side = JoinWindows::Side;

  static constexpr std::int64_t beginning = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  // There are three kinds of entries: the clock; records, by side, key, time and number, where those that match are
  // found; and what waits, by the time at which it closes, where the first to close is found. The last one says whether
  // its record has been alone so far, and where it is.
  static constexpr std::string_view clock_key{};
  static constexpr char record_of_left = 'l';
  static constexpr char record_of_right = 'r';
  static constexpr char wait_kind = 'w';
  static constexpr char is_alone = 'a';
  static constexpr char is_matched = 'm';

  struct Clock {
    std::int64_t now = beginning;
    std::int64_t earliest = never;  ///< nothing closes before it
    std::int64_t next = 0;          ///< number of the next record
  };

  static std::string bytes_of(std::int64_t number) { return StoreKey<std::int64_t>::encode(number); }
  /// Before time and number.
  static std::string prefix_of(Side side, const K& key) {
    return key_prefix(side == Side::left ? record_of_left : record_of_right, key);
  }
  static std::string wait_of(std::int64_t closes, std::int64_t number) {
    return wait_kind + bytes_of(closes) + bytes_of(number);
  }
  static Side side_of(std::string_view record) { return record.front() == record_of_left ? Side::left : Side::right; }
  static Side other(Side side) { return side == Side::left ? Side::right : Side::left; }
  bool cares_whether_alone(Side side) const {
    return side == Side::left ? left_alone_ != nullptr : right_alone_ != nullptr;
  }

  Clock clock() const {
    std::any& memo = partition().memo();
    if (!memo.has_value()) {
      Clock known;
      if (const auto bytes = partition().get(clock_key)) {
        known.now = number_at(*bytes, 0);
        known.next = number_at(*bytes, sizeof(std::int64_t));
      }
      partition().scan(wait_of(beginning, 0), std::nullopt, [&](std::string_view wait, std::string_view) {
        known.earliest = number_at(wait, 1);
        return false;
      });
      memo = known;
    }
    return *std::any_cast<Clock>(&memo);
  }
  void set(const Clock& clock) const {
    partition().put(clock_key, bytes_of(clock.now) + bytes_of(clock.next));
    partition().memo() = clock;
  }

  template <class Match>
  std::optional<int> arrive(Side side, const K& key, std::int64_t time, std::string value, Match match) {
    const std::int64_t closes = windows_.closes(side, time);  // before anything is changed: it throws
    Clock known = clock();
    known.now = std::max(known.now, time);
    close(known);
    std::optional<int> count;
    if (closes >= known.now) {
      count = join(other(side), key, windows_.matches(side, time), match);
      const std::string record = prefix_of(side, key) + bytes_of(time) + bytes_of(known.next);
      partition().put(record, std::move(value));
      partition().put(wait_of(closes, known.next), (*count > 0 ? is_matched : is_alone) + record);
      known.earliest = std::min(known.earliest, closes);
      ++known.next;
    } else {
      count_late();
    }
    set(known);
    return count;
  }

  /// Of records of this side, with times in this range.
  template <class Match>
  int join(Side side, const K& key, const JoinWindows::Range& times, Match match) {
    int count = 0;
    const std::string prefix = prefix_of(side, key);
    const std::string last = prefix + bytes_of(times.last) + bytes_of(never);
    partition().scan(prefix + bytes_of(times.first) + bytes_of(beginning), last,
                     [&](std::string_view record, std::string_view value) {
                       if (cares_whether_alone(side)) {
                         const std::int64_t closes = windows_.closes(side, number_at(record, prefix.size()));
                         const std::string wait =
                             wait_of(closes, number_at(record, prefix.size() + sizeof(std::int64_t)));
                         partition().put(wait, is_matched + std::string(record));
                       }
                       match(value);
                       ++count;
                       return true;
                     });
    return count;
  }

  void close(Clock& clock) {
    if (clock.earliest >= clock.now) return;
    std::int64_t next = never;
    partition().scan(wait_of(clock.earliest, 0), std::nullopt, [&](std::string_view found, std::string_view value) {
      const std::int64_t closes = number_at(found, 1);
      if (closes >= clock.now) {
        next = closes;
        return false;
      }
      const std::string wait(found);  // it may go with the entry
      const std::string record(value.substr(1));
      if (value.front() == is_alone && cares_whether_alone(side_of(record))) tell_alone(record);
      partition().put(record, std::nullopt);
      partition().put(wait, std::nullopt);
      return true;
    });
    clock.earliest = next;
  }

  void tell_alone(const std::string& record) {
    const std::optional<std::string> value = partition().get(record);
    if (!value) throw StateError("a record that waits to be joined is not in its store");
    if (side_of(record) == Side::left) {
      left_alone_(key_of_prefix<K>(record), left_codec_.decode(*value));
    } else {
      right_alone_(key_of_prefix<K>(record), right_codec_.decode(*value));
    }
  }

  const JoinWindows windows_;
  Matched matched_{};
  LeftAlone left_alone_{};
  RightAlone right_alone_{};
  LeftCodec<L> left_codec_{};
  RightCodec<R> right_codec_{};
};

}  // namespace cloudflow::streamlet
