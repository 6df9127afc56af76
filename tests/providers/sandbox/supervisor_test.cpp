#include "providers/sandbox/supervisor.h"

#include <catch2/catch_all.hpp>

#include <mutex>

#include "sdk/support/process_mark.h"
#include "tests/support/eventually.h"

using namespace cloudflow;
using cloudflow::testing::eventually;

namespace {

/// What a supervisor told.
class Told {
 public:
  ProcessWatch watch() {
    return {.line = [this](const std::string& name, const std::string& line) { add("line " + name + ": " + line); },
            .started =
                [this](const std::string& name, const std::string& mark) {
                  add("started " + name);
                  const std::scoped_lock lock(mutex_);
                  mark_ = mark;
                },
            .ended =
                [this](const std::string& name, const std::string& reason, std::chrono::seconds pause) {
                  add("ended " + name + ": " + reason + ", " + std::to_string(pause.count()) + " s");
                }};
  }
  bool has(const std::string& text) const {
    const std::scoped_lock lock(mutex_);
    return std::ranges::find(all_, text) != all_.end();
  }
  long count(const std::string& text) const {
    const std::scoped_lock lock(mutex_);
    return std::ranges::count(all_, text);
  }
  std::string mark() const {
    const std::scoped_lock lock(mutex_);
    return mark_;
  }

 private:
  void add(std::string text) {
    const std::scoped_lock lock(mutex_);
    all_.push_back(std::move(text));
  }
  mutable std::mutex mutex_{};
  std::vector<std::string> all_{};
  std::string mark_{};
};

ProcessRequest shell(const std::string& script) { return {.command = {"sh", "-c", script}}; }

}  // namespace

TEST_CASE("lines of both outputs are told one by one", "[sandbox][slow]") {
  Told told;
  Supervisor supervisor(told.watch());
  REQUIRE(
      supervisor.start("a", shell("printf 'one\\r\\ntwo\\nthr'; printf 'wrong\\n' >&2; sleep 0.2; echo ee; sleep 60")));
  for (const std::string line : {"one", "two", "wrong", "three"}) {
    CAPTURE(line);
    CHECK(eventually([&] { return told.has("line a: " + line); }));
  }
  CHECK(eventually([&] { return supervisor.state("a").kind == ProcessState::Kind::running; }));
  CHECK(supervisor.state("b").kind == ProcessState::Kind::gone);
  const auto again = supervisor.start("a", shell("true"));
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == ErrorKind::conflict);
}

TEST_CASE("a program that ends is started again", "[sandbox][slow]") {
  Told told;
  Supervisor supervisor(told.watch());
  REQUIRE(supervisor.start("a", shell("echo 'no such file' >&2; exit 3")));
  CHECK(eventually([&] { return told.has("ended a: ended with status 3: no such file, 1 s"); }));
  CHECK(eventually([&] { return told.has("ended a: ended with status 3: no such file, 2 s"); }));
  const ProcessState state = supervisor.state("a");
  CHECK(state.kind == ProcessState::Kind::ended);
  CHECK(state.reason == "ended with status 3: no such file");
  CHECK(state.restarts == 2);
  CHECK(told.count("started a") == 2);
  supervisor.stop("a", std::chrono::seconds(10));
  CHECK(supervisor.state("a").kind == ProcessState::Kind::gone);
}

TEST_CASE("a stopped program may finish its work, and what it started goes with it", "[sandbox][slow]") {
  Told told;
  Supervisor supervisor(told.watch());
  REQUIRE(supervisor.start("a", shell("trap 'echo last words; exit 0' TERM; echo up; while :; do sleep 0.05; done")));
  REQUIRE(eventually([&] { return told.has("line a: up"); }));
  supervisor.stop("a", std::chrono::seconds(20));
  CHECK(told.has("line a: last words"));
  CHECK(told.count("started a") == 1);
  CHECK_FALSE(running_process(told.mark()).has_value());
}

TEST_CASE("a program that is deaf is killed when the patience is over", "[sandbox][slow]") {
  Told told;
  Supervisor supervisor(told.watch());
  REQUIRE(supervisor.start("a", shell("trap '' TERM; echo up; sleep 60 & wait; wait")));
  REQUIRE(eventually([&] { return told.has("line a: up"); }));
  CHECK(running_process(told.mark()).has_value());
  supervisor.stop("a", std::chrono::milliseconds(100));
  CHECK_FALSE(running_process(told.mark()).has_value());
}

TEST_CASE("what a dead leader left behind is still its group", "[sandbox][slow]") {
  Told told;
  Supervisor supervisor(told.watch());
  REQUIRE(supervisor.start("a", shell("sleep 60 & echo up; exec sleep 60")));
  REQUIRE(eventually([&] { return told.has("line a: up"); }));
  CHECK(running_group(told.mark()).has_value());
  const std::string mark = told.mark();
  supervisor.stop("a", std::chrono::seconds(10));
  CHECK(eventually([&] { return !running_group(mark).has_value(); }));
}

TEST_CASE("what cannot be run is told at once and not kept", "[sandbox]") {
  Supervisor supervisor({});
  const auto started = supervisor.start("a", {.command = {"/nowhere/program"}});
  REQUIRE_FALSE(started);
  CHECK(started.error().kind == ErrorKind::not_found);
  CHECK(started.error().message == "cannot run \"/nowhere/program\": No such file or directory");
  CHECK(supervisor.state("a").kind == ProcessState::Kind::gone);
}
