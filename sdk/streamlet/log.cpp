// What a running streamlet says.
#include "sdk/streamlet/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "cloudflow/json.h"

namespace cloudflow::streamlet::log {
namespace {

std::string_view name_of(Level level) {
  switch (level) {
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      break;
  }
  return "error";
}

std::string now() {
  using namespace std::chrono;
  const auto time = system_clock::now();
  const auto millis = duration_cast<milliseconds>(time.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(time)), millis);
}

bool wants_text() {
  const char* format = std::getenv("CLOUDFLOW_LOG");  // NOLINT(concurrency-mt-unsafe): nothing here writes variables
  return format != nullptr && std::string_view(format) == "text";
}

}  // namespace

void write(Level level, std::string_view message) {
  static std::mutex mutex;
  static const bool is_for_people = isatty(STDERR_FILENO) == 1 || wants_text();
  std::string line;
  if (is_for_people) {
    line = fmt::format("{}: {}\n", name_of(level), message);
  } else {
    line = fmt::format(R"({{"time":"{}","level":"{}","message":{}}})", now(), name_of(level), dump(Json(message)));
    line += '\n';
  }
  const std::scoped_lock lock(mutex);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace cloudflow::streamlet::log
