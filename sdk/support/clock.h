// Time as a seam, so that tests never sleep.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>

namespace cloudflow {

/// The time, and waiting for it.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Steady: for deadlines and durations.
  virtual std::chrono::steady_clock::time_point now() const = 0;
  /// The wall clock, for people and records.
  virtual std::chrono::system_clock::time_point wall() const = 0;
  /// Returns after `duration`, or as soon as `stop` is requested.
  virtual void sleep(std::chrono::milliseconds duration, std::stop_token stop) = 0;
  /// For how long somebody may really wait for an event of another thread while so much time passes. Where time moves
  /// by itself, that is shorter.
  virtual std::chrono::milliseconds really(std::chrono::milliseconds duration) const { return duration; }
};

/// The machine's clock. One object for the whole process.
Clock& real_clock();

/// "2026-11-21T08:00:00Z"
std::string rfc3339(std::chrono::system_clock::time_point time);
/// The time in an RFC 3339 text, or the epoch when it is not one.
std::chrono::system_clock::time_point parse_rfc3339(const std::string& text);

}  // namespace cloudflow
