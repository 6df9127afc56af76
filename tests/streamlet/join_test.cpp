// Joins of two inlets, against a recount.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <random>

#include "cloudflow/streamlet/stream_join.h"
#include "cloudflow/streamlet/table.h"
#include "cloudflow/streamlet/testing.h"

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;
using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

/// Numbers of two inlets, by the records' own times and keys.
template <auto windows, bool tells_alone>
class Pairs : public Streamlet {
 public:
  Inlet<std::int64_t> lefts{*this, "lefts"};
  Inlet<std::int64_t> rights{*this, "rights"};
  Outlet<Bytes> out{*this, "out"};
  StreamJoin<std::string, std::int64_t, std::int64_t> pairs{*this, "pairs", windows()};

  Pairs() {
    on(lefts, [this](std::int64_t value, const RecordInfo& info) {
      if (!pairs.left(std::string(*info.key), info.time, value)) out.send({fmt::format("late {}", value)});
    });
    on(rights, [this](std::int64_t value, const RecordInfo& info) {
      if (!pairs.right(std::string(*info.key), info.time, value)) out.send({fmt::format("late {}", value)});
    });
    pairs.on_match([this](const std::string& key, std::int64_t left, std::int64_t right) {
      out.send({fmt::format("{}: {} {}", key, left, right)});
    });
    if (!tells_alone) return;
    pairs.on_left_alone(
        [this](const std::string& key, std::int64_t left) { out.send({fmt::format("{}: {} -", key, left)}); });
    pairs.on_right_alone(
        [this](const std::string& key, std::int64_t right) { out.send({fmt::format("{}: - {}", key, right)}); });
  }
};

template <class S>
void send(TestRun<S>& run, const std::string& inlet, const std::string& key, std::int64_t time, std::int64_t value) {
  run.set_time(time);
  run.template send<std::int64_t>(inlet, value, key);
}

template <class S>
Lines lines(TestRun<S>& run) {
  Lines out;
  for (const Bytes& one : run.template received<Bytes>("out")) out.push_back(one.data);
  return out;
}

constexpr auto near = [] { return JoinWindows::within(10ms, 5ms); };
constexpr auto afterwards = [] { return JoinWindows::between(-2ms, 12ms, 0ms); };
constexpr auto earlier = [] { return JoinWindows::between(7ms, -1ms, 3ms); };

/// What a join without any store would say: each record is compared with all before it.
class Recount {
 public:
  Recount(const JoinWindows& windows, bool tells_alone) : windows_(windows), tells_alone_(tells_alone) {}

  void add(JoinWindows::Side side, const std::string& key, std::int64_t time, std::int64_t value) {
    go_on_to(std::max(now_, time));
    Record one{side, key, time, value, windows_.closes(side, time)};
    if (one.closes < now_) return said.push_back(fmt::format("late {}", value));
    std::vector<Record*> found;
    for (Record& known : records_) {
      const std::int64_t left = side == JoinWindows::Side::left ? time : known.time;
      const std::int64_t right = side == JoinWindows::Side::left ? known.time : time;
      const auto [first, last] = windows_.matches(JoinWindows::Side::left, left);
      if (!known.is_closed && known.side != side && known.key == key && first <= right && right <= last)
        found.push_back(&known);
    }
    std::ranges::stable_sort(found, {}, &Record::time);
    for (Record* known : found) {
      known->is_alone = false;
      one.is_alone = false;
      said.push_back(side == JoinWindows::Side::left ? fmt::format("{}: {} {}", key, value, known->value)
                                                     : fmt::format("{}: {} {}", key, known->value, value));
    }
    records_.push_back(one);
  }

  Lines said{};

 private:
  struct Record {
    JoinWindows::Side side{};
    std::string key{};
    std::int64_t time = 0;
    std::int64_t value = 0;
    std::int64_t closes = 0;
    bool is_alone = true;
    bool is_closed = false;
  };

  void go_on_to(std::int64_t time) {
    now_ = time;
    std::vector<Record*> closed;
    for (Record& one : records_) {
      if (!one.is_closed && one.closes < now_) closed.push_back(&one);
    }
    std::ranges::stable_sort(closed, {}, &Record::closes);
    for (Record* one : closed) {
      one->is_closed = true;
      if (!one->is_alone || !tells_alone_) continue;
      said.push_back(one->side == JoinWindows::Side::left ? fmt::format("{}: {} -", one->key, one->value)
                                                          : fmt::format("{}: - {}", one->key, one->value));
    }
  }

  const JoinWindows windows_;
  const bool tells_alone_;
  std::int64_t now_ = std::numeric_limits<std::int64_t>::min();
  std::vector<Record> records_{};
};

