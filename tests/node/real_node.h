// A control plane and a node on which pods really run, for the tests of one process.
#pragma once

#include <string>

namespace cloudflow::testing {

/// The admin kubeconfig. Both are started on first use and stop with this process. Without root, namespaces or the
/// test bed that scripts/bootstrap builds the test is skipped.
const std::string& real_node();

}  // namespace cloudflow::testing
