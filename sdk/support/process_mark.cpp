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

/// PID and start of the process that a mark of this machine and PID namespace is of.
struct Marked {
  int pid = 0;
  std::string started{};
};

std::optional<Marked> marked(const std::string& mark) {
  const std::vector<std::string> parts = split(mark, ' ');
  constexpr std::size_t wanted = 4;
  if (parts.size() != wanted || parts[0] + " " + parts[1] != machine()) return std::nullopt;
  Marked out{.started = parts[3]};
  const std::string& text = parts[2];
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out.pid);
  if (problem != std::errc() || end != text.data() + text.size() || out.pid <= 0) return std::nullopt;
  return out;
}

bool has_ended(const ProcessStat& stat) { return stat.state == "Z" || stat.state == "X"; }

}  // namespace

std::string process_mark() { return process_mark(::getpid()); }

std::string process_mark(int pid) {
  const std::string here = machine();
  const std::string started = stat_of(pid).started;
  return here.empty() || started.empty() ? "" : fmt::format("{} {} {}", here, pid, started);
}

bool has_ended_here(const std::string& mark) {
  const std::optional<Marked> one = marked(mark);
  if (!one) return false;
  if (::kill(one->pid, 0) != 0 && errno == ESRCH) return true;
  // Another process may have its number by now. What we may not look at is taken to live.
  const ProcessStat now = stat_of(one->pid);
  if (now.started.empty()) return false;
  return now.started != one->started || has_ended(now);
}

std::optional<int> running_process(const std::string& mark) {
  const std::optional<Marked> one = marked(mark);
  if (!one) return std::nullopt;
  const ProcessStat now = stat_of(one->pid);
  return now.started == one->started && !has_ended(now) ? std::optional(one->pid) : std::nullopt;
}

std::optional<int> running_group(const std::string& mark) {
  const std::optional<Marked> one = marked(mark);
  if (!one) return std::nullopt;
  if (running_process(mark)) return one->pid;
  // No new process gets the number of a group that has members: where there is none of that number, it is the old one.
  const bool is_leaderless = ::kill(one->pid, 0) != 0 && errno == ESRCH;
  return is_leaderless && ::kill(-one->pid, 0) == 0 ? std::optional(one->pid) : std::nullopt;
}

}  // namespace cloudflow
