// A sandbox of the real binary, and the project that it runs.
#pragma once

#include <signal.h>

#include <catch2/catch_all.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sdk/support/child.h"
#include "tests/cli/program/binary.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {

/// A project of two streamlets, each a script that says what it reads, and a sandbox that runs it.
class SandboxRun {
 public:
  SandboxRun() {
    folder_.write("run.sh", script);
    folder_.write("blueprint.conf", R"(blueprint {
  streamlets {
    source { image = "registry.example.com/a:1", outlets { out = bytearray }, config-parameters { word { default = one } } }
    sink { image = "registry.example.com/a:1", inlets { in = bytearray } }
  }
  topics { words { producers = [source.out], consumers = [sink.in] } }
}
)");
    folder_.write("cloudflow.yaml",
                  "application: shop\nversion: 1.0.0\nsandbox:\n  processes:\n    source: [sh, run.sh]\n"
                  "    sink: [sh, run.sh]\n");
    std::filesystem::create_directories(runtime());
  }
  ~SandboxRun() {
    if (child_.process > 0 && !ended_) {
      ::kill(child_.process, SIGTERM);
      end();
    }
  }
  SandboxRun(const SandboxRun&) = delete;
  SandboxRun& operator=(const SandboxRun&) = delete;

  static constexpr const char* script =
      "word=$(sed -n 's/.*\"word\":\"\\([a-z]*\\)\".*/\\1/p' \"$CLOUDFLOW_RUNNER_SECRET/secret.conf\")\n"
      "trap 'echo bye; exit 0' TERM\necho \"word is $word\"\nwhile :; do sleep 0.05; done\n";

  const TempFolder& folder() const { return folder_; }
  std::string runtime() const { return folder_.path(".runtime"); }
  void write(const std::string& file, const std::string& text) { folder_.write(inside_ + file, text); }
  /// From now on the project is the one in a folder inside.
  void move_to(const std::string& folder) { inside_ = folder + "/"; }
  void replace(const std::string& file, const std::string& from, const std::string& to) {
    std::string text = folder_.read(inside_ + file);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    write(file, text.replace(at, from.size(), to));
  }

  void start(std::vector<std::string> arguments = {}, std::map<std::string, std::string> environment = {}) {
    arguments.insert(arguments.begin(), {cloudflow_binary(), "sandbox"});
    environment.emplace("XDG_RUNTIME_DIR", runtime());
    auto child = start_child({.command = std::move(arguments),
                              .environment = std::move(environment),
                              .without = {"CLOUDFLOW_COLOR"},
                              .directory = folder_.path(inside_)});
    REQUIRE(child);
    child_ = *std::move(child);
    all_.clear();
    child_.input.close();
    ended_ = false;
  }
  /// Waits until it has printed this.
  void prints(const std::string& text) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (collect(); all_.find(text) == std::string::npos; collect()) {
      if (ended_) FAIL("it has ended before it printed \"" << text << "\"; it ended with\n" << last_lines());
      if (std::chrono::steady_clock::now() > until)
        FAIL("it has not printed \"" << text << "\" in a minute; its last lines are\n" << last_lines());
      wait_for_pipes(child_, false);
    }
  }
  void signal(int number) const { ::kill(child_.process, number); }
  int end() {
    while (!ended_) {
      collect();
      wait_for_pipes(child_, false);
    }
    return status_;
  }
  const std::string& printed() const { return all_; }

 private:
  /// Few, so that they are seen in a report that shows the beginning of a failure only.
  std::string last_lines() const {
    std::size_t begin = all_.size();
    for (int lines = 0; lines <= 8 && begin != std::string::npos && begin > 0; ++lines)
      begin = all_.rfind('\n', begin - 1);
    return begin == std::string::npos ? all_ : all_.substr(begin);
  }
  void collect() {
    drain(child_.output, all_);
    drain(child_.errors, all_);
    if (ended_) return;
    if (const auto status = exit_status(child_)) {
      status_ = *status;
      ended_ = true;
      drain(child_.output, all_);
      drain(child_.errors, all_);
    }
  }

  TempFolder folder_{};
  std::string inside_{};
  Child child_{};
  std::string all_{};
  int status_ = 0;
  bool ended_ = true;
};

}  // namespace cloudflow::testing
