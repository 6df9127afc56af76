// Starts the script as a child and waits for its "ready" line.
#include "tests/support/gitbed.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sdk/support/child.h"
#include "sdk/support/text.h"
#include "tests/support/eventually.h"

namespace cloudflow::testing {
namespace {

/// Ends the servers and takes their folder away.
struct Servers {
  Result<Child> child = failure(ErrorKind::unavailable, "not started");
  std::string folder{};
  std::string problem{};

  Servers() {
    folder = (std::filesystem::temp_directory_path() / fmt::format("cloudflow-gitbed-{}", getpid())).string();
    child = start_child({.command = {std::string(CLOUDFLOW_SOURCE_DIR) + "/tests/testbed/git/gitbed", "--dir", folder,
                                     "--parent", std::to_string(getpid())}});
    if (!child) {
      problem = child.error().message;
      return;
    }
    std::string output;
    std::string errors;
    const bool ready = eventually([&] {
      if (child->output.number() >= 0) drain(child->output, output);
      if (child->errors.number() >= 0) drain(child->errors, errors);
      return output == "ready\n" || child->output.number() < 0;
    });
    if (!ready || output != "ready\n") problem = "gitbed did not start: " + errors;
  }
  Servers(const Servers&) = delete;
  Servers& operator=(const Servers&) = delete;
  ~Servers() {
    if (!child) return;
    kill(child->process, SIGTERM);  // so that it can end sshd, which has a session of its own
    static_cast<void>(eventually([&] { return exit_status(*child).has_value(); }, std::chrono::seconds(10)));
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
};

}  // namespace

const Gitbed& Gitbed::shared() {
  static const Gitbed bed;
  return bed;
}

Gitbed::Gitbed() {
  static const Servers servers;
  if (!servers.problem.empty()) FAIL(servers.problem);
  folder_ = servers.folder;
}

std::string Gitbed::text(const std::string& name) const {
  std::ifstream in(file(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string Gitbed::https(const std::string& kind, const std::string& name) const {
  return fmt::format("https://127.0.0.1:{}/{}/{}.git", port("https"), kind, name);
}

std::string Gitbed::ssh(const std::string& name) const {
  return fmt::format("ssh://{}@127.0.0.1:{}{}", user(), port("ssh"), repository(name));
}

void Gitbed::create(const std::string& name) const {
  run_git("/", {"init", "-q", "--bare", "-b", "main", repository(name)});
}

std::vector<std::string> Gitbed::requests(const std::string& about) const {
  std::vector<std::string> out;
  for (std::string& line : split(text("requests"), '\n')) {
    if (line.find(about) != std::string::npos) out.push_back(std::move(line));
  }
  return out;
}

void run_git(const std::string& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com"});
  const auto output = run_process({.command = std::move(arguments),
                                   .environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"}, {"GIT_CONFIG_NOSYSTEM", "1"}},
                                   .directory = folder},
                                  {});
  REQUIRE(output);
  INFO(output->errors);
  REQUIRE(output->status == 0);
}

}  // namespace cloudflow::testing
