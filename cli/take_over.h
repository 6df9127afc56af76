// What taking over an application asks of the desired state, so that nothing that runs is disturbed.
#pragma once

#include "cli/session.h"

namespace cloudflow {

/// Topics that exist stay as they are; differences are only said.
void leave_topics(Session& session);

/// Pods whose Secret in the cluster already says what we would say are left as they are; others restart with the new
/// one. Between render() and plan().
Result<void> keep_unchanged_pods(Session& session);

}  // namespace cloudflow
