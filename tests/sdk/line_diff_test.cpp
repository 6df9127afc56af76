// Texts held against each other line by line.
#include "sdk/support/line_diff.h"

#include <catch2/catch_all.hpp>

#include "sdk/support/text.h"

using namespace cloudflow;

namespace {

/// "a -b +c": one word for each line.
std::string diff(const std::string& before, const std::string& after) {
  const auto lines = [](const std::string& text) {
    return text.empty() ? std::vector<std::string>() : split(text, ' ');
  };
  std::vector<std::string> out;
  for (const DiffLine& line : line_diff(lines(before), lines(after))) {
    const char* mark = line.kind == DiffLine::Kind::added ? "+" : line.kind == DiffLine::Kind::removed ? "-" : "";
    out.push_back(mark + line.text);
  }
  return join(out, " ");
}

}  // namespace

TEST_CASE("the fewest lines are removed and added", "[sdk][diff]") {
  struct Row {
    const char* before;
    const char* after;
    const char* diff;
  };
  const auto row = GENERATE(values<Row>({
      {"", "", ""},
      {"a b c", "a b c", "a b c"},
      {"", "a b", "+a +b"},
      {"a b", "", "-a -b"},
      {"a b c", "a x c", "a -b +x c"},
      {"a b c d", "a x y d", "a -b -c +x +y d"},
      {"a b c", "b c d", "-a b c +d"},
      {"a b a b", "b a b a", "-a b a b +a"},
      {"a a a", "a a", "a a -a"},
      {"x a b y c z", "x b a y q z", "x -a b +a y -c +q z"},
  }));
  CAPTURE(row.before, row.after);
  CHECK(diff(row.before, row.after) == row.diff);
}

TEST_CASE("texts of many thousands of lines take little time and memory", "[sdk][diff]") {
  std::vector<std::string> before;
  std::vector<std::string> after;
  for (int i = 0; i < 50'000; ++i) {
    before.push_back("b" + std::to_string(i));
    after.push_back("a" + std::to_string(i));
  }
  before.insert(before.begin(), "same");
  after.insert(after.begin(), "same");
  const std::vector<DiffLine> lines = line_diff(before, after);
  REQUIRE(lines.size() == 100'001);
  CHECK(lines[0] == DiffLine{DiffLine::Kind::same, "same"});
  CHECK(lines[50'000] == DiffLine{DiffLine::Kind::removed, "b49999"});
  CHECK(lines[50'001] == DiffLine{DiffLine::Kind::added, "a0"});
}
