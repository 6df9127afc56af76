// What taking over an application asks of the desired state, so that nothing that runs is disturbed.
#pragma once

#include "cli/session.h"

namespace cloudflow {

/// Topics that exist stay as they are; differences are only said.
void leave_topics(Session& session);

/// Pods whose Secret in the cluster already says what we would say are left as they are; others restart with the new
/// one, and the answer says of each streamlet which values differ. Between render() and plan().
Result<std::vector<std::string>> keep_unchanged_pods(Session& session);

}  // namespace cloudflow
