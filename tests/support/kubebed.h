// A real Kubernetes control plane for the tests of one process.
#pragma once

#include <string>
#include <string_view>

namespace cloudflow::testing {

/// The admin kubeconfig of a cluster: $CLOUDFLOW_TEST_KUBECONFIG, or that of the shared_servers(), or that of a kubebed
/// which is started on first use and stops with this process. The test fails, with the remedy, when there is none.
const std::string& kubebed();

/// Ends the control plane of kubebed(), with a signal, and starts it again on the same data, port and credentials; the
/// start waits until it serves. Not for one that was given by $CLOUDFLOW_TEST_KUBECONFIG: false then. Such
/// tests have the tag [alone].
bool stop_kubebed();
void start_kubebed();

/// A namespace name that no other test uses.
std::string fresh_space(std::string_view hint);

}  // namespace cloudflow::testing
