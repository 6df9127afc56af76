// Time that moves when told, and when somebody sleeps.
#pragma once

#include <algorithm>
#include <mutex>

#include "sdk/support/clock.h"

namespace cloudflow::testing {

class FakeClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point now() const override {
    const std::scoped_lock lock(mutex_);
    time_ += tick_;
    return std::chrono::steady_clock::time_point(time_);
  }
  std::chrono::system_clock::time_point wall() const override {
    const std::scoped_lock lock(mutex_);
    return std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(time_));
  }
  void sleep(std::chrono::milliseconds duration, std::stop_token) override { advance(duration); }
  std::chrono::milliseconds really(std::chrono::milliseconds duration) const override {
    return std::min(duration, std::chrono::milliseconds(1));
  }
  void advance(std::chrono::milliseconds duration) {
    const std::scoped_lock lock(mutex_);
    time_ += duration;
  }
  /// From now on time passes by being looked at, so that a test takes as many steps on any machine.
  void tick(std::chrono::milliseconds each_look) {
    const std::scoped_lock lock(mutex_);
    tick_ = each_look;
  }

 private:
  mutable std::mutex mutex_{};
  std::chrono::steady_clock::duration tick_{};
  mutable std::chrono::steady_clock::duration time_ = std::chrono::hours(24 * 365 * 56);
};

}  // namespace cloudflow::testing
