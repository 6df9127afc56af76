// A real Kubernetes control plane for the tests of one process.
#include "tests/support/kubebed.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/bed.h"
#include "tests/support/cache.h"
#include "tests/support/given_server.h"

namespace cloudflow::testing {
namespace {

/// The given cluster, or one of our own.
struct Server {
  Bed bed{};
  std::string kubeconfig{};
  std::string problem{};

  Server() {
    kubeconfig = given_server("CLOUDFLOW_TEST_KUBECONFIG");
    if (!kubeconfig.empty()) return;
    const std::string shared = shared_servers();
    if (shared.empty())
      start();
    else
      kubeconfig = shared + "/kube/kubeconfig";
  }

  void start() {
    const std::string binary = cache_folder() + "/kubebed/kubebed";
    if (!std::filesystem::exists(binary)) {
      problem = fmt::format("{} is missing: run scripts/bootstrap, which builds it, or set CLOUDFLOW_TEST_KUBECONFIG",
                            binary);
      return;
    }
    problem = bed.start(binary, "kubebed", {"--port", port()});
    kubeconfig = (bed.folder() / "kubeconfig").string();
  }

  /// That of the server it was before; "0" (any) where there was none.
  std::string port() const {
    std::ifstream file(kubeconfig);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto at = text.find("127.0.0.1:");
    return at == std::string::npos ? "0" : std::to_string(std::atoi(text.c_str() + at + 10));
  }
};

Server& shared() {
  static Server server;
  if (!server.problem.empty()) FAIL(server.problem);
  return server;
}

}  // namespace

const std::string& kubebed() { return shared().kubeconfig; }

bool stop_kubebed() {
  if (shared().bed.process() <= 0) return false;
  shared().bed.stop();
  return true;
}

void start_kubebed() {
  if (shared().bed.process() > 0 || shared().bed.folder().empty()) return;
  shared().start();
  static_cast<void>(shared());
}

std::string fresh_space(std::string_view hint) {
  static std::atomic<int> count = 0;
  return fmt::format("{}-{}-{}", hint, getpid(), ++count);
}

}  // namespace cloudflow::testing
