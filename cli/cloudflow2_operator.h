// Whether an operator of Cloudflow 2 is at work, which would undo what is changed here.
#pragma once

#include <optional>
#include <string>

#include "cli/exit_code.h"
#include "cli/host.h"
#include "cli/views/view.h"
#include "providers/kubernetes/cluster/cluster.h"

namespace cloudflow {

/// Nothing when none runs in the namespace (in any, when empty), or `ignore` says that it does not matter. Otherwise,
/// and when that cannot be found out, it is said through the view.
std::optional<ExitCode> operator_in_the_way(KubernetesCluster& cluster, const std::string& ns, bool ignore,
                                            const Host& host, View& view);

}  // namespace cloudflow
