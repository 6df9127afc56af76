// What a run waits out, said once for each outage.
#include "sdk/support/outage.h"

#include <fmt/format.h>

#include <ctime>
#include <map>
#include <mutex>

#include "sdk/support/log.h"

namespace cloudflow::outage {
namespace {

using namespace std::chrono_literals;

/// While a server comes back some calls succeed and others do not: so long after the last trouble it is the same
/// outage.
constexpr auto same_outage = 60s;

struct Said {
  bool open = false;
  std::chrono::steady_clock::time_point at{};  ///< of the last trouble
};

struct State {
  std::mutex mutex{};
  std::map<std::string, Said, std::less<>> systems{};
};

State& state() {
  static State only;
  return only;
}

std::string_view words_for(std::string_view system) {
  if (system == "kafka") return "Kafka";
  if (system == "kubernetes") return "Kubernetes";
  return system;
}

/// "22:41:07", by the clock that the user sees.
std::string time_in(std::chrono::milliseconds left) {
  const std::time_t when = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + left);
  std::tm local{};
  localtime_r(&when, &local);
  return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

}  // namespace

void say(std::string_view system, std::string_view why, std::chrono::milliseconds left) {
  {
    const std::scoped_lock lock(state().mutex);
    const auto now = std::chrono::steady_clock::now();
    Said& said = state().systems[std::string(system)];
    const bool known = said.open || (said.at != std::chrono::steady_clock::time_point{} && now - said.at < same_outage);
    said.open = true;
    said.at = now;
    if (known) return;
  }
  log::warn(fmt::format("{} does not answer ({}); trying again until {}", words_for(system), why, time_in(left)));
}

void over(std::string_view system) {
  const std::scoped_lock lock(state().mutex);
  if (const auto found = state().systems.find(system); found != state().systems.end()) found->second.open = false;
}

}  // namespace cloudflow::outage
