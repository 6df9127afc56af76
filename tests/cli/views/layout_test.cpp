// Lines on terminals of several widths.
#include "cli/views/layout.h"

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <random>
#include <sstream>

#include "cli/views/plan_text.h"
#include "cli/views/status_view.h"
#include "cli/views/table.h"
#include "sdk/support/text.h"

using namespace cloudflow;

namespace {

std::size_t widest(const std::string& text) {
  std::size_t out = 0;
  for (const std::string& line : split(text, '\n')) out = std::max(out, text_width(line));
  return out;
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

}  // namespace

TEST_CASE("a line that is too wide is continued below, first where columns are apart", "[views][layout]") {
  const std::string field =
      "       ~ secret.conf: cloudflow.streamlets.generator.records-per-second  13 → 15  config/prod.conf:3:54, "
      "d61fa96 \"More records\"\n";
  CHECK(laid_out(field, 0) == field);
  CHECK(laid_out(field, 200) == field);
  CHECK("\n" + laid_out(field, 80) == R"(
       ~ secret.conf: cloudflow.streamlets.generator.records-per-second  13 → 15
           config/prod.conf:3:54, d61fa96 "More records"
)");
  CHECK("\n" + laid_out(field, 75) == R"(
       ~ secret.conf: cloudflow.streamlets.generator.records-per-second
           13 → 15  config/prod.conf:3:54, d61fa96 "More records"
)");
  CHECK("\n" + laid_out(field, 120) == R"(
       ~ secret.conf: cloudflow.streamlets.generator.records-per-second  13 → 15
           config/prod.conf:3:54, d61fa96 "More records"
)");
  CHECK("\n" + laid_out("       ~ data.conf  \"a value with blanks in it\" → \"another value with blanks\"\n", 45) ==
        R"(
       ~ data.conf
           "a value with blanks in it"
           → "another value with blanks"
)");
}

TEST_CASE("sentences are broken between words, and what no line can hold stays whole", "[views][layout]") {
  CHECK(laid_out("error: the lock of \"somebody@somewhere\" is held since 2026-11-21T08:10:00Z", 40) ==
        "error: the lock of \"somebody@somewhere\"\n    is held since 2026-11-21T08:10:00Z");
  const std::string place = "/a/path/that/is/longer/than/any/line/of/this/terminal.conf:3:54:";
  CHECK(laid_out(place + " error: no such key", 40) == place + "\n    error: no such key");
  CHECK(laid_out("  hint: see " + place, 40) == "  hint: see\n" + place);
  CHECK(laid_out("  hint: see " + place, 40, TooWide::shorten) ==
        "  hint: see\n      /a/path/that/is/l…minal.conf:3:54:");
}

TEST_CASE("colours take no room", "[views][layout]") {
  const Style style(true);
  const std::string line = style(Colour::red, "refused:") + " " + style(Colour::dim, "one two");
  CHECK(laid_out(line, 20) == line);
  CHECK(laid_out(line + " three", 20) == line + "\n    three");
}

TEST_CASE("a help continues its last column below itself", "[views][layout]") {
  CHECK("\n" + laid_out_below("  --full                      Show every field of what is created\n", 50) == R"(
  --full                      Show every field of
                              what is created
)");
  CHECK(laid_out_below("Exit codes: 0 done or nothing to do, 1 error", 30) ==
        "Exit codes: 0 done or nothing\nto do, 1 error");
}

TEST_CASE("both ends of a value that is too long stay readable", "[views][layout]") {
  CHECK(without_middle("abcdefghij", 10) == "abcdefghij");
  CHECK(without_middle("abcdefghij", 7) == "abc…hij");
  CHECK(without_middle("äöüäöüäöü", 4) == "äö…ü");
  CHECK(without_middle(Style(true)(Colour::red, "abcdefghij"), 4) == "ab…j");
}

TEST_CASE("no random text loses a word, and no line is wider than it must be", "[views][layout]") {
  std::mt19937 dice(20261128);  // NOLINT(cert-msc51-cpp,bugprone-random-generator-seed): the same texts each time
  const auto upto = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(dice); };
  for (int round = 0; round < 2000; ++round) {
    std::string text(upto(12), ' ');
    std::vector<std::string> values;
    for (std::size_t i = upto(30); i > 0; --i) {
      std::string word(1 + upto(25), static_cast<char>('a' + upto(25)));
      if (upto(9) == 0) {
        word = "→";
      } else if (upto(5) == 0) {
        word = "\"" + word + " " + word + "\"";
        if (word.size() <= 24) values.push_back(word);
      }
      text += word + std::string(1 + (upto(3) == 0 ? upto(4) : 0), ' ');
      if (upto(20) == 0) text += "\n" + std::string(upto(6), ' ');
    }
    const int width = 40 + static_cast<int>(upto(100));
    CAPTURE(text, width);
    const std::string out = laid_out(text, width);
    CHECK(words(out) == words(text));
    for (const std::string& value : values) CHECK_THAT(out, Catch::Matchers::ContainsSubstring(value));
    for (const std::string& line : split(out, '\n')) {
      if (text_width(line) > static_cast<std::size_t>(width)) CHECK(words(line).size() == 1);
    }
    CHECK(widest(laid_out(text, width, TooWide::shorten)) <= static_cast<std::size_t>(width));
  }
}

