// Calls from many threads as few requests.
#include "providers/kafka/admin/batcher.h"

#include <atomic>
#include <catch2/catch_all.hpp>
#include <thread>

namespace cloudflow {

TEST_CASE("calls that arrive while a request is under way share the next one", "[batcher]") {
  std::vector<std::size_t> sizes;
  Batcher<int, int>* self = nullptr;
  Batcher<int, int> batcher([&](std::span<const int> items, std::stop_token) -> Result<std::vector<Result<int>>> {
    if (sizes.empty()) {  // the first request takes until all the others wait
      while (self->waiting() < 15) std::this_thread::yield();
    }
    sizes.push_back(items.size());
    std::vector<Result<int>> answers;
    for (const int item : items) {
      answers.push_back(item == 7 ? Result<int>(failure(ErrorKind::denied, "not seven")) : Result<int>(item * 2));
    }
    return answers;
  });
  self = &batcher;
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&, i] {
        const Result<int> answer = batcher.run(i, {});
        if (i == 7 ? !answer && answer.error().message == "not seven" : answer && *answer == i * 2) ++right;
      });
    }
  }
  CHECK(right == 16);
  CHECK(sizes == std::vector<std::size_t>{1, 15});
}

TEST_CASE("a request that fails as a whole fails every call in it, and the next one is tried", "[batcher]") {
  int requests = 0;
  Batcher<int, int> batcher([&](std::span<const int> items, std::stop_token) -> Result<std::vector<Result<int>>> {
    if (++requests == 1) return failure(ErrorKind::unavailable, "down");
    return std::vector<Result<int>>(items.size(), 1);
  });
  CHECK(batcher.run(1, {}).error().message == "down");
  CHECK(batcher.run(1, {}).value_or(0) == 1);
}

}  // namespace cloudflow
