// A program that runs beside us, and its three pipes.
#include "sdk/support/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "sdk/support/text.h"

extern char** environ;

namespace cloudflow {
namespace {

struct Pipe {
  PipeEnd read{};
  PipeEnd write{};
};

/// Close-on-exec, so that a program started by another thread at the same moment does not keep our ends open.
Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return failure(ErrorKind::unavailable, fmt::format("no pipe: {}", std::strerror(errno)));
  }
  return Pipe{PipeEnd(ends[0]), PipeEnd(ends[1])};
}

/// Our environment with the request's on top, as "NAME=value".
std::vector<std::string> merged_environment(const ProcessRequest& request) {
  std::vector<std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string name(text.substr(0, text.find('=')));
    const bool unwanted = std::ranges::find(request.without, name) != request.without.end();
    if (!unwanted && !request.environment.contains(name)) out.emplace_back(text);
  }
  for (const auto& [name, value] : request.environment) out.push_back(fmt::format("{}={}", name, value));
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

}  // namespace

PipeEnd::PipeEnd(PipeEnd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

PipeEnd& PipeEnd::operator=(PipeEnd&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

void PipeEnd::close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Result<Child> start_child(const ProcessRequest& request) {
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
  std::vector<std::string> environment = merged_environment(request);
  Child child;
  const int trouble = posix_spawnp(&child.process, command.front().c_str(), &settings.actions, &settings.attributes,
                                   pointers(command).data(), pointers(environment).data());
  if (trouble != 0) {
    const ErrorKind kind = trouble == ENOENT ? ErrorKind::not_found : ErrorKind::denied;
    return failure(kind, fmt::format("cannot run {}: {}", quote(command.front()), std::strerror(trouble)));
  }
  child.input = std::move(input.write);
  child.output = std::move(output.read);
  child.errors = std::move(errors.read);
  for (const int end : {child.input.number(), child.output.number(), child.errors.number()}) {
    ::fcntl(end, F_SETFL, ::fcntl(end, F_GETFL) | O_NONBLOCK);
  }
  return child;
}

void drain(PipeEnd& from, std::string& into, std::size_t most) {
  std::array<char, 16384> buffer{};
  while (into.size() < most) {
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

void feed(PipeEnd& to, const std::string& text, std::size_t& sent) {
  const NoPipeSignal no_pipe_signal;
  while (sent < text.size()) {
    const ssize_t put = ::write(to.number(), text.data() + sent, text.size() - sent);
    if (put > 0) {
      sent += static_cast<std::size_t>(put);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      to.close();
      return;
    }
  }
}

void ask_to_end(const Child& child) { ::kill(-child.process, SIGTERM); }

void end_child(const Child& child) {
  ::kill(-child.process, SIGKILL);
  while (::waitpid(child.process, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void wait_for_pipes(const Child& child, bool to_write) {
  // Negative descriptors are skipped.
  std::array<pollfd, 3> ends = {pollfd{child.output.number(), POLLIN, 0}, pollfd{child.errors.number(), POLLIN, 0},
                                pollfd{to_write ? child.input.number() : -1, POLLOUT, 0}};
  const bool all_closed = child.output.number() < 0 && child.errors.number() < 0;
  ::poll(ends.data(), ends.size(), all_closed ? 2 : 50);
}

std::optional<int> exit_status(const Child& child) {
  int status = 0;
  if (::waitpid(child.process, &status, WNOHANG) != child.process) return std::nullopt;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace cloudflow
