// What taking over an application asks of the desired state, so that nothing that runs is disturbed.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "cli/pipeline/desired.h"
#include "cli/pipeline/source.h"

namespace cloudflow {

/// The same, with topics that exist staying as they are: differences are only said.
std::vector<Resource> with_topics_left_alone(std::vector<Resource> desired);

/// What is desired where pods run on, and of each streamlet whose pods do not, which values differ.
struct KeptPods {
  std::vector<Resource> desired{};
  std::vector<std::string> restarts{};
};

/// Pods whose Secret in the cluster already says what we would say are left as they are; others restart with the new
/// one.
Result<KeptPods> keep_unchanged_pods(const Source& source, const Desired& desired, KubernetesCluster& cluster,
                                     const std::stop_token& stop);

}  // namespace cloudflow