/// Random records in a random order of both inlets, many at the same time and under the same key.
template <auto windows, bool tells_alone>
void compare_with_recount() {
  TestRun<Pairs<windows, tells_alone>> run;
  Recount recount(windows(), tells_alone);
  std::mt19937 engine(Catch::rngSeed());
  const auto any = [&](unsigned count) { return static_cast<std::int64_t>(engine() % count); };
  const std::vector<std::string> keys{"a", "b", "aa", "", std::string("a\0b", 3)};
  std::int64_t base = -60;
  for (int i = 0; i < 2500; ++i, base += any(4)) {
    const bool is_left = any(3) > 0;
    const std::string& key = keys[static_cast<std::size_t>(any(5))];
    const std::int64_t time = base - any(25);
    recount.add(is_left ? JoinWindows::Side::left : JoinWindows::Side::right, key, time, i);
    send(run, is_left ? "lefts" : "rights", key, time, i);
  }
  recount.add(JoinWindows::Side::left, "end", base + 100, -1);
  send(run, "lefts", "end", base + 100, -1);
  const Lines said = lines(run);
  CHECK(said == recount.said);
  CHECK(run.streamlet().pairs.late() > 0);
  const auto matches = std::ranges::count_if(said, [](const std::string& line) { return !line.starts_with("late"); });
  CHECK(matches > 500);
}

/// Orders with what is known of their customers, by the key of their records.
class Enrich : public Streamlet {
 public:
  Inlet<std::string> orders{*this, "orders"};
  Table<std::string, std::string> customers{*this, "customers"};
  Outlet<std::string> out{*this, "out"};

  Enrich() {
    on(orders, [this](const std::string& order, const RecordInfo& info) {
      out.send(order + " " + customers.get(std::string(*info.key)).value_or("?"));
    });
    customers.on_change([this](const std::string& key, const auto& before, const auto& after) {
      out.send(key + ": " + before.value_or("-") + " " + after.value_or("-"));
    });
  }
};

/// The same with numbers as keys.
class ByNumber : public Streamlet {
 public:
  Table<std::int32_t, std::string> names{*this, "names"};
};

}  // namespace

TEST_CASE("records near each other are joined once, also out of order, and the others told alone at their end") {
  TestRun<Pairs<near, true>> run;
  CHECK(run.streamlet().pairs.now() == std::nullopt);
  send(run, "lefts", "a", 100, 1);
  send(run, "rights", "a", 110, 2);
  send(run, "rights", "a", 111, 3);  // 11 away
  send(run, "rights", "b", 100, 4);  // another key
  send(run, "lefts", "a", 101, 5);   // late within the grace
  CHECK(lines(run) == Lines{"a: 1 2", "a: 5 2", "a: 5 3"});
  send(run, "lefts", "a", 116, 6);  // closes 1 and 4, which waited until 115
  CHECK(lines(run) == Lines{"a: 1 2", "a: 5 2", "a: 5 3", "b: - 4", "a: 6 2", "a: 6 3"});
  send(run, "rights", "b", 100, 7);
  CHECK(lines(run).back() == "late 7");
  CHECK(run.streamlet().pairs.late() == 1);
  CHECK(run.streamlet().pairs.now() == 116);
  send(run, "lefts", "b", 117, 8);
  run.streamlet().pairs.advance(132);
  CHECK(lines(run).back() == "late 7");  // it waits until 132
  run.streamlet().pairs.advance(133);
  CHECK(lines(run).back() == "b: 8 -");
}

TEST_CASE("what a join says is what a recount says") {
  compare_with_recount<near, true>();
  compare_with_recount<near, false>();
  compare_with_recount<afterwards, true>();
  compare_with_recount<earlier, true>();
}

TEST_CASE("joins that can match nothing, and times that are none, are refused") {
  CHECK_THROWS_AS(JoinWindows::between(-5ms, 4ms, 0ms), std::invalid_argument);
  CHECK_THROWS_AS(JoinWindows::within(5ms, -1ms), std::invalid_argument);
  TestRun<Pairs<near, true>> run;
  CHECK_THROWS_AS(send(run, "lefts", "a", std::numeric_limits<std::int64_t>::max(), 1), std::invalid_argument);
  CHECK(run.streamlet().pairs.now() == std::nullopt);
}

TEST_CASE("a table has the latest value of each key, and forgets those without one") {
  TestRun<Enrich> run;
  run.send<std::string>("orders", "1", "x");
  run.send<std::string>("customers", "Xaver", "x");
  run.send<std::string>("orders", "2", "x");
  run.send<std::string>("customers", "Xenia", "x");
  run.send<std::string>("orders", "3", "x");
  run.send_tombstone("customers", "x");
  run.send<std::string>("orders", "4", "x");
  CHECK(run.received<std::string>("out") ==
        Lines{"1 ?", "x: - Xaver", "2 Xaver", "x: Xaver Xenia", "3 Xenia", "x: Xenia -", "4 ?"});
  CHECK_THROWS_AS(run.send<std::string>("customers", "nobody's"), UndecodableError);
}

TEST_CASE("a table's keys may be numbers as outlets write them") {
  TestRun<ByNumber> run;
  run.send<std::string>("names", "minus five", key_text(-5));
  CHECK(run.streamlet().names.get(-5) == "minus five");
  CHECK_THROWS_AS(run.send<std::string>("names", "?", "five"), UndecodableError);
  CHECK_THROWS_AS(run.send<std::string>("names", "?", "99999999999"), UndecodableError);
}

}  // namespace cloudflow::testing
