// Whether a run goes on, and why not: what all its threads share.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow::streamlet {

class RunState {
 public:
  /// Ends the run as it should end.
  void stop();
  /// Ends the run with the first failure that is told.
  void fail(std::string message);
  void fail(const Error& error);

  bool is_stopping() const { return stopping_; }  ///< asked for every record
  std::optional<std::string> failure() const;
  /// Waits that long; false as soon as the run ends.
  bool wait(std::chrono::nanoseconds time) const;

 private:
  mutable std::mutex mutex_{};
  mutable std::condition_variable changed_{};
  std::atomic<bool> stopping_ = false;
  std::optional<std::string> failure_{};
};

}  // namespace cloudflow::streamlet
