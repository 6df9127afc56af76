// What may be committed while records are done in any order.
#include "sdk/streamlet/offset_tracker.h"

#include <catch2/catch_all.hpp>
#include <random>
#include <set>

namespace cloudflow::testing {

using namespace cloudflow::streamlet;
using namespace std::chrono_literals;

TEST_CASE("the position is the lowest record that is not done") {
  OffsetTracker tracker(0);
  CHECK(tracker.position() == -1);
  auto& a = tracker.add(5);
  auto& b = tracker.add(7);  // a compacted topic has gaps
  CHECK(tracker.position() == 5);
  REQUIRE(tracker.start());
  REQUIRE(tracker.start());
  b.release();
  CHECK(tracker.position() == 5);
  CHECK(tracker.in_work() == 2);
  a.release();
  CHECK(tracker.position() == 8);
  CHECK(tracker.in_work() == 0);
}

TEST_CASE("a record is done when its handler and all its messages are") {
  OffsetTracker tracker(0);
  auto& a = tracker.add(1);
  REQUIRE(tracker.start());
  a.hold();
  a.hold();
  a.release();
  a.release();
  CHECK(tracker.position() == 1);
  CHECK_FALSE(tracker.is_settled());
  a.release();
  CHECK(tracker.position() == 2);
  CHECK(tracker.is_settled());
}

TEST_CASE("what was not started when a partition went is not done") {
  OffsetTracker tracker(0);
  auto& a = tracker.add(1);
  tracker.add(2);
  REQUIRE(tracker.start());
  tracker.give_away();
  CHECK_FALSE(tracker.start());
  CHECK_FALSE(tracker.wait_settled(1ms));
  a.release();
  CHECK(tracker.wait_settled(1ms));
  CHECK(tracker.position() == 2);
}

TEST_CASE("a position does not pass what was said to be safe") {
  OffsetTracker tracker(0);
  auto& a = tracker.add(1);
  tracker.limit(1);
  REQUIRE(tracker.start());
  a.release();
  CHECK(tracker.position() == 1);
  tracker.limit(2);
  CHECK(tracker.position() == 2);
}

TEST_CASE("nothing starts of a partition that has gone, or that is read again") {
  OffsetTracker gone(0);
  CHECK_FALSE(gone.is_gone());
  gone.give_away();
  CHECK_FALSE(gone.is_gone());  // what was begun may still count
  gone.set_gone();
  CHECK(gone.is_gone());
  OffsetTracker again(0);
  CHECK(again.rewind() == std::nullopt);
  again.rewind_to(5);
  CHECK(again.rewind() == 5);
  CHECK_FALSE(again.start());
}

TEST_CASE("an abandoned record holds the position, and nobody up") {
  OffsetTracker tracker(0);
  tracker.add(1);
  REQUIRE(tracker.start());
  tracker.abandon();
  CHECK(tracker.is_settled());
  CHECK(tracker.position() == 1);
  CHECK(tracker.wait_below(2, 1ms));
  CHECK_FALSE(tracker.wait_below(1, 1ms));
}

TEST_CASE("records done in random order: the position never passes one that is not done") {
  std::mt19937 random(Catch::rngSeed());
  OffsetTracker tracker(0);
  std::vector<std::pair<std::int64_t, OffsetTracker::Entry*>> open;
  std::set<std::int64_t> undone;
  for (std::int64_t offset = 0; offset < 2000 || !open.empty();) {
    if (offset < 2000 && (open.empty() || random() % 2 == 0)) {
      open.emplace_back(offset, &tracker.add(offset));
      REQUIRE(tracker.start());
      undone.insert(offset++);
    } else {
      const auto one = open.begin() + static_cast<std::ptrdiff_t>(random() % open.size());
      one->second->release();
      undone.erase(one->first);
      open.erase(one);
    }
    REQUIRE(tracker.position() == (undone.empty() ? offset : *undone.begin()));
  }
}

}  // namespace cloudflow::testing
