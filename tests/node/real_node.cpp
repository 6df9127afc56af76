// Starts kubebed --real-nodes, and nodebed against it.
#include "tests/node/real_node.h"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/bed.h"
#include "tests/support/cache.h"

namespace cloudflow::testing {
namespace {

namespace fs = std::filesystem;

bool is_built() { return geteuid() == 0 && fs::exists(cache_folder() + "/nodebed/nodebed"); }

/// The node ends before the servers that it reports to.
struct NodeBed {
  Bed plane{};
  Bed node{};
  std::string kubeconfig{};
  std::string problem{};

  NodeBed() {
    const fs::path cache = cache_folder();
    problem = plane.start(cache / "kubebed" / "kubebed", "kubebed-real", {"--real-nodes"});
    if (!problem.empty()) return;
    kubeconfig = (plane.folder() / "kubeconfig").string();
    const fs::path built = cache / "nodebed";
    problem = node.start(built / "nodebed", "nodebed-real",
                         {"--kubeconfig", kubeconfig, "--tools", (built / "tools").string()});
  }
};

const NodeBed& node_bed() {
  if (!is_built())
    SKIP("no node on which pods really run: it needs root and namespaces, and scripts/bootstrap builds it");
  static const NodeBed bed;
  if (!bed.problem.empty()) FAIL(bed.problem);
  return bed;
}

}  // namespace

pid_t node_process() {
  const std::string& folder = node_bed().node.folder().string();
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", ignored)) {
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    std::string program;
    std::string verb;
    if (!std::getline(file, program, '\0') || !std::getline(file, verb, '\0') || verb != "kubelet") continue;
    const std::string rest{std::istreambuf_iterator<char>(file), {}};
    if (rest.find(folder) != std::string::npos) return std::stoi(entry.path().filename());
  }
  FAIL("the node's kubelet is not among the processes");
  return -1;
}

SilentNode::SilentNode() : kubelet_(node_process()) { kill(kubelet_, SIGSTOP); }

SilentNode::~SilentNode() { kill(kubelet_, SIGCONT); }

const std::string& real_node() { return node_bed().kubeconfig; }

}  // namespace cloudflow::testing
