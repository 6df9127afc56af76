// A real Kubernetes control plane for the tests of one process.
#pragma once

#include <string>
#include <string_view>

namespace cloudflow::testing {

/// The admin kubeconfig of a cluster: $CLOUDFLOW_TEST_KUBECONFIG, or that of a kubebed which is started on first use
/// and stops with this process. The test fails, with the remedy, when there is neither.
const std::string& kubebed();

/// A namespace name that no other test uses.
std::string fresh_space(std::string_view hint);

}  // namespace cloudflow::testing
