// Keys and values of stores, as a streamlet sees them, and what lies on disk below.
#include "cloudflow/streamlet/key_value_store.h"

#include <catch2/catch_all.hpp>
#include <limits>
#include <random>

#include "cloudflow/streamlet/testing.h"
#include "sdk/streamlet/database.h"
#include "tests/streamlet/readings.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;

class Totals : public Streamlet {
 public:
  Inlet<Reading> in{*this, "in"};
  KeyValueStore<std::string, Reading> hottest{*this, "hottest"};
  KeyValueStore<std::int32_t, std::int64_t> by_degree{*this, "by-degree"};

  Totals() {
    on(in, [this](const Reading& reading) {
      if (hottest.get(reading.device).value_or(Reading{.celsius = -273}).celsius < reading.celsius)
        hottest.put(reading.device, reading);
      const auto degree = static_cast<std::int32_t>(reading.celsius);
      by_degree.put(degree, by_degree.get(degree).value_or(0) + 1);
    });
  }
};

}  // namespace

TEST_CASE("a store has what was put last, in the order of its keys") {
  TestRun<Totals> run;
  for (const double celsius : {20.0, -3.0, 35.5, 20.5, -40.0}) run.send("in", Reading{"a", 1, celsius});
  run.send("in", Reading{"b", 2, 7});
  Totals& totals = run.streamlet();
  CHECK(totals.hottest.get("a") == Reading{"a", 1, 35.5});
  CHECK(totals.hottest.get("c") == std::nullopt);
  std::vector<std::pair<std::int32_t, std::int64_t>> seen;
  totals.by_degree.all([&](std::int32_t degree, std::int64_t count) { seen.emplace_back(degree, count); });
  CHECK(seen == std::vector<std::pair<std::int32_t, std::int64_t>>{{-40, 1}, {-3, 1}, {7, 1}, {20, 2}, {35, 1}});
  seen.clear();
  totals.by_degree.range(-3, 20, [&](std::int32_t degree, std::int64_t count) {
    seen.emplace_back(degree, count);
    return degree < 7;
  });
  CHECK(seen == std::vector<std::pair<std::int32_t, std::int64_t>>{{-3, 1}, {7, 1}});
  totals.by_degree.all([&](std::int32_t degree, std::int64_t) { totals.by_degree.erase(degree); });
  totals.by_degree.all([&](std::int32_t, std::int64_t) { FAIL("all were erased"); });
}

TEST_CASE("a store is of use in handlers only") {
  Totals totals;
  CHECK_THROWS_WITH(totals.hottest.get("a"), "store hottest is of use in a handler of a record only");
}

TEST_CASE("keys that are numbers have the order of numbers as bytes") {
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const std::vector<std::int64_t> ordered{least, -256, -1, 0, 1, 255, 256, most};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    const std::string bytes = StoreKey<std::int64_t>::encode(ordered[i]);
    CHECK(bytes.size() == 8);
    CHECK(StoreKey<std::int64_t>::decode(bytes) == ordered[i]);
    if (i > 0) CHECK(StoreKey<std::int64_t>::encode(ordered[i - 1]) < bytes);
  }
  CHECK(StoreKey<std::uint8_t>::encode(200) == "\xc8");
  CHECK(StoreKey<std::uint8_t>::decode("\xc8") == 200);
  CHECK_THROWS_AS(StoreKey<std::int32_t>::decode("abc"), CodecError);
}

TEST_CASE("a database has whole writes with their marks, also when it is opened again") {
  const TempFolder folder;
  const auto open = [&] {
    auto opened = open_rocksdb(folder.path("db"), 16 << 20);
    REQUIRE(opened);
    return *std::move(opened);
  };
  {
    const auto database = open();
    CHECK(database->mark() == "");
    database->write({{"", "empty key"}, {"a", "1"}, {"b", ""}, {std::string("\xff\0", 2), "2"}}, "first");
    database->write({{"a", std::nullopt}, {"c", "3"}}, "second");
    CHECK_FALSE(open_rocksdb(folder.path("db"), 16 << 20));  // it is somebody's already
  }
  const auto database = open();
  CHECK(database->mark() == "second");
  CHECK(database->get("a") == std::nullopt);
  CHECK(database->get("b") == "");
  CHECK(database->get("mark") == std::nullopt);
  const auto keys = [&](std::string_view from, std::optional<std::string_view> to) {
    std::vector<std::string> out;
    database->scan(from, to, [&](std::string_view key, std::string_view) {
      out.emplace_back(key);
      return true;
    });
    return out;
  };
  CHECK(keys("", std::nullopt) == std::vector<std::string>{"", "b", "c", std::string("\xff\0", 2)});
  CHECK(keys("a", "c") == std::vector<std::string>{"b", "c"});
  CHECK(keys("bb", "bz").empty());
  CHECK(keys("\xff", "\xff").empty());  // the next longer key is not part of it
  CHECK(keys("", "") == std::vector<std::string>{""});
}

}  // namespace cloudflow::testing
