// The same work for many indices, on several threads.
#pragma once

#include <functional>

namespace cloudflow {

/// How many threads are worth having for work that needs the processor.
int worker_count();

/// Calls work(0) … work(count - 1), each once, on at most `workers` threads (this one included), and returns when all
/// are done. What one of them throws (no memory …) is thrown again here; what was not begun then is left out.
void parallel_for(std::size_t count, int workers, const std::function<void(std::size_t)>& work);

}  // namespace cloudflow
