// The machine the command runs on.
#include "cli/host.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "cli/last_words.h"
#include "cli/terminal_code.h"

namespace cloudflow {
namespace {

/// 0, or why not everything could be written.
int print_to(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// Why an answer did not get out: the first time it happened.
std::atomic<int> lost_answer = 0;
std::atomic<bool> closed_output = false;

/// What is opened later must not get the number of a closed stdin, stdout or stderr, and with it our answer.
void hold_standard_files() {
  for (const int file : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // Opened the wrong way round, so that using it is still an error.
    if (fcntl(file, F_GETFD) < 0 && errno == EBADF)
      static_cast<void>(open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

/// 0 when the terminal does not say.
int columns_of_terminal(int file) {
  winsize size{};
  return ioctl(file, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool is_ignored(int signal) {
  struct sigaction now{};
  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;  // NOLINT: a union of the C library
}

/// Signals arrive in one thread that turns them into stop requests: handlers may not do more than that safely.
class SignalThread {
 public:
  SignalThread() {
    if (pipe2(asked_.data(), O_CLOEXEC) != 0) asked_ = {-1, -1};
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    if (!is_ignored(SIGHUP)) sigaddset(&signals_, SIGHUP);  // the terminal was closed; nohup ignores it
    sigaddset(&signals_, SIGUSR2);                          // ends the thread
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

  /// Becomes readable with the first signal, and stays so.
  int asked() const { return asked_[0]; }

 private:
  void serve() {
    int signal = 0;
    while (sigwait(&signals_, &signal) == 0 && signal != SIGUSR2) {
      if (asked_[1] >= 0) static_cast<void>(!::write(asked_[1], "", 1));
      if (!finish.request_stop()) {
        abort.request_stop();
      } else if (isatty(STDERR_FILENO) == 1) {
        print_to(STDERR_FILENO, "\ninterrupted: ending what is in flight; press Ctrl-C again to leave at once\n");
      }
    }
  }

  sigset_t signals_{};
  std::array<int, 2> asked_{};
  std::thread thread_{};
};

SignalThread& signals() {
  static SignalThread thread;
  return thread;
}

}  // namespace

std::optional<std::string> environment_variable(std::string_view name) {
  const char* value =
      std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

Host make_host() {
  hold_standard_files();
  last_words::prepare();
  SignalThread& asked = signals();
  Host host;
  host.output_is_terminal = isatty(STDOUT_FILENO) == 1;
  host.errors_are_terminal = isatty(STDERR_FILENO) == 1;
  host.input_is_terminal = isatty(STDIN_FILENO) == 1;
  const bool forced = environment_variable("CLOUDFLOW_COLOR").value_or("") == "always";
  const bool wanted = !environment_variable("NO_COLOR") && environment_variable("TERM").value_or("") != "dumb";
  host.colour = forced || (wanted && host.output_is_terminal);
  host.colour_errors = forced || (wanted && host.errors_are_terminal);
  if (host.output_is_terminal) host.output_width = columns_of_terminal(STDOUT_FILENO);
  if (host.errors_are_terminal) host.error_width = columns_of_terminal(STDERR_FILENO);
  host.finish = asked.finish.get_token();
  host.abort = asked.abort.get_token();
  return host;
}

void print_out(std::string_view text) {
  int none = 0;
  // Whoever closes a pipe has read enough; anything else has lost an answer.
  const int why = print_to(STDOUT_FILENO, for_terminal(text));
  if (why == EPIPE) closed_output = true;
  if (why != 0 && why != EPIPE) lost_answer.compare_exchange_strong(none, why);
}
bool output_is_closed() { return closed_output; }
void print_err(std::string_view text) { static_cast<void>(print_to(STDERR_FILENO, for_terminal(text))); }

std::optional<std::string> output_problem() {
  const int why = lost_answer;
  if (why == 0) return std::nullopt;
  std::array<char, 256> text{};
  return fmt::format("cannot write to stdout: {}", strerror_r(why, text.data(), text.size()));
}

namespace {

/// Waits for standard input; false on Ctrl-C, and where it cannot be waited for.
bool wait_for_input() {
  std::array<pollfd, 2> files{{{STDIN_FILENO, POLLIN, 0}, {signals().asked(), POLLIN, 0}}};
  while (poll(files.data(), files.size(), -1) < 0) {
    if (errno != EINTR) return false;
  }
  return files[1].revents == 0;
}

}  // namespace

std::optional<std::string> read_line() {
  std::string line;
  while (wait_for_input()) {
    char c = 0;
    if (::read(STDIN_FILENO, &c, 1) != 1) return std::nullopt;
    if (c == '\n') return line;
    line += c;
  }
  return std::nullopt;
}

std::optional<std::string> read_input_line() {
  static std::string held;  // read and not given yet: a call of the system for each line would be slow
  static std::size_t begin = 0;
  for (std::size_t searched = begin;;) {
    if (const std::size_t end = held.find('\n', searched); end != std::string::npos) {
      std::string line = held.substr(begin, end - begin);
      begin = end + 1;
      return line;
    }
    held.erase(0, std::exchange(begin, 0));
    searched = held.size();
    if (!wait_for_input()) return std::nullopt;
    std::array<char, 65536> piece{};
    const ssize_t got = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (got <= 0) return held.empty() ? std::nullopt : std::optional(std::exchange(held, {}));
    held.append(piece.data(), static_cast<std::size_t>(got));
  }
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
  if (auto home = environment_variable("HOME")) return *home + "/.cache/cloudflow";
  // Not a folder that everybody may write to: what is in the cache is run.
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found);
  return (found != nullptr ? std::string(entry.pw_dir) : "/nonexistent") + "/.cache/cloudflow";
}

}  // namespace cloudflow
