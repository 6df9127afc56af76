// A real Kubernetes control plane for the tests of one process.
#include "tests/support/kubebed.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

extern char** environ;

namespace cloudflow::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::chrono::seconds start_deadline = 90s;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets it
  return value == nullptr ? "" : value;
}

fs::path cache() {
  if (const std::string own = environment("CLOUDFLOW_CACHE"); !own.empty()) return own;
  if (const std::string xdg = environment("XDG_CACHE_HOME"); !xdg.empty()) return fs::path(xdg) / "cloudflow";
  return fs::path(environment("HOME")) / ".cache" / "cloudflow";
}

/// Stops the server and takes away its folder at the end of the process.
struct Server {
  pid_t pid = 0;
  fs::path folder{};
  std::string kubeconfig{};
  std::string problem{};

  Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    if (pid <= 0) return;
    kill(pid, SIGTERM);
    int status = 0;
    waitpid(pid, &status, 0);
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  void start() {
    if (kubeconfig = environment("CLOUDFLOW_TEST_KUBECONFIG"); !kubeconfig.empty()) return;
    const fs::path binary = cache() / "kubebed" / "kubebed";
    if (!fs::exists(binary)) {
      problem = fmt::format("{} is missing: run scripts/bootstrap, which builds it, or set CLOUDFLOW_TEST_KUBECONFIG",
                            binary.string());
      return;
    }
    folder = fs::temp_directory_path() / fmt::format("cloudflow-kubebed-{}", getpid());
    std::string program = binary.string();
    std::string parent = std::to_string(getpid());
    std::string dir = folder.string();
    std::string dir_option = "--dir";
    std::string parent_option = "--parent";
    char* arguments[] = {program.data(), dir_option.data(), dir.data(), parent_option.data(), parent.data(), nullptr};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", 1 /* O_WRONLY */, 0);
    const int failed = posix_spawn(&pid, program.c_str(), &files, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0) {
      problem = fmt::format("cannot start {}", program);
      return;
    }
    const auto end = std::chrono::steady_clock::now() + start_deadline;
    while (!fs::exists(folder / "ready")) {
      int status = 0;
      if (waitpid(pid, &status, WNOHANG) == pid || std::chrono::steady_clock::now() > end) {
        problem = fmt::format("{} did not become ready; see {}/log", program, dir);
        return;
      }
      std::this_thread::sleep_for(50ms);  // the deadline of a poll, not a wait for luck
    }
    kubeconfig = (folder / "kubeconfig").string();
  }
};

}  // namespace

const std::string& kubebed() {
  static Server server;
  static const bool started = [] { return server.start(), true; }();
  static_cast<void>(started);
  if (!server.problem.empty()) FAIL(server.problem);
  return server.kubeconfig;
}

std::string fresh_space(std::string_view hint) {
  static std::atomic<int> count = 0;
  return fmt::format("{}-{}-{}", hint, getpid(), ++count);
}

}  // namespace cloudflow::testing
