// The same blocking work for many things at once.
#pragma once

#include <functional>
#include <stop_token>

#include "cloudflow/result.h"

namespace cloudflow {

/// Calls `work` for 0 … count-1 from up to `width` threads and waits for all of them. The first error ends the rest:
/// their stop token is requested, nothing new is begun, and it is what is returned. `work` must be safe from several
/// threads.
Result<void> in_parallel(std::size_t count, std::size_t width,
                         const std::function<Result<void>(std::size_t, std::stop_token)>& work, std::stop_token stop);

}  // namespace cloudflow
