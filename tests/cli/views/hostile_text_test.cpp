// No text from outside steers the terminal, whichever field of whichever value it comes in.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <functional>
#include <random>
#include <regex>

#include "cli/cloudflow2/cloudflow2_view.h"
#include "cli/views/resource_text.h"
#include "cli/views/status_view.h"
#include "cli/views/style.h"
#include "cli/views/view.h"
#include "sdk/support/log.h"
#include "sdk/support/printable.h"
#include "sdk/support/yaml_tree.h"
#include "tests/support/random_search.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

/// What is written to stdout and stderr meanwhile.
std::string printed_by(const std::function<void()>& work) {
  const TempFolder folder;
  const std::string path = folder.path("out");
  std::fflush(stdout);
  std::fflush(stderr);
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  REQUIRE(file >= 0);
  const int before[] = {::dup(STDOUT_FILENO), ::dup(STDERR_FILENO)};
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  work();
  std::fflush(stdout);
  std::fflush(stderr);
  ::dup2(before[0], STDOUT_FILENO);
  ::dup2(before[1], STDERR_FILENO);
  ::close(before[0]);
  ::close(before[1]);
  std::string out;
  char buffer[65536];
  ::lseek(file, 0, SEEK_SET);
  for (ssize_t got = 0; (got = ::read(file, buffer, sizeof buffer)) > 0;)
    out.append(buffer, static_cast<std::size_t>(got));
  ::close(file);
  return out;
}

/// Text of which each piece may be harmful.
class Words {
 public:
  explicit Words(unsigned seed) : random_(seed) {}
  std::string operator()() {
    using namespace std::string_literals;
    static const std::vector<std::string> pieces = {"\x1b[35m",
                                                    "\x1b[2J",
                                                    "\x1b]0;owned\x07",
                                                    "\x07",
                                                    "\0"s,
                                                    "\r",
                                                    "\x08",
                                                    "\x7f",
                                                    "\xc2\x9b",
                                                    "\xff",
                                                    "\xc3",
                                                    "\xed\xa0\x80",
                                                    "\u202e",
                                                    "\u2066",
                                                    "\u200f",
                                                    "\u2028",
                                                    "\nApplied: 1 added",

                                                    "é",
                                                    "word",
                                                    " ",
                                                    "\"",
                                                    "'",
                                                    ": ",
                                                    "{",
                                                    "}",
                                                    "%",
                                                    "$",
                                                    "|"};
    std::string out = "w";
    const std::size_t count = 1 + random_() % 6;
    for (std::size_t i = 0; i < count; ++i) out += pieces[random_() % pieces.size()];
    return out;
  }
  ResourceId id() {
    return {.provider = "kubernetes", .kind = "Deployment.apps", .scope = (*this)(), .name = (*this)()};
  }
  SourcePos place() { return {(*this)(), 1, 1}; }
  Error error() { return {ErrorKind::unavailable, (*this)(), place(), (*this)()}; }

 private:
  std::mt19937 random_;
};

Change hostile_change(Words& words, Action action) {
  Change change{.id = words.id(), .action = action};
  change.fields.push_back({.path = words(),
                           .pointer = "/a",
                           .before = Json(words()),
                           .after = Json(words() + "\n" + words()),
                           .cause = Cause::drift,
                           .manager = words(),
                           .since = words(),
                           .take_over = true,
                           .origin = words.place()});
  change.others.push_back({words(), {words()}});
  change.notes.push_back(words());
  lose(change, {words(), false});
  change.refused = action == Action::remove ? std::optional(words()) : std::nullopt;
  change.headline = words();
  change.desired = {.id = change.id, .spec = {{words(), words()}}};
  return change;
}

Plan hostile_plan(Words& words) {
  Plan plan;
  plan.application = words();
  plan.version = words();
  plan.environment = words();
  plan.targets = {words()};
  plan.notes = {words()};
  plan.violations = {words()};
  plan.unsafe_order = {words()};
  plan.rejections = {words.error()};
  for (const Action action : {Action::create, Action::update, Action::replace, Action::remove})
    plan.changes.push_back(hostile_change(words, action));
  return plan;
}

ApplicationStatus hostile_status(Words& words) {
  ApplicationStatus status{.application = words(), .targets = {words()}, .last = {{"by", words()}, {"time", words()}}};
  status.lock = LockSeen{.holder = words(), .since = words(), .progress = words()};
  StreamletStatus streamlet;
  streamlet.streamlet = words();
  streamlet.image = words();
  streamlet.readiness = {Readiness::State::waiting, words()};
  streamlet.pods.push_back({.name = words(), .status = words(), .reason = words()});
  status.streamlets = {streamlet};
  status.objects = {{words.id(), {Readiness::State::failed, words()}}};
  return status;
}