TEST_CASE("a table that is too wide has its sentences below and its values without their middle", "[views][layout]") {
  const std::vector<std::vector<std::string>> rows = {
      {"store", "0/1", "waiting", "registry.example.com/team/call-records:1.4.0", "ImagePullBackOff: no such image"},
      {"logger", "1/1", "ready", "registry.example.com/team/call-records:1.4.0", ""}};
  const std::vector<std::string> heading = {"STREAMLET", "PODS", "STATE", "IMAGE", "WHY NOT"};
  CHECK(widest(table_text(heading, rows, {.is_prose = true})) == 103);
  CHECK("\n" + table_text(heading, rows, {.width = 80, .is_prose = true}) == R"(
STREAMLET  PODS  STATE    IMAGE
store      0/1   waiting  registry.example.com/team/call-records:1.4.0
    why not: ImagePullBackOff: no such image
logger     1/1   ready    registry.example.com/team/call-records:1.4.0
)");
  CHECK("\n" + table_text(heading, rows, {.width = 50, .is_prose = true}) == R"(
STREAMLET  PODS  STATE    IMAGE
store      0/1   waiting  registry.exa…cords:1.4.0
    why not: ImagePullBackOff: no such image
logger     1/1   ready    registry.exa…cords:1.4.0
)");
}

TEST_CASE("a table that no columns can hold is a list", "[views][layout]") {
  const std::vector<std::string> heading = {"INLET", "TOPIC", "GROUP", "STATE", "MEMBERS", "LAG", "WHY NOT"};
  const std::vector<std::vector<std::string>> rows = {
      {"store.in", "call-records-of-all-regions", "call-records.store.in", "Stable", "1", "12", "one two three four"},
      {"logger.valid-records", "call-records-valid", "call-records.logger.valid", "none", "0", "never read", ""}};
  CHECK("\n" + table_text(heading, rows, {.width = 30, .is_prose = true}) == R"(
INLET    store.in
TOPIC    call-recor…ll-regions
GROUP    call-records.store.in
STATE    Stable
MEMBERS  1
LAG      12
WHY NOT  one two three four

INLET    logger.valid-records
TOPIC    call-records-valid
GROUP    call-recor…gger.valid
STATE    none
MEMBERS  0
LAG      never read
)");
  CHECK(table_text(heading, rows, {.width = 140, .is_prose = true}).starts_with("INLET      "));
}

TEST_CASE("status fits every width that a terminal may have", "[views][layout]") {
  ApplicationStatus status{.application = "call-records",
                           .targets = {"kubernetes prod/call-records", "kafka default 4L6g3nShT-eMCtK--X86sw"}};
  status.last = {{"commit", "3f2a91c0"}, {"command", "apply"}, {"state", "applied"}, {"time", "12:00"}, {"by", "ada"}};
  status.streamlets.push_back({.streamlet = "a-streamlet-with-a-long-name",
                               .image = "registry.example.com/team/call-records:1.4.0",
                               .wanted = 10,
                               .readiness = {Readiness::State::waiting, "pod x: ImagePullBackOff: no such image"}});
  status.topics.push_back({.cluster = "another-cluster", .topic = "a-topic-with-a-long-name", .exists = true});
  GroupLag lag{.group = "call-records.a-streamlet.in", .topic = "a-topic-with-a-long-name"};
  lag.state = "PreparingRebalance";
  lag.lag = 1234567;
  status.inlets.push_back({"a-streamlet-with-a-long-name", "in", lag});
  for (const int width : {30, 40, 60, 67, 80, 120}) {
    const std::string text = status_text(status, Style(false), width);
    INFO(width << "\n" << text);
    CHECK(widest(text) <= static_cast<std::size_t>(width));
  }
}

