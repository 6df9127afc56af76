// Programs that run beside us and are started again when they end.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "cloudflow/result.h"
#include "sdk/support/process.h"

namespace cloudflow {

/// What becomes of a program.
struct ProcessState {
  enum class Kind {
    starting,  ///< runs for less than `settled`
    running,
    ended,  ///< waits until it is started again
    gone,   ///< there is none of that name
  };
  Kind kind = Kind::gone;
  int restarts = 0;      ///< since it was told to start
  std::string reason{};  ///< of an end: "ended with status 1: no such file"
};

/// Who is told what programs do. Called from threads of the supervisor, one call per program at a time.
struct ProcessWatch {
  /// One line that it printed, without its end.
  std::function<void(const std::string& name, const std::string& line)> line{};
  /// It was started, also again; `mark` tells the process from every other (process_mark.h).
  std::function<void(const std::string& name, const std::string& mark)> started{};
  /// It ended by itself; `pause` is how long until it is started again.
  std::function<void(const std::string& name, const std::string& reason, std::chrono::seconds pause)> ended{};
};

/// Keeps programs running, each on a thread of its own. A program that ends is started again after 1 s, 2 s, 4 s … up
/// to 30 s; one that has run for a minute counts as new.
class Supervisor {
 public:
  /// A program that lives for so long has most likely come up.
  static constexpr std::chrono::milliseconds settled{500};

  explicit Supervisor(ProcessWatch watch) : watch_(std::move(watch)) {}
  /// Ends all of them at once.
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Starts a program under a name that is free. not_found, denied: it cannot be run; then nothing is kept.
  Result<void> start(const std::string& name, const ProcessRequest& request);
  /// Asks it to end (SIGTERM to it and what it started), and kills it after `patience`, or as soon as `now` is
  /// requested. Waits until it is gone.
  void stop(const std::string& name, std::chrono::milliseconds patience, const std::stop_token& now = {});
  ProcessState state(const std::string& name) const;

 private:
  class Watched;
  std::shared_ptr<Watched> find(const std::string& name) const;

  ProcessWatch watch_;
  mutable std::mutex mutex_{};
  std::map<std::string, std::shared_ptr<Watched>> all_{};
};

}  // namespace cloudflow
