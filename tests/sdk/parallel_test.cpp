// The same work on several threads.
#include "sdk/support/parallel.h"

#include <atomic>
#include <catch2/catch_all.hpp>
#include <stdexcept>
#include <vector>

using namespace cloudflow;

TEST_CASE("every index is worked on once", "[sdk][parallel]") {
  const int workers = GENERATE(-1, 0, 1, 3, 50);
  const auto count = static_cast<std::size_t>(GENERATE(0, 1, 7, 1000));
  std::vector<std::atomic<int>> times(count);
  parallel_for(count, workers, [&](std::size_t i) { ++times[i]; });
  for (const std::atomic<int>& one : times) CHECK(one == 1);
}

TEST_CASE("what work throws comes out once all threads have ended", "[sdk][parallel]") {
  const int workers = GENERATE(1, 4);
  std::atomic<int> running = 0;
  std::atomic<int> done = 0;
  const auto work = [&](std::size_t i) {
    ++running;
    const bool fails = i % 10 == 3;
    --running;
    if (fails) throw std::runtime_error("no more");
    ++done;
  };
  CHECK_THROWS_AS(parallel_for(1000, workers, work), std::runtime_error);
  CHECK(running == 0);
  CHECK(done < 1000);
}
