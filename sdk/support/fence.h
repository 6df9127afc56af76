// What every write asks first: whether this run may still write.
#pragma once

#include <functional>
#include <stop_token>

#include "cloudflow/result.h"

namespace cloudflow {

/// Succeeds while the lock is ours for certain; may take as long as asking for it anew. Safe from any thread. Empty:
/// nothing guards the writes.
using Fence = std::function<Result<void>(const std::stop_token&)>;

}  // namespace cloudflow