TEST_CASE("a plan fits its terminal, and says with --full or in JSON what it left out", "[views][layout]") {
  Plan plan{.application = "call-records", .version = "1.4.0"};
  plan.targets = {"kubernetes prod/call-records", "kafka default 4L6g3nShT-eMCtK--X86sw"};
  Change change{.id = {"kubernetes", "Deployment.apps", "call-records", "call-records-a-long-name-for-a-streamlet"},
                .action = Action::update,
                .risk = Risk::restart,
                .restarts = 3,
                .pods = 15};
  const std::string value = "-Xmx1g " + std::string(90, 'x') + " -Dend=1";
  change.fields = {
      {.path = "spec.replicas", .before = 13, .after = 15, .origin = SourcePos{"config/prod.conf", 3, 54}},
      {.path = "spec.template.spec.containers[streamlet].env[JAVA_OPTS].value", .before = value, .after = value + "0"},
      {.path = "spec.template.metadata.labels[app.kubernetes.io/managed-by]",
       .before = "helm",
       .after = "cloudflow",
       .cause = Cause::drift,
       .manager = "kubectl",
       .since = "2026-11-21T08:10:00Z",
       .take_over = true}};
  change.notes = {"what differs in a way that needs a person is said in a sentence that is longer than eighty columns"};
  plan.changes = {change};
  plan.pods = 15;
  plan.notes = {"topic calls stays as it is, although nobody in the blueprint reads or writes it any more since then"};
  const std::string narrow = plan_text(plan, {}, {.width = 80});
  CHECK("\n" + narrow == R"(
call-records 1.4.0
  → kubernetes prod/call-records
  → kafka default 4L6g3nShT-eMCtK--X86sw

Symbols: ~ update

   ~ deployment/call-records-a-long-name-for-a-streamlet  restarts 3 pods
       ~ spec.replicas  13 → 15               config/prod.conf:3:54
       ~ spec.template.spec.containers[streamlet].env[JAVA_OPTS].value
           …xxxxxxxxxxxx -Dend=1" → …xxxxxxxxxxxx -Dend=10"
       ~ spec.template.metadata.labels[app.kubernetes.io/managed-by]
           "helm" → "cloudflow"
           drift: kubectl at 2026-11-21T08:10:00Z, taken back
       ! what differs in a way that needs a person is said in a sentence that is
           longer than eighty columns

note: topic calls stays as it is, although nobody in the blueprint reads or
    writes it any more since then

Plan: 0 to add, 1 to change, 0 to remove. Restarts 3 of 15 pods, loses no data.
)");
  CHECK(widest(plan_text(plan, {}, {.width = 120})) <= 120);
  CHECK_THAT(plan_text(plan, {}, {.full = true}),
             Catch::Matchers::ContainsSubstring(value + "\" → \"" + value + "0\""));
}

TEST_CASE("the caret stays below its place on a narrow terminal", "[views][layout]") {
  const std::string line = std::string(70, 'a') + "\t" + std::string(70, 'b') + " here " + std::string(70, 'c');
  const FileText text = [&](const std::string&) { return line + "\n"; };
  const Diagnostic diagnostic{Severity::error, "x", "wrong", {"f.conf", 1, 143}, 4, ""};
  const std::string out = diagnostic_text(diagnostic, text, Style(false), 80);
  CHECK(widest(out) <= 80);
  const std::vector<std::string> lines = split(out, '\n');
  const std::size_t caret = text_width(lines[2].substr(0, lines[2].find('^')));
  CHECK(text_width(lines[1].substr(0, lines[1].find("here"))) == caret);
}
