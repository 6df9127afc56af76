// Windows of event time, against a recount.
#include "cloudflow/streamlet/window_store.h"

#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <random>
#include <set>

#include "cloudflow/streamlet/testing.h"

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;
using namespace std::chrono_literals;

std::vector<std::int64_t> starts(const TimeWindows& windows, std::int64_t time) {
  std::vector<std::int64_t> out;
  windows.each(time, [&](std::int64_t start) { out.push_back(start); });
  return out;
}

using Starts = std::vector<std::int64_t>;

/// Sums of numbers by key, in windows of the records' own time.
template <auto windows>
class Sums : public Streamlet {
 public:
  Inlet<std::int64_t> in{*this, "in"};
  Outlet<Bytes> out{*this, "out"};
  Outlet<std::int64_t> late{*this, "late"};
  WindowStore<std::string, std::int64_t> sums{*this, "sums", windows()};

  Sums() {
    on(in, [this](std::int64_t value, const RecordInfo& info) {
      const int count = sums.update(std::string(*info.key), info.time, [&](std::int64_t& sum) { sum += value; });
      if (count == 0) late.send(value);
    });
    sums.on_close([this](const std::string& key, const Window& window, std::int64_t sum) {
      out.send({fmt::format("{} {}-{} {}", key, window.start, window.end, sum)});
    });
  }
};

constexpr auto tumbling = [] { return TimeWindows::tumbling(10ms, 5ms); };
constexpr auto hopping = [] { return TimeWindows::hopping(10ms, 4ms, 3ms); };

template <class S>
std::vector<std::string> closed(TestRun<S>& run) {
  std::vector<std::string> out;
  for (const Bytes& one : run.template received<Bytes>("out")) out.push_back(one.data);
  return out;
}

template <class S>
void send(TestRun<S>& run, const std::string& key, std::int64_t time, std::int64_t value) {
  run.set_time(time);
  run.template send<std::int64_t>("in", value, key);
}

}  // namespace

TEST_CASE("a moment belongs to the windows around it, also before 1970") {
  CHECK(starts(tumbling(), 0) == Starts{0});
  CHECK(starts(tumbling(), 19) == Starts{10});
  CHECK(starts(tumbling(), -1) == Starts{-10});
  CHECK(starts(tumbling(), -10) == Starts{-10});
  CHECK(starts(hopping(), 9) == Starts{8, 4, 0});
  CHECK(starts(hopping(), 10) == Starts{8, 4});
  CHECK(starts(hopping(), -3) == Starts{-4, -8, -12});
  CHECK_THROWS_AS(starts(tumbling(), std::numeric_limits<std::int64_t>::max()), std::invalid_argument);
  CHECK_THROWS_AS(TimeWindows::hopping(10ms, 11ms, 0ms), std::invalid_argument);
  CHECK_THROWS_AS(TimeWindows::hopping(1h, 1ms, 0ms), std::invalid_argument);
  CHECK_THROWS_AS(TimeWindows::tumbling(0ms, 0ms), std::invalid_argument);
}

TEST_CASE("windows close when time has passed their end and the grace, and later records are late") {
  TestRun<Sums<tumbling>> run;
  CHECK(run.streamlet().sums.now() == std::nullopt);
  send(run, "b", 3, 1);
  send(run, "a", 9, 10);
  send(run, "b", 14, 100);
  send(run, "b", 5, 1000);  // out of order, within the grace
  CHECK(closed(run).empty());
  CHECK(run.streamlet().sums.get("b", 0) == 1001);
  send(run, "a", 15, 1);  // closes the first window, whose end was 10
  CHECK(closed(run) == std::vector<std::string>{"a 0-10 10", "b 0-10 1001"});
  CHECK(run.streamlet().sums.get("b", 0) == std::nullopt);
  send(run, "b", 9, 7);
  CHECK(run.received<std::int64_t>("late") == Starts{7});
  CHECK(run.streamlet().sums.late() == 1);
  CHECK(run.streamlet().sums.now() == 15);
  run.streamlet().sums.advance(25);
  CHECK(closed(run).size() == 4);
  run.streamlet().sums.all([](const std::string&, const Window&, std::int64_t) { FAIL("all are closed"); });
}

TEST_CASE("a late record may still count for the later ones of its windows") {
  TestRun<Sums<hopping>> run;
  send(run, "a", 9, 1);   // 0-10, 4-14, 8-18
  send(run, "a", 13, 2);  // 4-14, 8-18, 12-22; and 0-10 closes
  send(run, "a", 8, 4);   // 4-14, 8-18
  CHECK(closed(run) == std::vector<std::string>{"a 0-10 1"});
  send(run, "a", 40, 0);
  CHECK(closed(run) == std::vector<std::string>{"a 0-10 1", "a 4-14 7", "a 8-18 7", "a 12-22 2"});
  CHECK(run.received<std::int64_t>("late").empty());
}

TEST_CASE("what windows close with is what a recount says") {
  TestRun<Sums<hopping>> run;
  std::mt19937 engine(Catch::rngSeed());
  const auto any = [&](int count) { return static_cast<std::int64_t>(engine() % static_cast<unsigned>(count)); };
  std::map<std::pair<std::int64_t, std::string>, std::int64_t> wanted;
  std::int64_t now = std::numeric_limits<std::int64_t>::min();
  std::int64_t base = -50;
  for (int i = 0; i < 5000; ++i, base += any(3)) {
    const std::int64_t time = base - any(20);
    const std::string key = fmt::format("{}", any(5));
    now = std::max(now, time);
    for (const std::int64_t start : starts(hopping(), time)) {
      if (start + 10 + 3 > now) wanted[{start, key}] += i;
    }
    send(run, key, time, i);
  }
  send(run, "end", base + 100, 0);
  std::vector<std::string> lines;
  for (const auto& [where, sum] : wanted)
    lines.push_back(fmt::format("{} {}-{} {}", where.second, where.first, where.first + 10, sum));
  CHECK(closed(run) == lines);
  CHECK(run.streamlet().sums.late() > 0);
}

}  // namespace cloudflow::testing
