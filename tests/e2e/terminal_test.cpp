// What somebody at a terminal sees and can do.
#include <fmt/format.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch_all.hpp>
#include <csignal>
#include <cstdlib>
#include <regex>
#include <sstream>

#include "sdk/support/text.h"
#include "tests/e2e/world.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

/// The program on a terminal of its own, 80 columns wide unless another width is given.
class Terminal {
 public:
  Terminal(const World& world, std::vector<std::string> arguments, int width = 80) {
    const winsize size{.ws_row = 24, .ws_col = static_cast<unsigned short>(width), .ws_xpixel = 0, .ws_ypixel = 0};
    pid_ = forkpty(&file_, nullptr, nullptr, &size);
    if (pid_ != 0) return;
    if (chdir(world.folder().c_str()) != 0) _exit(126);
    setenv("KUBECONFIG", world.kubeconfig().c_str(), 1);  // NOLINT(concurrency-mt-unsafe): the child has one thread
    setenv("TERM", "xterm", 1);                           // NOLINT(concurrency-mt-unsafe)
    unsetenv("NO_COLOR");                                 // NOLINT(concurrency-mt-unsafe)
    std::string program = binary();
    std::vector<char*> argv = {program.data()};
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(program.c_str(), argv.data());
    _exit(127);
  }
  ~Terminal() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
    close(file_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Reads until this text was shown; false when the program ended before or a minute went by.
  bool shows(std::string_view text) {
    while (seen_.find(text) == std::string::npos) {
      if (!read_more()) return false;
    }
    return true;
  }
  void type(std::string_view keys) const { CHECK(write(file_, keys.data(), keys.size()) > 0); }
  /// The exit status; -1 when it does not end within a minute.
  int end() {
    while (read_more()) {
    }
    int status = 0;
    if (late_ || waitpid(pid_, &status, 0) != pid_) return -1;
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  const std::string& seen() const { return seen_; }

 private:
  bool read_more() {
    pollfd ready{file_, POLLIN, 0};
    if (poll(&ready, 1, 60'000) != 1) {
      late_ = true;
      return false;
    }
    std::array<char, 4096> part{};
    const ssize_t got = read(file_, part.data(), part.size());
    if (got <= 0) return false;  // the other end is closed
    seen_.append(part.data(), static_cast<std::size_t>(got));
    return true;
  }

  int file_ = -1;
  pid_t pid_ = 0;
  bool late_ = false;
  std::string seen_{};
};

std::string without_colours(const std::string& text) {
  return std::regex_replace(std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), ""), std::regex("\r"), "");
}

/// The words of an answer; how its heading lists the systems depends on the width.
std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string word; in >> word;) {
    if (word.ends_with(',')) word.pop_back();
    if (word != "→") out.push_back(word);
  }
  return out;
}

/// Columns of a line without colours.
std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// No line is wider than the terminal, and where no value had to lose its middle no word is broken.
void check_layout(const World& world, const std::vector<std::string>& arguments, int width) {
  Terminal terminal(world, arguments, width);
  CHECK(terminal.end() == 0);
  const std::string seen = without_colours(terminal.seen());
  INFO(seen);
  for (const std::string& line : split(seen, '\n')) CHECK(columns(line) <= static_cast<std::size_t>(width));
  if (seen.find("…") == std::string::npos) CHECK(words(seen) == words(world.expect(0, arguments).output));
}

}  // namespace

TEST_CASE("plan, status and help fit a terminal of 80 and of 120 columns", "[e2e][servers][terminal]") {
  World world("wide");
  for (const int width : {80, 120}) {
    check_layout(world, {"plan"}, width);
    check_layout(world, {"plan", "--help"}, width);
  }
  world.expect(0, {"apply", "--yes"});
  world.replace("config/local.conf", "records-per-second = 5", "records-per-second = 9");
  for (const int width : {80, 120}) {
    check_layout(world, {"plan"}, width);
    check_layout(world, {"status"}, width);
  }
  check_layout(world, {"status"}, 60);
  check_layout(world, {"status"}, 40);
  world.expect(0, {"destroy", "--yes", "--delete-topics"});
}

TEST_CASE("a graph fits a terminal of 80 and of 120 columns", "[e2e][servers][terminal]") {
  World world("graph");
  // A topic that many read.
  std::string readers;
  std::string consumers;
  for (int i = 0; i < 12; ++i) {
    readers += fmt::format("    reader-{0} {{ image = \"r:1\", inlets {{ in = bytearray }} }}\n", i);
    consumers += fmt::format("{}reader-{}.in", i == 0 ? "" : ", ", i);
  }
  world.write("many.conf",
              fmt::format("blueprint {{\n  streamlets {{\n    writer {{ image = \"w:1\", outlets {{ out = "
                          "bytearray }} }}\n{}  }}\n  topics {{ many {{ producers = [writer.out], consumers "
                          "= [{}] }} }}\n}}\n",
                          readers, consumers));
  world.write("cloudflow.yaml", "application: many\nversion: 1.0.0\nblueprint: many.conf\n");
  for (const int width : {80, 120}) check_layout(world, {"graph"}, width);
}

TEST_CASE("what needs no server fits a narrow terminal", "[e2e][servers][terminal]") {
  const World world("offline");
  for (const int width : {40, 60, 80}) {
    check_layout(world, {"validate"}, width);
    check_layout(world,
                 {"schema", "check", "--reader", "schemas/call-stats.avsc", "--writer", "schemas/call-stats.avsc"},
                 width);
  }
}

