// A run of the real binary that a test can watch, signal and kill while it works.
#include "tests/e2e/running.h"

#include <signal.h>

#include <catch2/catch_all.hpp>

namespace cloudflow::testing {

Running::Running(const World& world, std::vector<std::string> arguments) {
  auto child = start_child(world.request(std::move(arguments)));
  REQUIRE(child);
  child_ = *std::move(child);
  child_.input.close();
}

Running::~Running() {
  if (!ended_) end_child(child_);
}

void Running::signal(int number) const { ::kill(child_.process, number); }

void Running::collect() {
  drain(child_.output, out_.output);
  drain(child_.errors, out_.errors);
  if (ended_) return;
  if (const auto status = exit_status(child_)) {
    out_.status = *status;
    ended_ = true;
    drain(child_.output, out_.output);
    drain(child_.errors, out_.errors);
  }
}

bool Running::prints(const std::string& text, std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (true) {
    collect();
    if (out_.output.find(text) != std::string::npos || out_.errors.find(text) != std::string::npos) return true;
    if (ended_ || std::chrono::steady_clock::now() > until) return false;
    wait_for_pipes(child_, false);
  }
}

ProcessOutput Running::end(std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (collect(), !ended_) {
    if (std::chrono::steady_clock::now() > until) FAIL("still running:\n" + out_.output + out_.errors);
    wait_for_pipes(child_, false);
  }
  return out_;
}

}  // namespace cloudflow::testing
