// Runs another program and collects what it prints.
#include "sdk/base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "sdk/base/text.h"

extern char** environ;

namespace cloudflow {
namespace {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  int number() const { return number_; }

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read{};
  Descriptor write{};
};

/// Close-on-exec, so that a program started by another thread at the same moment does not keep our ends open.
Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return failure(ErrorKind::unavailable, fmt::format("no pipe: {}", std::strerror(errno)));
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

/// Our environment with the request's on top, as "NAME=value".
std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!added.contains(std::string(text.substr(0, text.find('='))))) out.emplace_back(text);
  }
  for (const auto& [name, value] : added) out.push_back(fmt::format("{}={}", name, value));
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// The settings of posix_spawn, freed at the end.
struct SpawnSettings {
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

/// The three pipes of a running program, seen from us.
struct Running {
  pid_t pid = -1;
  Descriptor input{};
  Descriptor output{};
  Descriptor errors{};
};

Result<Running> start(const ProcessRequest& request) {
  if (request.command.empty()) return failure(ErrorKind::invalid_input, "there is no command to run");
  CF_TRY(Pipe input, make_pipe());
  CF_TRY(Pipe output, make_pipe());
  CF_TRY(Pipe errors, make_pipe());
  SpawnSettings settings;
  posix_spawn_file_actions_adddup2(&settings.actions, input.read.number(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&settings.actions, output.write.number(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&settings.actions, errors.write.number(), STDERR_FILENO);
  if (!request.directory.empty()) {
    posix_spawn_file_actions_addchdir_np(&settings.actions, request.directory.c_str());
  }
  // A group of its own, so that what it starts can be ended with it; and none of the signals that we block or ignore.
  sigset_t none;
  sigset_t ignored;
  sigemptyset(&none);
  sigemptyset(&ignored);
  sigaddset(&ignored, SIGPIPE);
  posix_spawnattr_setsigmask(&settings.attributes, &none);
  posix_spawnattr_setsigdefault(&settings.attributes, &ignored);
  posix_spawnattr_setpgroup(&settings.attributes, 0);
  posix_spawnattr_setflags(&settings.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<std::string> command = request.command;
  std::vector<std::string> environment = merged_environment(request.environment);
  Running running;
  const int trouble = posix_spawnp(&running.pid, command.front().c_str(), &settings.actions, &settings.attributes,
                                   pointers(command).data(), pointers(environment).data());
  if (trouble != 0) {
    const ErrorKind kind = trouble == ENOENT ? ErrorKind::not_found : ErrorKind::denied;
    return failure(kind, fmt::format("cannot run {}: {}", quote(command.front()), std::strerror(trouble)));
  }
  running.input = std::move(input.write);
  running.output = std::move(output.read);
  running.errors = std::move(errors.read);
  for (const int end : {running.input.number(), running.output.number(), running.errors.number()}) {
    ::fcntl(end, F_SETFL, ::fcntl(end, F_GETFL) | O_NONBLOCK);
  }
  return running;
}

/// Takes what is there; closes at the end of it.
void drain(Descriptor& from, std::string& into) {
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(from.number(), buffer.data(), buffer.size());
    if (got > 0) {
      into.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else {
      if (got == 0 || errno != EAGAIN) from.close();
      return;
    }
  }
}

/// Hands over as much of `text` from `sent` on as fits; closes at the end of it, or when nobody reads.
void feed(Descriptor& to, const std::string& text, std::size_t& sent) {
  while (sent < text.size()) {
    const ssize_t put = ::write(to.number(), text.data() + sent, text.size() - sent);
    if (put > 0) {
      sent += static_cast<std::size_t>(put);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      break;
    }
  }
  to.close();
}

/// Ends the program and everything it started, and waits for it.
void end(pid_t pid) {
  ::kill(-pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// Writing to a program that has ended must not end us: keeps SIGPIPE from this thread while it lives.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~NoPipeSignal() {
    const timespec now{};
    while (sigtimedwait(&signal_, nullptr, &now) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
  sigset_t signal_{};
  sigset_t before_{};
};

/// Waits a moment for something to read, to write, or for time to pass.
void wait_for_pipes(const Running& running) {
  std::array<pollfd, 3> ends = {pollfd{running.output.number(), POLLIN, 0}, pollfd{running.errors.number(), POLLIN, 0},
                                pollfd{running.input.number(), POLLOUT, 0}};
  const bool all_closed = running.output.number() < 0 && running.errors.number() < 0;
  ::poll(ends.data(), ends.size(), all_closed ? 2 : 50);  // negative descriptors are skipped
}

}  // namespace

Result<ProcessOutput> run_process(const ProcessRequest& request, const std::stop_token& stop) {
  const NoPipeSignal no_pipe_signal;
  const auto deadline = std::chrono::steady_clock::now() + request.deadline;
  CF_TRY(Running running, start(request));
  ProcessOutput out;
  std::size_t sent = 0;
  for (;;) {
    // Asked before the pipes are drained: what it wrote before it ended is then in them.
    int status = 0;
    const bool ended = ::waitpid(running.pid, &status, WNOHANG) == running.pid;
    if (running.input.number() >= 0) feed(running.input, request.input, sent);
    if (running.output.number() >= 0) drain(running.output, out.output);
    if (running.errors.number() >= 0) drain(running.errors, out.errors);
    if (ended) {
      out.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      return out;
    }
    if (stop.stop_requested()) {
      end(running.pid);
      return failure(ErrorKind::interrupted, "interrupted");
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      end(running.pid);
      return failure(ErrorKind::timeout, fmt::format("{} did not end within {} s", quote(request.command.front()),
                                                     std::chrono::duration<double>(request.deadline).count()));
    }
    wait_for_pipes(running);
  }
}

}  // namespace cloudflow
