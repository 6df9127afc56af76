#include "sdk/support/process.h"

#include <signal.h>

#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "sdk/support/text.h"

using namespace cloudflow;
using namespace std::chrono_literals;

namespace {

ProcessRequest shell(const std::string& script) {
  ProcessRequest request;
  request.command = {"/bin/sh", "-c", script};
  return request;
}

/// Polls with a deadline.
bool eventually(const std::function<bool()>& holds) {
  for (const auto deadline = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < deadline;) {
    if (holds()) return true;
    std::this_thread::yield();
  }
  return false;
}

}  // namespace

TEST_CASE("a program's output, errors and status come back", "[sdk][process]") {
  const Result<ProcessOutput> ran = run_process(shell("echo out; echo err >&2; exit 3"), {});
  REQUIRE(ran);
  CHECK(ran->output == "out\n");
  CHECK(ran->errors == "err\n");
  CHECK(ran->status == 3);
}

TEST_CASE("arguments are not read by a shell", "[sdk][process]") {
  ProcessRequest request;
  request.command = {"printf", "%s|", "$HOME", "a b", "`id`", ";true"};
  CHECK(run_process(request, {})->output == "$HOME|a b|`id`|;true|");
}

TEST_CASE("more input and output than a pipe holds go through", "[sdk][process]") {
  ProcessRequest request;
  request.command = {"cat"};
  request.input.assign(3 << 20, 'i');
  request.input.back() = '!';
  const Result<ProcessOutput> ran = run_process(request, {});
  REQUIRE(ran);
  CHECK(ran->output == request.input);
}

TEST_CASE("a program that does not read its input is no trouble", "[sdk][process]") {
  ProcessRequest request = shell("exec <&-; echo fine");
  request.input = std::string(1 << 20, 'i');
  CHECK(run_process(request, {})->output == "fine\n");
}

TEST_CASE("the environment is ours with the request's on top", "[sdk][process]") {
  ::setenv("CF_TEST_KEPT", "kept", 1);
  ::setenv("CF_TEST_REPLACED", "before", 1);
  ProcessRequest request = shell("echo $CF_TEST_KEPT $CF_TEST_REPLACED $CF_TEST_ADDED; pwd");
  request.environment = {{"CF_TEST_REPLACED", "after"}, {"CF_TEST_ADDED", "added"}};
  request.directory = "/";
  CHECK(run_process(request, {})->output == "kept after added\n/\n");
}

TEST_CASE("a missing or forbidden program is said", "[sdk][process]") {
  ProcessRequest request;
  request.command = {"no-such-program-anywhere"};
  Result<ProcessOutput> ran = run_process(request, {});
  REQUIRE_FALSE(ran);
  CHECK(ran.error().kind == ErrorKind::not_found);
  CHECK(ran.error().message == "cannot run \"no-such-program-anywhere\": No such file or directory");
  request.command = {"/etc/passwd"};
  ran = run_process(request, {});
  REQUIRE_FALSE(ran);
  CHECK(ran.error().kind == ErrorKind::denied);
  request.command = {};
  CHECK(run_process(request, {}).error().message == "there is no command to run");
}

TEST_CASE("a signal that ends a program is in its status", "[sdk][process]") {
  CHECK(run_process(shell("kill -TERM $$"), {})->status == 128 + SIGTERM);
}

TEST_CASE("the deadline ends a program and what it started", "[sdk][process]") {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("cf-process-" + std::to_string(::getpid()));
  ProcessRequest request = shell("sleep 1000 & echo $! > " + file.string() + "; wait");
  request.deadline = 300ms;
  const Result<ProcessOutput> ran = run_process(request, {});
  REQUIRE_FALSE(ran);
  CHECK(ran.error().kind == ErrorKind::timeout);
  CHECK(ran.error().message == "\"/bin/sh\" did not end within 0.3 s");
  std::ifstream in(file);
  pid_t child = 0;
  REQUIRE(in >> child);
  std::filesystem::remove(file);
  CHECK(eventually([child] {  // gone, or waiting for whoever inherits it to collect it
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string pid;
    std::string name;
    std::string state;
    return !(stat >> pid >> name >> state) || state == "Z";
  }));
}

TEST_CASE("a stop ends a program", "[sdk][process]") {
  std::stop_source stop;
  stop.request_stop();
  const auto before = std::chrono::steady_clock::now();
  const Result<ProcessOutput> ran = run_process(shell("sleep 1000"), stop.get_token());
  REQUIRE_FALSE(ran);
  CHECK(ran.error().kind == ErrorKind::interrupted);
  CHECK(std::chrono::steady_clock::now() - before < 5s);
}

TEST_CASE("a program that leaves somebody behind with its output is not waited for", "[sdk][process]") {
  const auto before = std::chrono::steady_clock::now();
  CHECK(run_process(shell("sleep 20 & echo started"), {})->output == "started\n");
  CHECK(std::chrono::steady_clock::now() - before < 10s);
}

TEST_CASE("many programs at once do not hold each other's pipes", "[sdk][process]") {
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&good] {
      for (int n = 0; n < 5; ++n) {
        ProcessRequest request;
        request.command = {"cat"};
        request.input = "x";
        const Result<ProcessOutput> ran = run_process(request, {});
        if (ran && ran->output == "x") ++good;
      }
    });
  }
  threads.clear();
  CHECK(good == 40);
}
