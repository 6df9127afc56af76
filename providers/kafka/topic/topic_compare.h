// What turns one live topic into the one asked for. Pure.
#pragma once

#include "cloudflow/change.h"

namespace cloudflow {

/// See Provider::compare.
Result<Change> compare_topic(const Resource* desired, const Live* live);

}  // namespace cloudflow
