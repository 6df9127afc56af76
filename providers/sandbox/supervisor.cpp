// Programs that are started again when they end.
#include "providers/sandbox/supervisor.h"

#include <fmt/format.h>

#include <csignal>

#include <algorithm>
#include <thread>

#include "sdk/support/child.h"
#include "sdk/support/clock.h"
#include "sdk/support/process_mark.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Time = std::chrono::steady_clock::time_point;

constexpr std::chrono::seconds longest_pause{30};
constexpr std::chrono::seconds counts_as_new{60};
/// A line that never ends is cut, so that a program cannot fill our memory.
constexpr std::size_t longest_line = 65'536;

/// What a program printed, by lines.
class Lines {
 public:
  /// Calls `tell` for each whole line, and for what is left `at_end`.
  void take(PipeEnd& from, const std::function<void(const std::string&)>& tell, bool at_end) {
    if (from.number() >= 0) drain(from, text_, longest_line);
    std::size_t begin = 0;
    for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n', begin)) {
      std::string line = text_.substr(begin, end - begin);
      if (line.ends_with('\r')) line.pop_back();
      tell(line);
      begin = end + 1;
    }
    text_.erase(0, begin);
    if (!text_.empty() && (at_end || text_.size() >= longest_line)) tell(std::exchange(text_, {}));
  }

 private:
  std::string text_{};
};

}  // namespace

class Supervisor::Watched {
 public:
  Watched(std::string name, ProcessRequest request, const ProcessWatch& watch)
      : name_(std::move(name)), request_(std::move(request)), watch_(watch) {}

  Result<void> start() {
    CF_TRY(Child child, start_child(request_));
    begun_ = std::chrono::steady_clock::now();
    tell_start(child);
    thread_ = std::jthread([this, first = std::make_shared<Child>(std::move(child))](const std::stop_token& stop) {
      run(std::move(*first), stop);
    });
    return {};
  }

  void stop(std::chrono::milliseconds patience, const std::stop_token& now) {
    patience_ = patience;
    now_ = now;
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

  ProcessState state() const {
    const std::scoped_lock lock(mutex_);
    ProcessState out = state_;
    if (out.kind == ProcessState::Kind::running && std::chrono::steady_clock::now() - begun_ < settled)
      out.kind = ProcessState::Kind::starting;
    return out;
  }

 private:
  void run(Child child, const std::stop_token& stop) {
    int in_a_row = 0;
    while (true) {
      const std::optional<int> status = watch_until_end(child, stop);
      if (!status) return end(child);
      in_a_row = std::chrono::steady_clock::now() - begun_ > counts_as_new ? 0 : in_a_row;
      const std::chrono::seconds pause = std::min(longest_pause, std::chrono::seconds(1 << std::min(in_a_row, 5)));
      ++in_a_row;
      end_child(child);  // what it started, and has left behind
      tell_end(*status, pause);
      if (!wait(pause, stop) || !start_again(child, stop)) return;
    }
  }

  /// The status with which it ended; nothing where it is to be stopped.
  std::optional<int> watch_until_end(Child& child, const std::stop_token& stop) {
    child.input.close();  // nobody types here
    while (!stop.stop_requested()) {
      wait_for_pipes(child, false);
      take_lines(child, false);
      if (const std::optional<int> status = exit_status(child)) {
        take_lines(child, true);
        return status;
      }
    }
    return std::nullopt;
  }

  void take_lines(Child& child, bool at_end) {
    const auto tell = [this](const std::string& line) {
      // What is indented goes on about the line before it: where in the sources it was.
      if (!trimmed(line).empty() && (last_line_.empty() || (line.front() != ' ' && line.front() != '\t')))
        last_line_ = line;
      if (watch_.line) watch_.line(name_, line);
    };
    output_.take(child.output, tell, at_end);
    errors_.take(child.errors, tell, at_end);
  }

  /// Asks it to end, and does not wait for ever.
  void end(Child& child) {
    const Time deadline = std::chrono::steady_clock::now() + patience_;
    ask_to_end(child);
    while (std::chrono::steady_clock::now() < deadline && !now_.stop_requested()) {
      wait_for_pipes(child, false);
      take_lines(child, false);
      if (exit_status(child)) break;
    }
    take_lines(child, true);
    end_child(child);
  }

  void tell_start(const Child& child) const {
    if (watch_.started) watch_.started(name_, process_mark(child.process));
  }

  void tell_end(int status, std::chrono::seconds pause) {
    std::string reason = fmt::format("ended with status {}", status);
    if (status > 128 && status <= 128 + 64) reason += fmt::format(" (as by signal {})", status - 128);
    if (!last_line_.empty() && status != 128 + SIGKILL) reason += ": " + last_line_;  // else it could not say why
    {
      const std::scoped_lock lock(mutex_);
      state_.kind = ProcessState::Kind::ended;
      state_.reason = reason;
      ++state_.restarts;
    }
    if (watch_.ended) watch_.ended(name_, reason, pause);
  }

  /// False when it is to be stopped.
  static bool wait(std::chrono::seconds pause, const std::stop_token& stop) {
    real_clock().sleep(pause, stop);
    return !stop.stop_requested();
  }

  bool start_again(Child& child, const std::stop_token& stop) {
    while (true) {
      Result<Child> again = start_child(request_);
      if (again) {
        child = *std::move(again);
        tell_start(child);
        const std::scoped_lock lock(mutex_);
        begun_ = std::chrono::steady_clock::now();
        state_.kind = ProcessState::Kind::running;
        last_line_.clear();
        return true;
      }
      // A build may be replacing the file just now.
      if (watch_.ended) watch_.ended(name_, again.error().message, longest_pause);
      if (!wait(longest_pause, stop)) return false;
    }
  }

  const std::string name_;
  const ProcessRequest request_;
  const ProcessWatch& watch_;
  std::chrono::milliseconds patience_{0};
  std::stop_token now_{};
  mutable std::mutex mutex_{};
  ProcessState state_{.kind = ProcessState::Kind::running};
  Time begun_{};
  std::string last_line_{};
  Lines output_{};
  Lines errors_{};
  std::jthread thread_{};  ///< uses what is above
};

Supervisor::~Supervisor() {
  for (const auto& [name, watched] : all_) watched->stop(std::chrono::milliseconds(0), {});
}

std::shared_ptr<Supervisor::Watched> Supervisor::find(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = all_.find(name);
  return found == all_.end() ? nullptr : found->second;
}

Result<void> Supervisor::start(const std::string& name, const ProcessRequest& request) {
  if (find(name) != nullptr) return failure(ErrorKind::conflict, fmt::format("{} runs already", quote(name)));
  const auto watched = std::make_shared<Watched>(name, request, watch_);
  CF_CHECK(watched->start());
  const std::scoped_lock lock(mutex_);
  all_.emplace(name, watched);
  return {};
}

void Supervisor::stop(const std::string& name, std::chrono::milliseconds patience, const std::stop_token& now) {
  const std::shared_ptr<Watched> watched = find(name);
  if (watched == nullptr) return;
  watched->stop(patience, now);
  const std::scoped_lock lock(mutex_);
  all_.erase(name);
}

ProcessState Supervisor::state(const std::string& name) const {
  const std::shared_ptr<Watched> watched = find(name);
  return watched == nullptr ? ProcessState{} : watched->state();
}

}  // namespace cloudflow
