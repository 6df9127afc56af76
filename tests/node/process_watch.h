// What really runs: the containers' own processes, seen from outside again and again, without any server's word.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cloudflow::testing {

using Instant = std::chrono::steady_clock::time_point;

/// One process of tests/testbed/node/app, from its start to its end.
struct Life {
  std::string pod{};
  std::string mark{};  ///< the variable LIFE of its container
  Instant start{};
  Instant last_seen{};
  Instant end = Instant::max();  ///< when it was missed first: it ended between the two

  bool surely_runs(Instant time) const { return start <= time && time < last_seen; }
  bool may_run(Instant time) const { return start <= time && time < end; }
};

/// Looks ten times a second.
class ProcessWatch {
 public:
  ProcessWatch() : thread_([this](const std::stop_token& stop) { watch(stop); }) {}

  /// All lives with this mark so far, after a look that began later than `time`.
  std::vector<Life> lives_of(const std::string& mark, Instant time);

 private:
  void watch(const std::stop_token& stop);
  void look();

  std::mutex mutex_{};
  std::map<std::string, Life> running_{};  ///< by process id
  std::vector<Life> ended_{};
  Instant looked_{};
  std::jthread thread_;
};

}  // namespace cloudflow::testing
