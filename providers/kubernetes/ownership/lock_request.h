// Who asks for the lock of an application, and how long they wait for it.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace cloudflow {

/// For so long a lock is not renewed before it counts as that of a dead run.
inline constexpr std::chrono::seconds lock_duration{30};

struct LockRequest {
  std::string who{};                                  ///< "ann@laptop"
  std::chrono::milliseconds patience{0};              ///< how long to wait for another run
  bool takes_over = true;                             ///< else only a lock that nobody has had before is taken
  std::function<void(const std::string&)> say{};      ///< one line: for whom is waited, from whom it was taken
  std::chrono::milliseconds duration{lock_duration};  ///< whole seconds
};

/// A lock as it was seen.
struct LockSeen {
  std::string identity{};
  std::string holder{};    ///< as messages show it: who, process, run, commit
  std::string since{};     ///< when it was taken, by the holder's clock; RFC 3339
  std::string renewed{};   ///< when it was renewed last, likewise
  std::string progress{};  ///< what it had done by then, in its own words; empty: nothing yet
  bool is_dead = false;    ///< its holder is a process of this machine that has ended
  std::string uid{};
  std::string version{};
};

}  // namespace cloudflow
