// The sandbox of an example, with the program that this build made of it.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloudflow/json.h"
#include "sdk/support/child.h"
#include "sdk/support/process.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {

/// Runs in a copy of the example, from its beginning to stop().
class ExampleSandbox {
 public:
  /// `texts` by file: pairs of what a file has and what it has in its place here.
  using Changes = std::map<std::string, std::pair<std::string, std::string>>;

  /// `program` is what the example's own build would make; "" where it is none to be built.
  ExampleSandbox(const std::string& example, const std::string& program, const Changes& texts = {},
                 std::map<std::string, std::string> environment = {}, std::vector<std::string> arguments = {}) {
    std::filesystem::copy(std::string(CLOUDFLOW_SOURCE_DIR) + "/examples/" + example, project_.path("app"),
                          std::filesystem::copy_options::recursive);
    for (const auto& [file, change] : texts) {
      std::string text = project_.read("app/" + file);
      const std::size_t at = text.find(change.first);
      REQUIRE(at != std::string::npos);
      project_.write("app/" + file, text.replace(at, change.first.size(), change.second));
    }
    std::filesystem::create_directories(project_.path("app/build"));
    std::filesystem::create_directories(project_.path("run"));
    if (!program.empty()) std::filesystem::create_symlink(program, project_.path("app/build/" + example));
    environment.emplace("XDG_RUNTIME_DIR", project_.path("run"));
    arguments.insert(arguments.begin(), {CLOUDFLOW_BINARY, "sandbox"});
    auto child = start_child(
        {.command = std::move(arguments), .environment = std::move(environment), .directory = project_.path("app")});
    REQUIRE(child);
    child_ = *std::move(child);
  }
  ~ExampleSandbox() {
    if (!status_) end_child(child_);
  }
  ExampleSandbox(const ExampleSandbox&) = delete;
  ExampleSandbox& operator=(const ExampleSandbox&) = delete;

  bool prints(const std::string& text) {
    return eventually([&] {
      collect();
      return printed_.find(text) != std::string::npos;
    });
  }
  ProcessOutput tail(const std::string& topic, std::vector<std::string> more) {
    more.insert(more.begin(), {"tail", topic, "--for", "120s"});
    return beside(std::move(more));
  }
  /// The first records of a topic; fails where there are not so many.
  std::vector<Json> records(const std::string& topic, std::size_t count) {
    const ProcessOutput said = tail(topic, {"--from-beginning", "--json", "--count", std::to_string(count)});
    INFO(topic << ": " << said.errors << "\nthe sandbox said\n" << printed());
    std::vector<Json> out;
    for (std::size_t at = 0; at < said.output.size(); at = said.output.find('\n', at) + 1)
      out.push_back(Json::parse(said.output.substr(at, said.output.find('\n', at) - at)));
    REQUIRE(out.size() == count);
    return out;
  }
  /// `cloudflow sandbox` with other words, while it runs.
  ProcessOutput beside(std::vector<std::string> words, const std::string& input = "",
                       const std::string& folder = "app") {
    words.insert(words.begin(), {CLOUDFLOW_BINARY, "sandbox"});
    const auto ran = run_process({.command = std::move(words),
                                  .environment = {{"XDG_RUNTIME_DIR", project_.path("run")}},
                                  .directory = project_.path(folder),
                                  .input = input},
                                 {});
    REQUIRE(ran);
    return *ran;
  }
  /// Kills the process that runs a streamlet now; waits for it where it is about to start.
  void kill(const std::string& streamlet) {
    REQUIRE(eventually([&] {
      const std::optional<pid_t> process = process_of(streamlet);
      return process && ::kill(*process, SIGKILL) == 0;
    }));
  }
  int stop() {
    ::kill(child_.process, SIGTERM);
    REQUIRE(eventually([&] {
      collect();
      if (!status_) status_ = exit_status(child_);
      return status_.has_value();
    }));
    return *status_;
  }
  const std::string& printed() {
    collect();
    return printed_;
  }
  /// Writes a file of the project anew, while it runs.
  void append(const std::string& file, const std::string& text) {
    project_.write("app/" + file, project_.read("app/" + file) + text);
  }
  std::string path(const std::string& name) const { return project_.path(name); }

 private:
  /// The one whose documents are those of the streamlet in this sandbox.
  std::optional<pid_t> process_of(const std::string& streamlet) const {
    const std::string folder = "CLOUDFLOW_RUNNER_SECRET=" + project_.path("run") + "/";
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      std::ifstream file(entry.path() / "environ", std::ios::binary);
      for (std::string one; std::getline(file, one, '\0');) {
        if (one.starts_with(folder) && one.ends_with("/" + streamlet)) return std::stoi(name);
      }
    }
    return std::nullopt;
  }
  void collect() {
    drain(child_.output, printed_);
    drain(child_.errors, printed_);
  }

  TempFolder project_{};
  Child child_{};
  std::string printed_{};
  std::optional<int> status_{};
};

}  // namespace cloudflow::testing
