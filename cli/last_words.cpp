// What the user reads when a library ends this program.
#include "cli/last_words.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

namespace cloudflow::last_words {
namespace {

constexpr std::array ending_signals = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

// Read inside the handler: atomics that never lock.
std::atomic<int> begun = 0;
std::atomic<int> done = 0;
std::atomic<bool> is_reported = false;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

/// A text of bounded size, built without any call that a signal handler may not make.
class Text {
 public:
  Text& operator<<(std::string_view words) {
    for (const char c : words) {
      if (size_ < bytes_.size()) bytes_[size_++] = c;
    }
    return *this;
  }
  Text& operator<<(int number) {
    std::array<char, 12> digits{};
    std::size_t at = digits.size();
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    return *this << std::string_view(&digits[at], digits.size() - at);
  }
  void write_to(int file) const {
    for (std::size_t at = 0; at < size_;) {
      const ssize_t written = ::write(file, &bytes_[at], size_ - at);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      at += static_cast<std::size_t>(written);
    }
  }

 private:
  std::array<char, 1024> bytes_{};
  std::size_t size_ = 0;
};

std::string_view name_of(int signal) {
  switch (signal) {
    case SIGABRT:
      return "SIGABRT";
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    default:
      return "SIGILL";
  }
}

void report(int signal) {
  Text text;
  text << "\nerror: this run was ended from inside (signal " << name_of(signal)
       << ", a fault of a library or of cloudflow itself)\n";
  const int started = begun.load(std::memory_order_relaxed);
  const int finished = done.load(std::memory_order_relaxed);
  if (started == 0) {
    text << "  It had not begun to change anything.\n  hint: run it again";
  } else {
    text << "  Of the changes it had begun, " << finished << " of " << started
         << " are done, and the record of the application names them all: nothing is lost.\n"
         << "  hint: run it again, it goes on from here; on this machine at once, on others when the lock of this run "
            "has ended by itself";
  }
  text << "; please report the lines above\n";
  text.write_to(STDERR_FILENO);
}

void on_end(int signal) {
  const int before = errno;
  if (!is_reported.exchange(true)) report(signal);
  errno = before;
  // SA_RESETHAND has put the system's way back: exit status and core dump are what they would have been.
  ::raise(signal);
}

}  // namespace

void prepare() {
  for (const int signal : ending_signals) {
    struct sigaction old{};
    if (sigaction(signal, nullptr, &old) != 0 || old.sa_handler != SIG_DFL) continue;
    struct sigaction ours{};
    ours.sa_handler = on_end;
    ours.sa_flags = static_cast<int>(SA_RESETHAND);
    sigemptyset(&ours.sa_mask);
    sigaction(signal, &ours, nullptr);
  }
}

void hear(const Event& event) {
  if (const auto* started = std::get_if<Started>(&event); started != nullptr && started->action != Action::none)
    ++begun;
  if (const auto* finished = std::get_if<Finished>(&event); finished != nullptr && finished->action != Action::none)
    ++done;
}

}  // namespace cloudflow::last_words
