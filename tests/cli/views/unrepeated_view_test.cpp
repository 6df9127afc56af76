// What is wrong in one round after another is said once.
#include "cli/views/unrepeated_view.h"

#include <fmt/format.h>
#include <catch2/catch_all.hpp>

#include <vector>

using namespace cloudflow;

namespace {

using Lines = std::vector<std::string>;

class Recorder final : public View {
 public:
  explicit Recorder(Lines& lines) : lines_(lines) {}
  void diagnostics(const Diagnostics& diagnostics) override {
    for (const Diagnostic& one : diagnostics.all())
      lines_.push_back(fmt::format("{} | {}", one.message, file_text_(one.where.file).value_or("")));
  }
  void error(const Error& error) override { lines_.push_back(error.message); }
  void note(std::string_view text) override { lines_.emplace_back(text); }
  void plan(const Plan& plan) override { lines_.push_back("plan of " + plan.application); }
  void event(const Event&) override { lines_.emplace_back("event"); }
  void outcome(const Plan&, const Outcome&) override { lines_.emplace_back("outcome"); }

 private:
  Lines& lines_;
};

}  // namespace

TEST_CASE("trouble that lasts is said in its first round, and that it is over in the first without", "[views]") {
  Lines lines;
  UnrepeatedView view(std::make_unique<Recorder>(lines));
  std::string text = "a line\n";
  view.read_files_with([&](const std::string&) { return text; });
  const auto round = [&](const Lines& errors, bool is_broken = false) {
    lines.clear();
    for (const std::string& error : errors) view.error({ErrorKind::unavailable, error});
    Diagnostics diagnostics;
    if (is_broken) diagnostics.error("x", {"a.conf", 1, 1}, "wrong");
    view.diagnostics(diagnostics);
    view.next_round();
    return lines;
  };
  CHECK(round({}) == Lines{});
  CHECK(round({"away", "away"}) == Lines{"away", "away"});
  CHECK(round({"away"}) == Lines{});
  CHECK(round({"away", "refused"}) == Lines{"refused"});
  CHECK(round({"refused"}) == Lines{});
  CHECK(round({"away"}) == Lines{"away"});
  CHECK(round({}) == Lines{"What was wrong in the rounds before is over."});
  CHECK(round({}) == Lines{});
  CHECK(round({}, true) == Lines{"wrong | a line\n"});
  CHECK(round({}, true) == Lines{});
  text = "another line\n";  // the same mistake in another commit
  CHECK(round({}, true) == Lines{"wrong | another line\n"});
  // What is no trouble is shown as often as it comes.
  lines.clear();
  for (int i = 0; i < 2; ++i) {
    view.note("note");
    view.plan({.application = "shop"});
    view.event(Started{});
    view.outcome({}, {});
  }
  CHECK(lines == Lines{"note", "plan of shop", "event", "outcome", "note", "plan of shop", "event", "outcome"});
}
