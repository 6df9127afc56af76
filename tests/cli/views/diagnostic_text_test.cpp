// Diagnostics as people see them.
#include "cli/views/diagnostic_text.h"

#include <fmt/format.h>
#include <catch2/catch_all.hpp>

#include "cloudflow/json.h"

#include "cli/views/credentials_in_text.h"

using namespace cloudflow;

TEST_CASE("a line is not quoted with the credentials on it", "[views][diagnostics]") {
  struct Row {
    std::string line, shown;
  };
  const auto row = GENERATE(values<Row>({
      {"rate = 10", "rate = 10"},
      {"password = hush", "password = (hidden)"},
      {"  db.password: \"hush\"", "  db.password: (hidden)"},
      {R"({"ssl.key_password" : "hush", a = b})", R"({"ssl.key_password" : (hidden))"},
      {R"(sasl.jaas.config = "x username=\"a\" password=\"hush\";")", "sasl.jaas.config = (hidden)"},
      {R"(command = "login --password=hush")", R"(command = "login --password=(hidden))"},
      {"API_TOKEN += hush", "API_TOKEN += (hidden)"},
      {"server = \"https://ada:hush@example.com/x\"", "server = \"https://ada:(hidden)"},
      {"server = \"https://ada@example.com:8080/x\"", "server = \"https://ada@example.com:8080/x\""},
      {"password: {from-secret: registry/pasword}", "password: {from-secret: registry/pasword}"},
      {"password = ${PASSWORD}", "password = ${PASSWORD}"},
      {"secrets {", "secrets {"},
      {"password:", "password:"},
      {"- the token of the user", "- the token of the user"},
  }));
  const FileText text = [&](const std::string&) { return row.line + "\n"; };
  const Diagnostic first{Severity::error, "x", "wrong", {"a.conf", 1, 1}, 1, ""};
  CHECK(diagnostic_text(first, text, Style(false)) ==
        fmt::format("a.conf:1:1: error: wrong\n    1 | {}\n      | ^\n", row.shown));
  const std::size_t value = find_credential(row.line);
  if (value == std::string::npos) return;
  // A caret inside the value stands where it begins.
  const Diagnostic inside{Severity::error, "x", "wrong", {"a.conf", 1, static_cast<int>(value) + 3}, 1, ""};
  CHECK(diagnostic_text(inside, text, Style(false)) ==
        fmt::format("a.conf:1:{}: error: wrong\n    1 | {}\n      | {}^\n", value + 3, row.shown,
                    std::string(value, ' ')));
}

TEST_CASE("of a mistake that is made a thousand times the first ones are shown", "[views][diagnostics]") {
  Diagnostics problems;
  for (int i = 1; i <= 1000; ++i) problems.error("unknown-key", {"a.conf", i, 3}, fmt::format("no key \"{}\"", i));
  problems.warning("unknown-key", {"a.conf", 2, 9}, "once");
  problems.error("duplicate-topic", {"a.conf", 500, 1}, "another mistake", "write it once");
  problems.error("unknown-key", {"b.conf", 1, 1}, "in a later file");
  std::string expected;
  for (int i = 1; i <= 20; ++i) {
    expected += fmt::format("a.conf:{}:3: error: no key \"{}\"\n", i, i);
    if (i == 2) expected += "a.conf:2:9: warning: once\n";
  }
  expected += "… and 981 more like this\n";
  expected += "a.conf:500:1: error: another mistake\n  hint: write it once\n";
  expected += "1002 errors, 1 warning, 981 of them not shown; `validate --json` has them all\n";
  CHECK(diagnostics_text(problems, {}, Style(false)) == expected);

  const Json all = Json::parse(diagnostics_json(problems, {}));
  CHECK(all["problems"].size() == 1003);
}

TEST_CASE("as many as are shown of a mistake hide nothing", "[views][diagnostics]") {
  Diagnostics problems;
  for (int i = 1; i <= 20; ++i) problems.error("unknown-key", {"a.conf", i, 0}, "wrong");
  const std::string text = diagnostics_text(problems, {}, Style(false));
  CHECK(text.find("more like this") == std::string::npos);
  CHECK(text.ends_with("a.conf:20: error: wrong\n20 errors\n"));
}
