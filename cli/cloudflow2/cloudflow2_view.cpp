// Cloudflow 2's way of speaking.
#include "cli/cloudflow2/cloudflow2_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/views/plan_text.h"

namespace cloudflow::cloudflow2 {
namespace {

constexpr std::array<std::string_view, 6> levels = {"off", "error", "warn", "info", "debug", "trace"};
constexpr int warn = 2;
constexpr int info = 3;

std::string place_text(const SourcePos& where) { return where.file.empty() ? "" : where.text() + ": "; }
std::string hint_text(const std::string& hint) { return hint.empty() ? "" : fmt::format(" ({})", hint); }

/// Hints that name cloudflow.yaml say here which argument it is.
std::string hint_of(const Diagnostic& one) {
  if (one.code == "volume-mount-unbound") return "pass --volume-mount STREAMLET.MOUNT=CLAIM";
  if (one.code == "parameter-missing") return "set it in a file of --conf, or pass KEY=VALUE";
  if (one.code == "unknown-kafka-cluster")
    return "label its secret cloudflow.lightbend.com/kafka-cluster-name, in the application's namespace or that of "
           "--operator-namespace";
  return one.hint;
}

class Cloudflow2View final : public View {
 public:
  Cloudflow2View(int level, std::unique_ptr<View> talkative) : level_(level), talkative_(std::move(talkative)) {}

  void diagnostics(const Diagnostics& diagnostics) override {
    for (const Diagnostic& one : diagnostics.all()) {
      const bool error = one.severity == Severity::error;
      if (!error && level_ < warn) continue;
      print_err(fmt::format("{}: {}{}{}\n", error ? "Error" : "Warning", place_text(one.where), one.message,
                            hint_text(hint_of(one))));
    }
  }
  void error(const Error& error) override { print_err(error_line(error)); }
  void note(std::string_view text) override {
    if (level_ >= info) talkative_->note(text);
  }
  void plan(const Plan& plan) override {
    if (level_ >= info) print_err(plan_text(plan, file_text_, {Style(false), false}));
    for (const Error& rejection : plan.rejections) error(rejection);
    for (const std::string& violation : plan.violations)
      error({ErrorKind::denied, violation, std::nullopt, foreign_things(plan)});
    for (const Change& change : plan.changes) {
      if (change.refused && plan.violations.empty())
        error({ErrorKind::denied, fmt::format("{}: {}", change.id.text(), *change.refused)});
    }
  }
  void event(const Event& event) override {
    if (const auto* failed = std::get_if<Failed>(&event)) {
      Error said = failed->error;
      said.message = fmt::format("{}: {}", failed->id.text(), said.message);
      error(said);
    } else if (level_ >= info) {
      talkative_->event(event);
    }
  }
  void outcome(const Plan&, const Outcome& outcome) override {
    if (outcome.skipped > 0) {
      error({ErrorKind::unavailable, fmt::format("{} could not be made because of the above", outcome.skipped),
             std::nullopt, "what was done stays; run the command again"});
    }
  }

 private:
  /// What belongs to others, for the line that says how much does.
  static std::string foreign_things(const Plan& plan) {
    std::string out;
    for (const Change& change : plan.changes) {
      if (change.foreign && change.refused)
        out += fmt::format("{}{} {}", out.empty() ? "" : "; ", change.id.text(), *change.refused);
    }
    return out;
  }

  int level_;
  std::unique_ptr<View> talkative_;
};

}  // namespace

std::optional<int> log_rank(std::string_view level) {
  const auto found = std::ranges::find(levels, level);
  if (found == levels.end()) return std::nullopt;
  return static_cast<int>(found - levels.begin());
}

std::unique_ptr<View> make_cloudflow2_view(const Host& host, std::string_view log_level) {
  return std::make_unique<Cloudflow2View>(log_rank(log_level).value_or(0), make_text_view(host, {}));
}

std::string error_line(const Error& error) {
  return fmt::format("Error: {}{}{}\n", error.where ? place_text(*error.where) : "", error.message,
                     hint_text(error.hint));
}

}  // namespace cloudflow::cloudflow2
