// A real Kubernetes control plane for the tests of one process.
#include "tests/support/kubebed.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>

#include "tests/support/bed.h"
#include "tests/support/cache.h"

namespace cloudflow::testing {
namespace {

/// The given cluster, or one of our own.
struct Server {
  Bed bed{};
  std::string kubeconfig{};
  std::string problem{};

  Server() {
    const char* given = std::getenv("CLOUDFLOW_TEST_KUBECONFIG");  // NOLINT(concurrency-mt-unsafe): nothing sets it
    if (given != nullptr && given[0] != '\0') {
      kubeconfig = given;
      return;
    }
    const std::string binary = cache_folder() + "/kubebed/kubebed";
    if (!std::filesystem::exists(binary)) {
      problem = fmt::format("{} is missing: run scripts/bootstrap, which builds it, or set CLOUDFLOW_TEST_KUBECONFIG",
                            binary);
      return;
    }
    problem = bed.start(binary, "kubebed");
    kubeconfig = (bed.folder() / "kubeconfig").string();
  }
};

}  // namespace

const std::string& kubebed() {
  static const Server server;
  if (!server.problem.empty()) FAIL(server.problem);
  return server.kubeconfig;
}

std::string fresh_space(std::string_view hint) {
  static std::atomic<int> count = 0;
  return fmt::format("{}-{}-{}", hint, getpid(), ++count);
}

}  // namespace cloudflow::testing
