// Windows of time: which of them a moment belongs to, and when they close; which moments belong together.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>

namespace cloudflow::streamlet {

/// Milliseconds since 1970; the end is not part of it.
struct Window {
  std::int64_t start = 0;
  std::int64_t end = 0;

  bool operator==(const Window&) const = default;
};

/// Windows of one size, the first of which begins with 1970.
class TimeWindows {
 public:
  /// One after the other. Records may come late by `grace`.
  static TimeWindows tumbling(std::chrono::milliseconds size, std::chrono::milliseconds grace) {
    return {size, size, grace};
  }
  /// One begins every `advance`, and a moment belongs to all that are open then. Throws std::invalid_argument where
  /// there would be gaps, or more than 10,000 windows for a moment.
  static TimeWindows hopping(std::chrono::milliseconds size, std::chrono::milliseconds advance,
                             std::chrono::milliseconds grace) {
    return {size, advance, grace};
  }

  Window at(std::int64_t start) const { return {start, start + size_}; }
  /// The time from which on nothing more is added to the window that begins at `start`.
  std::int64_t closes(std::int64_t start) const { return start + size_ + grace_; }
  /// Calls `visit(start)` for the windows that a moment belongs to, the latest first. Throws std::invalid_argument for
  /// one that is more than 100 million years away.
  template <class Visit>
  void each(std::int64_t time, Visit visit) const {
    check(time > -furthest && time < furthest, "a time is too far away to be in a window");
    const std::int64_t back = time % advance_;
    for (std::int64_t start = time - (back < 0 ? back + advance_ : back); start + size_ > time; start -= advance_)
      visit(start);
  }

 private:
  static constexpr std::int64_t furthest = std::int64_t{1} << 61;

  static void check(bool is_right, const char* why) {
    if (!is_right) throw std::invalid_argument(why);
  }
  TimeWindows(std::chrono::milliseconds size, std::chrono::milliseconds advance, std::chrono::milliseconds grace)
      : size_(size.count()), advance_(advance.count()), grace_(grace.count()) {
    check(size_ > 0 && size_ < furthest && grace_ >= 0 && grace_ < furthest, "windows have a size, and a grace");
    check(advance_ > 0 && advance_ <= size_, "there is a gap between windows");
    check(size_ / advance_ <= 10'000, "there are more than 10,000 windows at a time");
  }

  std::int64_t size_;
  std::int64_t advance_;
  std::int64_t grace_;
};

/// The times of the first and the last record of a session.
struct Session {
  std::int64_t first = 0;
  std::int64_t last = 0;

  bool operator==(const Session&) const = default;
};

/// Sessions of any length: records of a key belong to one as long as none is more than a gap away from the next one.
class SessionWindows {
 public:
  /// Records may come late by `grace`.
  static SessionWindows with_gap(std::chrono::milliseconds gap, std::chrono::milliseconds grace) {
    return {gap, grace};
  }

  /// Where sessions lie that a record of this time belongs to. Throws std::invalid_argument for a time that is more
  /// than 100 million years away.
  Session around(std::int64_t time) const {
    check(time > -furthest && time < furthest, "a time is too far away to be in a session");
    return {time - gap_, time + gap_};
  }
  /// The last time at which something may still be added to a session whose last record is of this time.
  std::int64_t closes(std::int64_t last) const { return last + gap_ + grace_; }

 private:
  static constexpr std::int64_t furthest = std::int64_t{1} << 60;

  static void check(bool is_right, const char* why) {
    if (!is_right) throw std::invalid_argument(why);
  }
  SessionWindows(std::chrono::milliseconds gap, std::chrono::milliseconds grace)
      : gap_(gap.count()), grace_(grace.count()) {
    check(gap_ >= 0 && gap_ < furthest && grace_ >= 0 && grace_ < furthest, "sessions have a gap, and a grace");
  }

  std::int64_t gap_;
  std::int64_t grace_;
};

/// Which records of two inlets belong together by their times: those of the right one from `before` earlier than the
/// left one's to `after` later, both included.
class JoinWindows {
 public:
  /// Records may come late by `grace`.
  static JoinWindows within(std::chrono::milliseconds difference, std::chrono::milliseconds grace) {
    return {difference, difference, grace};
  }
  /// Either may be negative, as where the right one always comes some time after the left one. Throws
  /// std::invalid_argument where nothing could match.
  static JoinWindows between(std::chrono::milliseconds before, std::chrono::milliseconds after,
                             std::chrono::milliseconds grace) {
    return {before, after, grace};
  }

  enum class Side : std::uint8_t { left, right };

  struct Range {
    std::int64_t first = 0;
    std::int64_t last = 0;  ///< included
  };
  /// The times of the other side's records that belong to one of this side. Throws std::invalid_argument for a time
  /// that is more than 100 million years away.
  Range matches(Side side, std::int64_t time) const {
    check(time > -furthest && time < furthest, "a time is too far away to be joined");
    return side == Side::left ? Range{time - before_, time + after_} : Range{time - after_, time + before_};
  }
  /// The last time at which a record of this side can find others.
  std::int64_t closes(Side side, std::int64_t time) const { return std::max(time, matches(side, time).last) + grace_; }

 private:
  static constexpr std::int64_t furthest = std::int64_t{1} << 60;

  static void check(bool is_right, const char* why) {
    if (!is_right) throw std::invalid_argument(why);
  }
  JoinWindows(std::chrono::milliseconds before, std::chrono::milliseconds after, std::chrono::milliseconds grace)
      : before_(before.count()), after_(after.count()), grace_(grace.count()) {
    const auto is_near = [](std::int64_t time) { return time > -furthest && time < furthest; };
    check(is_near(before_) && is_near(after_), "the times of a join are too far apart");
    check(before_ + after_ >= 0, "a join ends before it begins, so that nothing matches");
    check(grace_ >= 0 && grace_ < furthest, "a join has a grace");
  }

  std::int64_t before_;
  std::int64_t after_;
  std::int64_t grace_;
};

}  // namespace cloudflow::streamlet
