// What the program does, for whoever looks into it; never for the user's answer.
#include "sdk/support/log.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <mutex>

#include "sdk/support/printable.h"

namespace cloudflow::log {
namespace {

void to_stderr(Level level, std::string_view line) { fmt::print(stderr, "{}: {}\n", name_of(level), printable(line)); }

struct State {
  std::atomic<Level> level = Level::warn;
  std::mutex mutex{};
  Sink sink = to_stderr;
};

State& state() {
  static State only;
  return only;
}

}  // namespace

void configure(Level level, Sink sink) {
  const std::scoped_lock lock(state().mutex);
  state().level = level;
  state().sink = std::move(sink);
}

void reset() { configure(Level::warn, to_stderr); }

bool enabled(Level level) { return level <= state().level.load(std::memory_order_relaxed); }

void write(Level level, std::string_view line) {
  if (!enabled(level)) return;
  const std::scoped_lock lock(state().mutex);
  if (state().sink) state().sink(level, line);
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::error:
      return "error";
    case Level::warn:
      return "warn";
    case Level::info:
      return "info";
    case Level::debug:
      return "debug";
  }
  return "";
}

}  // namespace cloudflow::log
