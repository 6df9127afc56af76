// The view for people: on a terminal one moving line per change in flight, elsewhere plain lines.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "cli/views/layout.h"
#include "cli/views/plan_text.h"
#include "cli/views/plan_words.h"
#include "cli/views/table.h"
#include "cli/views/view.h"
#include "sdk/support/clock.h"
#include "sdk/support/log.h"
#include "sdk/support/printable.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Columns of a terminal that does not say how many it has.
constexpr int usual_width = 80;

std::string seconds_text(std::chrono::milliseconds time) {
  return fmt::format("{:.1f} s", static_cast<double>(time.count()) / 1000.0);
}

std::string_view doing(Action action) {
  switch (action) {
    case Action::create:
      return "creating";
    case Action::update:
      return "updating";
    case Action::replace:
      return "replacing";
    case Action::remove:
      return "removing";
    case Action::none:
      return "waiting";
  }
  return "";
}

/// The reason without the names of pods, which begin like what they belong to and take the room of what matters.
std::string without_pods(std::string text, const std::string& owner) {
  for (std::size_t at = text.find(owner + "-"); at != std::string::npos; at = text.find(owner + "-", at)) {
    const std::size_t end = text.find_first_of(" ;", at);
    if (end == std::string::npos || text[end - 1] != ':') break;
    text.erase(at, end + 1 - at);
  }
  return text;
}

/// A message without the thing that it begins with, where that stands before it already.
std::string without_subject(const std::string& message, const ResourceId& id) {
  const std::string subject = id.text() + ": ";
  return message.starts_with(subject) ? message.substr(subject.size()) : message;
}

/// Whether answer and progress go to the same place: a terminal, or a log.
bool is_one_output() {
  struct stat out{};
  struct stat err{};
  return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 && out.st_dev == err.st_dev &&
         out.st_ino == err.st_ino;
}

std::string_view outcome_head(const Outcome& outcome) {
  if (outcome.complete() && outcome.refused == 0) return "Applied:";
  if (outcome.interrupted) return "Interrupted:";
  if (outcome.made_anything()) return "Partly applied:";
  return outcome.failures.empty() ? "Refused:" : "Failed:";
}

/// What is there after changes that were not all made.
std::string_view end_of(const Outcome& outcome) {
  if (outcome.made_anything()) return "What was done stays.";
  return outcome.may_go_on() ? "What the server has begun to remove may still go." : "Nothing was changed.";
}

class TextView final : public View {
 public:
  TextView(const Host& host, const ViewOptions& options)
      : host_(host), options_(options), style_(host.colour), error_style_(host.colour_errors) {
    // Warnings come from any thread, and must not be drawn into lines that move.
    log::configure(log::Level::warn, [this](log::Level, std::string_view line) { note(line); });
  }
  ~TextView() override { log::reset(); }
  TextView(const TextView&) = delete;
  TextView& operator=(const TextView&) = delete;

  void diagnostics(const Diagnostics& diagnostics) override {
    const std::scoped_lock lock(mutex_);
    say(diagnostics_text(diagnostics, file_text_, error_style_, host_.error_width));
  }
  void error(const Error& error) override {
    const std::scoped_lock lock(mutex_);
    say(error_text(error, file_text_, error_style_, host_.error_width));
  }
  void note(std::string_view text) override {
    const std::scoped_lock lock(mutex_);
    say(fmt::format("{}\n", text));
  }
  void plan(const Plan& plan) override {
    print_out(plan_text(plan, file_text_, {style_, options_.full, host_.output_width}));
  }

  void event(const Event& event) override {
    const std::scoped_lock lock(mutex_);
    std::visit([this](const auto& value) { show(value); }, event);
  }

  void outcome(const Plan& plan, const Outcome& outcome) override {
    const std::scoped_lock lock(mutex_);
    clear_live();
    answer(outcome_text(plan, outcome));
  }

 private:
  struct InFlight {
    ResourceId id{};
    Action action = Action::none;
    std::string text{};
    std::chrono::steady_clock::time_point since{};
  };