/// Everything that a view can be told, each field with words of its own.
void tell(View& view, Words& words) {
  view.read_files_with([&](const std::string&) { return std::optional(words() + "\n" + words()); });
  Diagnostics problems;
  problems.error(words(), words.place(), words(), words());
  problems.warning(words(), words.place(), words());
  view.diagnostics(problems);
  view.error(words.error());
  view.note(words());
  const Plan plan = hostile_plan(words);
  view.plan(plan);
  view.event(Started{words.id(), Action::create});
  view.event(Waiting{words.id(), words()});
  view.event(Finished{words.id(), Action::create, {}});
  view.event(Failed{words.id(), Action::create, words.error()});
  view.event(Skipped{words.id(), Action::create, words()});
  Outcome outcome;
  outcome.failures.push_back({words.id(), Action::create, words.error()});
  view.outcome(plan, outcome);
}

std::string told(unsigned seed, bool colour, const std::function<std::unique_ptr<View>(const Host&)>& make) {
  return printed_by([&] {
    Words words(seed);
    Host host;
    host.colour = host.colour_errors = colour;
    host.output_width = host.error_width = seed % 2 == 0 ? 80 : 0;
    const std::unique_ptr<View> view = make(host);
    tell(*view, words);
    const ApplicationStatus status = hostile_status(words);
    print_out(status_text(status, Style(colour), host.output_width));
    print_out(status_json(status));
    log::warn(words());
  });
}

/// Without the colours that a Style writes, none of which the words ask for.
std::string without_our_codes(const std::string& text) {
  static const std::regex ours("\x1b\\[(0|1|2|31|32|33|36)m");
  return std::regex_replace(text, ours, "");
}

}  // namespace

TEST_CASE("no text from outside steers the terminal", "[views][hostile][slow]") {
  const RandomSearch search = random_search(60, 5000);
  const std::pair<const char*, std::function<std::unique_ptr<View>(const Host&)>> views[] = {
      {"text", [](const Host& host) { return make_text_view(host, {.full = true}); }},
      {"events", [](const Host&) { return make_json_view(JsonAnswer::events); }},
      {"classic", [](const Host& host) { return cloudflow2::make_cloudflow2_view(host, "info"); }},
      {"document", [](const Host&) { return make_json_view(JsonAnswer::document); }},
  };
  for (int round = 0; round < search.rounds; ++round) {
    const unsigned seed = search.seed + static_cast<unsigned>(round);
    for (const auto& [name, make] : views) {
      CAPTURE(seed, name);
      const std::string plain = told(seed, false, make);
      REQUIRE(printable(plain) == plain);
      REQUIRE(plain.size() > 500);
      const std::string painted = without_our_codes(told(seed, true, make));
      REQUIRE(printable(painted) == painted);
    }
  }
}

TEST_CASE("what looks like our own code is written out", "[views][hostile]") {
  const Style style(true);
  CHECK(for_terminal(style(Colour::red, "a") + "\x1b[31mb") == "\x1b[31ma\x1b[0m\\x1b[31mb");
  // Even what was printed once, and comes back in the words of somebody else.
  CHECK(for_terminal(for_terminal(style(Colour::red, "a"))) == R"(\x1b[31ma\x1b[0m)");
}

TEST_CASE("rendered documents read back as they were, whatever characters are in them", "[views][hostile]") {
  const RandomSearch search = random_search(300, 20000);
  for (int round = 0; round < search.rounds; ++round) {
    const unsigned seed = search.seed + static_cast<unsigned>(round);
    CAPTURE(seed);
    Words words(seed);
    std::string text = words();
    std::string key = words();
    // What is no UTF-8 cannot be in JSON or YAML at all.
    for (std::string* one : {&text, &key}) *one = Json::parse(dump(Json(*one))).get<std::string>();
    const Resource resource{.id = {"kubernetes", "ConfigMap", "space", "name"}, .spec = {{"data", {{key, text}}}}};
    const std::string yaml = printed_by([&] { print_out(resources_yaml(std::vector{resource})); });
    const std::string json = printed_by([&] { print_out(resources_json(std::vector{resource})); });
    CAPTURE(yaml);
    CHECK(printable(yaml) == yaml);
    CHECK(Json::parse(json)["manifests"][0] == resource.spec);
    const auto tree = read_yaml_tree(yaml);
    REQUIRE(tree);
    REQUIRE((*tree)["data"].members.size() == 1);
    CHECK((*tree)["data"].members[0].first == key);
    CHECK((*tree)["data"].members[0].second.text == text);
  }
}
