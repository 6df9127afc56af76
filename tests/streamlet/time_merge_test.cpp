// Records of several inlets in the order of their times.
#include "sdk/streamlet/time_merge.h"

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <random>

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;
using namespace std::chrono_literals;

using Clock = std::chrono::steady_clock;
using Tracker = std::shared_ptr<OffsetTracker>;

/// Two inlets' trackers of a partition.
struct Pair {
  explicit Pair(int partition) : ownership(std::make_shared<Ownership>(partition)) {}

  std::shared_ptr<Ownership> ownership;
  Tracker left = std::make_shared<OffsetTracker>(ownership);
  Tracker right = std::make_shared<OffsetTracker>(ownership);
};

std::deque<int> taken(TimeMerge<int>& merge, Clock::time_point now = Clock::time_point(1h), std::size_t count = 1000) {
  std::deque<int> out;
  merge.take(out, count, now);
  return out;
}

using Numbers = std::deque<int>;

}  // namespace

TEST_CASE("the earliest record comes first, once it is known which one that is") {
  TimeMerge<int> merge(2, 10s);
  const Pair one(3);
  merge.put(one.left, 0, 100, 1, 100);
  merge.put(one.left, 0, 300, 1, 300);
  CHECK(taken(merge).empty());
  merge.put(one.right, 1, 200, 1, 200);
  CHECK(taken(merge) == Numbers{100, 200});
  merge.end(one.right, 1);
  CHECK(taken(merge) == Numbers{300});
  merge.put(one.right, 1, 250, 1, 250);  // late, but nothing else is there
  CHECK(taken(merge).empty());
  merge.end(one.left, 0);
  CHECK(taken(merge) == Numbers{250});
}

TEST_CASE("an inlet that says nothing is waited for once, until it says something again") {
  TimeMerge<int> merge(2, 10s);
  const Pair one(0);
  const Clock::time_point begin(1h);
  merge.put(one.left, 0, 1, 1, 1);
  CHECK(taken(merge, begin).empty());
  CHECK(taken(merge, begin + 9s).empty());
  CHECK(taken(merge, begin + 10s) == Numbers{1});
  merge.put(one.left, 0, 3, 1, 3);
  CHECK(taken(merge, begin + 11s) == Numbers{3});
  merge.put(one.right, 1, 4, 1, 4);
  merge.put(one.left, 0, 5, 1, 5);
  CHECK(taken(merge, begin + 12s) == Numbers{4});
  CHECK(taken(merge, begin + 13s).empty());
}

TEST_CASE("what is away, or is to be read again, is not taken any more") {
  TimeMerge<int> merge(2, 10s);
  const Pair one(0);
  const Pair two(1);
  for (const Pair* pair : {&one, &two}) {
    merge.put(pair->left, 0, 1, 1, 10 + pair->ownership->partition());
    merge.put(pair->left, 0, 2, 1, 20 + pair->ownership->partition());
    merge.end(pair->right, 1);
  }
  one.ownership->give_away();
  two.left->rewind_to(0);
  CHECK(taken(merge).empty());
  const Tracker again = std::make_shared<OffsetTracker>(two.ownership);
  merge.put(again, 0, 1, 1, 31);
  CHECK(taken(merge) == Numbers{31});
  const Pair back(0);  // the number comes back
  merge.put(back.right, 1, 1, 1, 40);
  merge.end(back.left, 0);
  CHECK(taken(merge) == Numbers{40});
}

TEST_CASE("a full inlet has no room, and every partition has its turn") {
  TimeMerge<int> merge(2, 10s);
  const Pair one(0);
  const Pair two(1);
  for (int i = 0; merge.has_room(one.left, 0); ++i) merge.put(one.left, 0, i, 1, 0);
  CHECK(merge.has_room(one.right, 1));
  CHECK(merge.has_room(two.left, 0));
  merge.end(one.right, 1);
  merge.put(two.left, 0, 0, 1, 1);
  merge.end(two.right, 1);
  const Numbers first = taken(merge, Clock::time_point(1h), 10);
  const Numbers second = taken(merge, Clock::time_point(1h), 10);
  CHECK(std::ranges::count(first, 1) + std::ranges::count(second, 1) == 1);
  CHECK(merge.has_room(one.left, 0));
  merge.put(one.right, 1, 0, 100 << 20, 0);  // one fits, however large
  CHECK_FALSE(merge.has_room(one.right, 1));
}

TEST_CASE("sorted inlets make a sorted whole, whenever their records come") {
  std::mt19937 random(Catch::rngSeed());
  TimeMerge<int> merge(3, 10s);
  const auto ownership = std::make_shared<Ownership>(0);
  std::vector<Tracker> trackers;
  std::vector<std::deque<int>> inlets(3);
  for (auto& inlet : inlets) {
    trackers.push_back(std::make_shared<OffsetTracker>(ownership));
    for (int i = 0; i < 700; ++i) inlet.push_back(static_cast<int>(random() % 5000));
    std::ranges::sort(inlet);
  }
  Numbers out;
  while (std::ranges::any_of(inlets, [](const auto& inlet) { return !inlet.empty(); })) {
    const std::size_t one = random() % 3;
    for (std::size_t some = random() % 20; some > 0 && !inlets[one].empty(); --some) {
      if (merge.has_room(trackers[one], one)) {
        merge.put(trackers[one], one, inlets[one].front(), 1, inlets[one].front());
        inlets[one].pop_front();
      }
    }
    if (inlets[one].empty()) merge.end(trackers[one], one);
    merge.take(out, random() % 50, Clock::time_point(1h));
  }
  for (std::size_t i = 0; i < 3; ++i) merge.end(trackers[i], i);
  merge.take(out, 10'000, Clock::time_point(1h));
  CHECK(out.size() == 2100);
  CHECK(std::ranges::is_sorted(out));
}

}  // namespace cloudflow::testing