  std::string outcome_text(const Plan& plan, const Outcome& outcome) const {
    std::string counts =
        fmt::format("{} added, {} changed, {} removed", outcome.added, outcome.changed, outcome.removed);
    if (outcome.refused > 0) counts += fmt::format(", {} refused", outcome.refused);
    if (!outcome.failures.empty()) counts += fmt::format(", {} failed", outcome.failures.size());
    if (outcome.unready > 0) counts += fmt::format(", {} not ready yet", outcome.unready);
    if (outcome.skipped > 0) counts += fmt::format(", {} not done", outcome.skipped);
    const bool done = outcome.complete() && outcome.refused == 0;
    std::string out = fmt::format("\n{} {} in {}.\n", style_(done ? Colour::green : Colour::red, outcome_head(outcome)),
                                  counts, seconds_text(outcome.took));
    // Who reads both has read why, when it happened.
    const bool said = is_one_output();
    for (const Failed& failure : outcome.failures)
      out += fmt::format("  {} {}{}\n", style_(Colour::red, "!"), failure.id.text(),
                         said ? "" : ": " + in_one_line(without_subject(failure.error.message, failure.id)));
    if (done) return out;
    if (outcome.failures.empty() && !outcome.interrupted) {
      return out + fmt::format("What is refused, and what waits for it, was not done{}.\n",
                               outcome.made_anything() ? "; the rest was" : ": nothing was changed");
    }
    const bool is_mistake = std::ranges::any_of(
        outcome.failures, [](const Failed& failure) { return failure.error.kind == ErrorKind::invalid_input; });
    return out +
           fmt::format("{} {} to go on from here{}.\n", end_of(outcome),
                       is_mistake ? "When that is mended, run the same command again" : "Run the same command again",
                       plan.environment.empty() ? "" : fmt::format(" (environment {})", plan.environment));
  }

  void answer(std::string_view text) const { print_out(laid_out(text, host_.output_width)); }

  void say(std::string_view text) {
    clear_live();
    print_err(laid_out(text, host_.error_width));
    draw_live();
  }

  void show(const Started& started) {
    live_[started.id] = {started.id, started.action, std::string(doing(started.action)), real_clock().now()};
    refresh();
  }
  void show(const Waiting& waiting) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(waiting.left).count();
    const std::string text =
        waiting.reason + (seconds > 0 ? fmt::format("; waits for up to {} s more", seconds) : std::string());
    if (!host_.errors_are_terminal) {
      say(fmt::format("  . {}: {}\n", waiting.id.text(), in_one_line(text)));
      return;
    }
    InFlight& line = live_[waiting.id];
    line.id = waiting.id;
    line.text = text;
    if (line.since == std::chrono::steady_clock::time_point{}) line.since = real_clock().now();
    refresh();
  }
  void show(const Finished& finished) {
    live_.erase(finished.id);
    say(fmt::format("  {} {} {} ({})\n", error_style_(Colour::green, "✓"), finished.id.text(),
                    finished.is_left_to_others ? "left to others" : done_word(finished.action),
                    seconds_text(finished.took)));
  }
  void show(const Failed& failed) {
    live_.erase(failed.id);
    say(fmt::format("  {} {}: {}\n", error_style_(Colour::red, "✗"), failed.id.text(),
                    in_one_line(without_subject(failed.error.message, failed.id))));
    if (failed.error.where) say(fmt::format("      asked for at {}\n", failed.error.where->text()));
    if (!failed.error.hint.empty())
      say(fmt::format("      {}: {}\n", error_style_(Colour::cyan, "hint"), failed.error.hint));
  }
  void show(const Skipped& skipped) {
    live_.erase(skipped.id);
    say(fmt::format("  {} {} {}: {}\n", error_style_(Colour::yellow, "-"), skipped.id.text(),
                    skipped.written ? "not ready yet" : "not done", in_one_line(skipped.because)));
  }

  /// Redraws at most ten times a second: a thousand changes must not wait for a terminal.
  void refresh() {
    if (!host_.errors_are_terminal) return;
    const auto now = real_clock().now();
    if (now - drawn_at_ < std::chrono::milliseconds(100)) return;
    clear_live();
    draw_live();
  }

  void clear_live() {
    if (drawn_lines_ == 0) return;
    print_err(terminal_code(fmt::format("[{}A", drawn_lines_)) + terminal_code("[J"));
    drawn_lines_ = 0;
  }

  void draw_live() {
    if (!host_.errors_are_terminal || live_.empty()) return;
    constexpr int most = 10;
    std::string out;
    const auto now = real_clock().now();
    for (const auto& [id, line] : live_) {
      if (drawn_lines_ == most) {
        out += fmt::format("  … and {} more\n", live_.size() - most);
        ++drawn_lines_;
        break;
      }
      std::string text = fmt::format("  {} {} {} s: {}", symbol_of(line.action), id.text(),
                                     std::chrono::duration_cast<std::chrono::seconds>(now - line.since).count(),
                                     without_pods(line.text, id.name));
      // What the sink would write out takes room.
      out += fitted(printable(in_one_line(std::move(text))),
                    static_cast<std::size_t>(host_.error_width > 0 ? host_.error_width : usual_width)) +
             "\n";
      ++drawn_lines_;
    }
    print_err(out);
    drawn_at_ = now;
  }

  std::mutex mutex_{};
  const Host& host_;
  ViewOptions options_;
  Style style_;
  Style error_style_;
  std::map<ResourceId, InFlight> live_{};
  int drawn_lines_ = 0;
  std::chrono::steady_clock::time_point drawn_at_{};
};

}  // namespace

std::unique_ptr<View> make_text_view(const Host& host, const ViewOptions& options) {
  return std::make_unique<TextView>(host, options);
}

}  // namespace cloudflow
