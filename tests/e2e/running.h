// A run of the real binary that a test can watch, signal and kill while it works.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sdk/support/child.h"
#include "sdk/support/process.h"
#include "tests/e2e/world.h"

namespace cloudflow::testing {

/// Started by the constructor; killed by the destructor where it still runs.
class Running {
 public:
  Running(const World& world, std::vector<std::string> arguments);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  int process() const { return child_.process; }
  void signal(int number) const;
  /// Waits until it has printed this, on stdout or stderr. False when it has ended without, or the time is over.
  bool prints(const std::string& text, std::chrono::milliseconds time = std::chrono::seconds(60));
  /// What it printed, once it has ended; the test fails when it does not in time.
  ProcessOutput end(std::chrono::milliseconds time = std::chrono::minutes(5));
  const std::string& errors_so_far() const { return out_.errors; }

 private:
  void collect();

  Child child_{};
  ProcessOutput out_{};
  bool ended_ = false;
};

}  // namespace cloudflow::testing
