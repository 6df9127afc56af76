// The machine the command runs on.
#include "cli/host.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

namespace cloudflow {
namespace {

void print_to(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Signals arrive in one thread that turns them into stop requests: handlers may not do more than that safely.
class SignalThread {
 public:
  SignalThread() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGUSR2);  // ends the thread
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    thread_ = std::thread([this] { serve(); });
  }
  ~SignalThread() {
    pthread_kill(thread_.native_handle(), SIGUSR2);
    thread_.join();
  }
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

  std::stop_source finish{};
  std::stop_source abort{};

 private:
  void serve() {
    int signal = 0;
    while (sigwait(&signals_, &signal) == 0 && signal != SIGUSR2) {
      if (!finish.request_stop()) {
        abort.request_stop();
      } else if (isatty(STDERR_FILENO) == 1) {
        print_to(STDERR_FILENO, "\ninterrupted: ending what is in flight; press Ctrl-C again to leave at once\n");
      }
    }
  }

  sigset_t signals_{};
  std::thread thread_{};
};

}  // namespace

std::optional<std::string> environment_variable(std::string_view name) {
  const char* value =
      std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

Host make_host() {
  static SignalThread signals;
  Host host;
  host.output_is_terminal = isatty(STDOUT_FILENO) == 1;
  host.errors_are_terminal = isatty(STDERR_FILENO) == 1;
  host.input_is_terminal = isatty(STDIN_FILENO) == 1;
  const bool forced = environment_variable("CLOUDFLOW_COLOR").value_or("") == "always";
  const bool wanted = !environment_variable("NO_COLOR") && environment_variable("TERM").value_or("") != "dumb";
  host.colour = forced || (wanted && host.output_is_terminal);
  host.colour_errors = forced || (wanted && host.errors_are_terminal);
  winsize size{};
  if (ioctl(host.output_is_terminal ? STDOUT_FILENO : STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
    host.width = size.ws_col;
  host.finish = signals.finish.get_token();
  host.abort = signals.abort.get_token();
  return host;
}

void print_out(std::string_view text) { print_to(STDOUT_FILENO, text); }
void print_err(std::string_view text) { print_to(STDERR_FILENO, text); }

std::optional<std::string> read_line() {
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

std::string who_am_i() {
  std::array<char, 256> machine{};
  if (gethostname(machine.data(), machine.size() - 1) != 0) machine[0] = '\0';
  std::string user = environment_variable("USER").value_or(environment_variable("LOGNAME").value_or(""));
  if (user.empty()) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> buffer{};
    getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found);
    user = found != nullptr ? entry.pw_name : fmt::format("uid{}", getuid());
  }
  return fmt::format("{}@{}", user, machine.data());
}

std::string cache_folder() {
  if (auto set = environment_variable("CLOUDFLOW_CACHE")) return *set;
  if (auto set = environment_variable("XDG_CACHE_HOME")) return *set + "/cloudflow";
  return environment_variable("HOME").value_or("/tmp") + "/.cache/cloudflow";
}

}  // namespace cloudflow
