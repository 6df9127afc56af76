// Regular expressions of config parameters.
#include "planner/pattern/pattern.h"

#include <catch2/catch_all.hpp>

namespace cloudflow {
namespace {

struct Row {
  const char* pattern;
  const char* text;
  bool matches;
};

TEST_CASE("a pattern matches the whole text, as in Java", "[blueprint][pattern]") {
  const auto row = GENERATE(values<Row>({
      {".*", "", true},
      {".*", "anything", true},
      {".*", "two\nlines", false},
      {"(?s).*", "two\nlines", true},
      {"^[a-z]+$", "abc", true},
      {"^[a-z]+$", "abc1", false},
      {"a", "ab", false},
      {"(a|b)+", "abba", true},
      {"(a|b)+", "abca", false},
      {"(?:a|bc)*?d", "abcad", true},
      {"(?<year>\\d{4})-\\d{2}", "2026-11", true},
      {"\\d{2,}", "1", false},
      {"\\d{2,3}", "1234", false},
      {"\\d{2,3}", "123", true},
      {"x{0}", "", true},
      {"[^,]+,?", "abc,", true},
      {"[^,]+,?", "a,c", false},
      {"[a-z&&[^b]]+", "acd", true},
      {"[a-z&&[^b]]+", "abc", false},
      {"[]a]+", "]a", true},
      {"[a-]+", "a-a", true},
      {"[\\w.-]+@[\\w.]+", "ada.l@example.com", true},
      {"\\p{Upper}\\p{Alpha}*", "Ada", true},
      {"\\p{L}+", "Äda", true},
      {"[\\u00e4]x", "\xc3\xa4x", true},
      {".", "\xe2\x82\xac", true},
      {"(?i)abc", "aBC", true},
      {"(?i:a)bc", "Abc", true},
      {"(?i:a)bc", "ABc", false},
      {"\\Qa.b\\E+", "a.bb", true},
      {"\\Qa.b\\E", "axb", false},
      {"\\bfoo\\b.*", "foo bar", true},
      {"|a", "", true},
      {"(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
      {"(){10000}a", "a", true},
      {"((a?){30}){30}", "aaaa", true},
      {"(a?){40}a{40}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true},
  }));
  CAPTURE(row.pattern, row.text);
  const auto pattern = Pattern::compile(row.pattern);
  REQUIRE(pattern.has_value());
  CHECK(pattern->matches(row.text) == row.matches);
}

TEST_CASE("a broken pattern is an error, one that cannot be checked is told apart", "[blueprint][pattern]") {
  struct Wrong {
    const char* pattern;
    ErrorKind kind;
    const char* message;
  };
  const auto row = GENERATE(values<Wrong>({
      {"(", ErrorKind::invalid_input, "an unmatched \"(\""},
      {"a)", ErrorKind::invalid_input, "an unmatched \")\""},
      {"[a", ErrorKind::invalid_input, "\"[\" without \"]\""},
      {"[", ErrorKind::invalid_input, "\"[\" without \"]\""},
      {"a**", ErrorKind::invalid_input, "\"*\" without something to repeat"},
      {"{2}", ErrorKind::invalid_input, "\"{\" without something to repeat"},
      {"a{2,1}", ErrorKind::invalid_input, "a repetition whose end is before its start"},
      {"a{", ErrorKind::invalid_input, "\"{\" without a number"},
      {"a{2", ErrorKind::invalid_input, "\"{\" without \"}\""},
      {"a{99999}", ErrorKind::invalid_input, "a repetition above 10000"},
      {"\\", ErrorKind::invalid_input, "a \"\\\" at the end"},
      {"\\y", ErrorKind::invalid_input, "an unknown escape \"\\y\""},
      {"\\u12", ErrorKind::invalid_input, "an escape without its hexadecimal digits"},
      {"(?q)a", ErrorKind::invalid_input, "an unknown flag"},
      {"(?<1>a)", ErrorKind::invalid_input, "a wrong group name"},
      {"(?=a)", ErrorKind::unsupported, "look-around"},
      {"(?<!a)b", ErrorKind::unsupported, "look-around"},
      {"(a)\\1", ErrorKind::unsupported, "a reference back"},
      {"a++", ErrorKind::unsupported, "a possessive quantifier"},
      {"(?>a)", ErrorKind::unsupported, "an atomic group"},
      {"\\p{IsGreek}", ErrorKind::unsupported, "the property IsGreek"},
      {"((a{1000}){1000}){1000}", ErrorKind::unsupported, "too many repetitions"},
  }));
  CAPTURE(row.pattern);
  const auto pattern = Pattern::compile(row.pattern);
  REQUIRE_FALSE(pattern.has_value());
  CHECK(pattern.error().kind == row.kind);
  CHECK(pattern.error().message == row.message);
}

TEST_CASE("groups nested without end are an error, not a crash", "[blueprint][pattern]") {
  CHECK(Pattern::compile(std::string(100000, '(')).error().message == "groups nested too deep");
  CHECK(Pattern::compile(std::string(100000, '[')).error().message == "classes nested too deep");
}

}  // namespace
}  // namespace cloudflow
