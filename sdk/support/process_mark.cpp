// What /proc says of a process, as one line.
#include "sdk/support/process_mark.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <sstream>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// What a symbolic link of /proc says, e.g. "pid:[4026531836]".
std::string link_text(const char* path) {
  std::array<char, 256> text{};
  const ssize_t length = ::readlink(path, text.data(), text.size());
  return length <= 0 ? "" : std::string(text.data(), static_cast<std::size_t>(length));
}

/// State and start of a process as /proc/PID/stat has them.
struct ProcessStat {
  std::string state{};
  std::string started{};  ///< in ticks since the machine started
};

ProcessStat stat_of(long pid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", pid));
  // The program's name is in parentheses and may hold anything.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(line.substr(name_end + 1));
  ProcessStat out;
  rest >> out.state;
  constexpr int fields_between = 18;
  std::string field;
  for (int i = 0; i < fields_between; ++i) rest >> field;
  rest >> out.started;
  return rest ? out : ProcessStat{};
}

/// "<boot> <PID namespace>"
std::string machine() {
  const std::string boot = first_line("/proc/sys/kernel/random/boot_id");
  const std::string space = link_text("/proc/self/ns/pid");
  return boot.empty() || space.empty() ? "" : boot + " " + space;
}

}  // namespace

std::string process_mark() {
  const long pid = ::getpid();
  const std::string here = machine();
  const std::string started = stat_of(pid).started;
  return here.empty() || started.empty() ? "" : fmt::format("{} {} {}", here, pid, started);
}

bool has_ended_here(const std::string& mark) {
  const std::vector<std::string> parts = split(mark, ' ');
  constexpr std::size_t wanted = 4;
  if (parts.size() != wanted || parts[0] + " " + parts[1] != machine()) return false;
  long pid = 0;
  const std::string& text = parts[2];
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (problem != std::errc() || end != text.data() + text.size() || pid <= 0) return false;
  if (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return true;
  // Another process may have its number by now. What we may not look at is taken to live.
  const ProcessStat now = stat_of(pid);
  if (now.started.empty()) return false;
  return now.started != parts[3] || now.state == "Z" || now.state == "X";
}

}  // namespace cloudflow
