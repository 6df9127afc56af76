// Polls for what another program brings about.
#pragma once

#include <chrono>
#include <thread>

namespace cloudflow::testing {

/// How long a test waits for what a server does in its own time. On two busy cores that was a minute for the garbage
/// collector alone: it learns of a new kind only every 30 seconds, and then waits for its lists.
inline constexpr std::chrono::minutes patience{3};

/// Whether `holds` becomes true before the time is over.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds time = patience) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

}  // namespace cloudflow::testing
