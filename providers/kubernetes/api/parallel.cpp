// The same blocking work for many things at once.
#include "providers/kubernetes/api/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace cloudflow {

Result<void> in_parallel(std::size_t count, std::size_t width,
                         const std::function<Result<void>(std::size_t, std::stop_token)>& work, std::stop_token stop) {
  std::stop_source inner;
  const std::stop_callback outer(stop, [&] { inner.request_stop(); });
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> first;
  const auto run = [&] {
    while (!inner.stop_requested()) {
      const std::size_t i = next++;
      if (i >= count) return;
      Result<void> done = work(i, inner.get_token());
      if (done) continue;
      const std::scoped_lock lock(mutex);
      if (!first) first = std::move(done).error();
      inner.request_stop();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(count, width); ++i) threads.emplace_back(run);
    run();
  }
  if (first && (!stop.stop_requested() || first->kind == ErrorKind::interrupted))
    return std::unexpected(std::move(*first));
  if (stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");
  return {};
}

}  // namespace cloudflow