TEST_CASE("questions fit the terminal, and anything but agreement changes nothing", "[e2e][servers][terminal]") {
  const World world("no");
  for (const int width : {40, 80}) {
    Terminal apply(world, {"apply"}, width);
    REQUIRE(apply.shows("agreement: "));
    apply.type("y\n");
    CHECK(apply.end() == 1);
    const std::string seen = without_colours(apply.seen());
    INFO(seen);
    CHECK_THAT(seen, Catch::Matchers::ContainsSubstring("Not applied: nothing was changed."));
    const std::vector<std::string> lines = split(seen.substr(seen.find("Apply these changes?")), '\n');
    for (const std::string& line : lines) CHECK(columns(line) <= static_cast<std::size_t>(width));
    CHECK((lines.front().ends_with("agreement: y") || lines.size() > 2));
  }
  CHECK(world.list("apis/apps/v1", "deployments").empty());
}

TEST_CASE("a full plan shows all of what is new", "[e2e][servers][terminal]") {
  const World world("full");
  CHECK_THAT(world.expect(0, {"plan"}).output, !Catch::Matchers::ContainsSubstring("kind: Deployment"));
  CHECK_THAT(world.expect(0, {"plan", "--full"}).output,
             Catch::Matchers::ContainsSubstring("\n         kind: Deployment\n         metadata:\n"));
}

TEST_CASE("Ctrl-C at the question leaves at once and nothing is changed", "[e2e][servers][terminal]") {
  const World world("ask");
  Terminal apply(world, {"apply"});
  REQUIRE(apply.shows("Only \"yes\" is taken as agreement: "));
  apply.type("\x03");
  CHECK(apply.end() == 130);
  CHECK_THAT(apply.seen(), Catch::Matchers::ContainsSubstring("Not applied: nothing was changed."));
  CHECK(world.list("apis/apps/v1", "deployments").empty());
}

TEST_CASE("on a terminal columns are straight, and what is waited for is readable", "[e2e][servers][terminal]") {
  World world("look");
  world.break_store();
  Terminal apply(world, {"apply"});
  REQUIRE(apply.shows("agreement: "));
  apply.type("yes\n");
  const bool said = apply.shows("ImagePullBackOff");
  INFO(apply.seen());
  REQUIRE(said);  // the name of the pod leaves room for it
  for (const char* streamlet : {"aggregator", "generator", "ingress", "logger", "validation"})
    REQUIRE(apply.shows("deployment/" + world.application() + "-" + streamlet + " created"));
  apply.type("\x03");
  CHECK(apply.end() == 130);
  CHECK_THAT(apply.seen(), Catch::Matchers::ContainsSubstring("1 not ready yet"));
  CHECK_THAT(world.expect(0, {"plan"}).output,
             Catch::Matchers::ContainsSubstring(
                 "note: the last apply was not completed: the next one also waits until everything is ready\n"));
  Terminal again(world, {"apply", "--yes"});
  REQUIRE(again.shows("ImagePullBackOff"));
  again.type("\x03");  // also while only waiting
  CHECK(again.end() == 130);
  Terminal status(world, {"status"});
  CHECK(status.end() == 0);
  CHECK_THAT(status.seen(), Catch::Matchers::ContainsSubstring("\x1b[32mready"));
  CHECK_THAT(without_colours(status.seen()), Catch::Matchers::ContainsSubstring("\n    why not: 0 of 1 pod ready"));
  world.expect(0, {"destroy", "--yes", "--delete-topics"});
}

TEST_CASE("unlock asks at a terminal before it takes the lock of a run that is at work", "[e2e][servers][terminal]") {
  World world("held");
  world.break_store();
  Terminal apply(world, {"apply", "--yes"});
  REQUIRE(apply.shows("ImagePullBackOff"));  // it waits, and renews its lock
  for (const std::string answer : {"no\n", "\n", "\x04"}) {
    Terminal unlock(world, {"unlock"}, 200);
    const bool asks = unlock.shows("agreement: ");
    INFO(unlock.seen());
    REQUIRE(asks);
    unlock.type(answer);
    CHECK(unlock.end() == 1);
    CHECK_THAT(without_colours(unlock.seen()),
               Catch::Matchers::ContainsSubstring("has the lock, last renewed ") &&
                   Catch::Matchers::ContainsSubstring("Its holder is at work. Take the lock away all the same?") &&
                   Catch::Matchers::ContainsSubstring("The lock stays."));
  }
  CHECK_THAT(world.expect(0, {"plan"}).errors, Catch::Matchers::ContainsSubstring(" is at work since "));
  Terminal unlock(world, {"unlock"}, 200);
  const bool asks = unlock.shows("agreement: ");
  INFO(unlock.seen() << "\n" << apply.seen());
  REQUIRE(asks);
  unlock.type("yes\n");
  CHECK(unlock.end() == 0);
  CHECK_THAT(without_colours(unlock.seen()), Catch::Matchers::ContainsSubstring(" is gone."));
  apply.type("\x03");
  static_cast<void>(apply.end());
  world.run({"unlock", "--yes"});
  world.expect(0, {"destroy", "--yes", "--delete-topics"});
}
