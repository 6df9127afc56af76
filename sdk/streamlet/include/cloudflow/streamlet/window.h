// Windows of time: which of them a moment belongs to, and when they close.
#pragma once

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

}  // namespace cloudflow::streamlet
