// A control plane and a node on which pods really run, for the tests of one process.
#pragma once

#include <sys/types.h>

#include <string>

namespace cloudflow::testing {

/// The admin kubeconfig. Both are started on first use and stop with this process. Without root, namespaces or the
/// test bed that scripts/bootstrap builds the test is skipped.
const std::string& real_node();

/// The node's kubelet, whose namespaces are those of the node.
pid_t node_process();

/// While it lives the node's kubelet does not run: containers go on, and nobody reports of them.
class SilentNode {
 public:
  SilentNode();
  SilentNode(const SilentNode&) = delete;
  SilentNode& operator=(const SilentNode&) = delete;
  ~SilentNode();

 private:
  pid_t kubelet_ = -1;
};

}  // namespace cloudflow::testing
