// Reads /proc: a container's processes are in a namespace of their own, and are seen from outside all the same.
#include "tests/node/process_watch.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>

namespace cloudflow::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Empty for a process that has ended: streams throw at that.
std::string contents(const fs::path& file) {
  std::string out;
  const int in = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  std::array<char, 4096> part{};
  for (ssize_t got = 0; in >= 0 && (got = read(in, part.data(), part.size())) > 0;)
    out.append(part.data(), static_cast<std::size_t>(got));
  if (in >= 0) close(in);
  return out;
}

/// When a process was started; nothing when it has ended, or waits to be collected.
std::optional<Instant> start_of(const fs::path& process) {
  const std::string text = contents(process / "stat");
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  fields >> field;
  if (field == "Z" || field == "X") return std::nullopt;
  constexpr int start_time = 22;  // of proc(5), where the name is the second and the state the third
  for (int i = 4; i <= start_time; ++i) fields >> field;
  timespec boot{};
  clock_gettime(CLOCK_BOOTTIME, &boot);
  const double ticks = std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
  const std::chrono::duration<double> age(static_cast<double>(boot.tv_sec) + static_cast<double>(boot.tv_nsec) / 1e9 -
                                          ticks);
  return std::chrono::steady_clock::now() - std::chrono::duration_cast<std::chrono::steady_clock::duration>(age);
}

std::string variable(const std::string& environment, const std::string& name) {
  std::istringstream in(environment);
  for (std::string one; std::getline(in, one, '\0');) {
    if (one.starts_with(name + "=")) return one.substr(name.size() + 1);
  }
  return "";
}

}  // namespace

void ProcessWatch::watch(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    look();
    std::this_thread::sleep_for(100ms);  // how exactly lives are known, not a wait for something
  }
}

void ProcessWatch::look() {
  const Instant now = std::chrono::steady_clock::now();
  std::set<std::string> alive;
  std::error_code ignored;
  const std::scoped_lock lock(mutex_);
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string id = entry.path().filename();
    if (id.find_first_not_of("0123456789") != std::string::npos) continue;
    // A container's process gets its name late where the machine is busy: all are asked again each time.
    if (contents(entry.path() / "comm") != "app\n") continue;
    const auto start = start_of(entry.path());
    const std::string environment = contents(entry.path() / "environ");
    if (!start || environment.empty()) continue;
    alive.insert(id);
    const auto [life, is_new] = running_.try_emplace(
        id, Life{.pod = variable(environment, "HOSTNAME"), .mark = variable(environment, "LIFE"), .start = *start});
    life->second.last_seen = now;
  }
  for (auto one = running_.begin(); one != running_.end();) {
    if (alive.contains(one->first)) {
      ++one;
      continue;
    }
    one->second.end = now;
    ended_.push_back(std::move(one->second));
    one = running_.erase(one);
  }
  looked_ = now;
}

std::vector<Life> ProcessWatch::lives_of(const std::string& mark, Instant time) {
  for (;;) {
    {
      const std::scoped_lock lock(mutex_);
      if (looked_ > time) {
        std::vector<Life> out;
        std::ranges::copy_if(ended_, std::back_inserter(out), [&](const Life& life) { return life.mark == mark; });
        for (const auto& [id, life] : running_) {
          if (life.mark == mark) out.push_back(life);
        }
        return out;
      }
    }
    std::this_thread::sleep_for(20ms);  // until the next look
  }
}

}  // namespace cloudflow::testing
