// Starts kubebed --real-nodes, and nodebed against it.
#include "tests/node/real_node.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "tests/support/eventually.h"

extern char** environ;

namespace cloudflow::testing {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets it
  return value == nullptr ? "" : value;
}

fs::path cache() {
  if (const std::string own = environment("CLOUDFLOW_CACHE"); !own.empty()) return own;
  if (const std::string xdg = environment("XDG_CACHE_HOME"); !xdg.empty()) return fs::path(xdg) / "cloudflow";
  return fs::path(environment("HOME")) / ".cache" / "cloudflow";
}

/// One server with a folder of its own; it has started when the file `ready` is there.
class Server {
 public:
  Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    int status = 0;
    waitpid(pid_, &status, 0);
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  bool start(const fs::path& program, std::vector<std::string> arguments) {
    folder_ = fs::temp_directory_path() / fmt::format("cloudflow-{}-real-{}", program.filename().string(), getpid());
    arguments.insert(arguments.begin(),
                     {program.string(), "--dir", folder_.string(), "--parent", std::to_string(getpid())});
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", 1 /* O_WRONLY */, 0);
    const int failed = posix_spawn(&pid_, program.c_str(), &files, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    return failed == 0 && eventually([&] { return fs::exists(folder_ / "ready"); });
  }

  const fs::path& folder() const { return folder_; }

 private:
  pid_t pid_ = -1;
  fs::path folder_{};
};

/// The node ends before the servers that it reports to.
struct Bed {
  Server plane{};
  Server node{};
  std::string kubeconfig{};

  Bed() {
    const fs::path built = cache() / "nodebed";
    if (geteuid() != 0 || !fs::exists(built / "nodebed")) return;
    if (!plane.start(cache() / "kubebed" / "kubebed", {"--real-nodes"})) return;
    const std::string config = (plane.folder() / "kubeconfig").string();
    if (node.start(built / "nodebed", {"--kubeconfig", config, "--tools", (built / "tools").string()}))
      kubeconfig = config;
  }
};

}  // namespace

const std::string& real_node() {
  if (geteuid() != 0 || !fs::exists(cache() / "nodebed" / "nodebed"))
    SKIP("no node on which pods really run: it needs root and namespaces, and scripts/bootstrap builds it");
  static Bed bed;
  if (bed.kubeconfig.empty()) FAIL("the node did not start; see its folder log/ in the temporary folder");
  return bed.kubeconfig;
}

}  // namespace cloudflow::testing
