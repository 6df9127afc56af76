// The same work for many indices.
#include "sdk/support/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace cloudflow {

int worker_count() { return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 8U)); }

void parallel_for(std::size_t count, int workers, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::exception_ptr problem;
  std::once_flag first;
  const auto run = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      next = count;
      std::call_once(first, [&] { problem = std::current_exception(); });
    }
  };
  {
    std::vector<std::jthread> threads;
    const std::size_t wanted = std::min(count, static_cast<std::size_t>(std::max(workers, 1)));
    for (std::size_t i = 1; i < wanted; ++i) threads.emplace_back(run);
    run();
  }
  if (problem) std::rethrow_exception(problem);
}

}  // namespace cloudflow
