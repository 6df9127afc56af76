// Whether a run goes on, and why not.
#include "sdk/streamlet/run_state.h"

namespace cloudflow::streamlet {

void RunState::stop() {
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

void RunState::fail(std::string message) {
  const std::scoped_lock lock(mutex_);
  if (!failure_) failure_ = std::move(message);
  stopping_ = true;
  changed_.notify_all();
}

void RunState::fail(const Error& error) { fail(error.message + (error.hint.empty() ? "" : " (" + error.hint + ")")); }

std::optional<std::string> RunState::failure() const {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

bool RunState::wait(std::chrono::nanoseconds time) const {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return stopping_.load(); });
}

}  // namespace cloudflow::streamlet
