// Foreign text made harmless for a terminal and for a log.
#include "sdk/support/printable.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

TEST_CASE("what would steer a terminal is written out", "[printable]") {
  struct Row {
    std::string text, shown;
  };
  using namespace std::string_literals;
  const auto row = GENERATE(values<Row>({
      {"plain\ttext\n", "plain\ttext\n"},
      {"déjà vu ✓ 日本 🚀", "déjà vu ✓ 日本 🚀"},
      {"\x1b[31mred\x1b]0;title\x07", R"(\x1b[31mred\x1b]0;title\x07)"},
      {"a\0b"s, R"(a\x00b)"},
      {"done\rApplied", R"(done\x0dApplied)"},
      {"\x7f", R"(\u007f)"},
      {"\xc2\x9b"
       "31m",
       R"(\u009b31m)"},                                   // the one-byte form of ESC [
      {"\u202egnp.exe\u2066", R"(\u202egnp.exe\u2066)"},  // right to left
      {"a\u2028b", R"(a\u2028b)"},
      {"\xff\xfe", R"(\xff\xfe)"},
      {"\xc3", R"(\xc3)"},                          // cut off
      {"\xc0\x9b", R"(\xc0\x9b)"},                  // longer than needed
      {"\xed\xa0\x80", R"(\xed\xa0\x80)"},          // half of a surrogate pair
      {"\xf4\x90\x80\x80", R"(\xf4\x90\x80\x80)"},  // beyond Unicode
  }));
  CHECK(printable(row.text) == row.shown);
  CHECK(is_printable(row.text) == (row.text == row.shown));
  CHECK(is_printable(row.shown));
}
