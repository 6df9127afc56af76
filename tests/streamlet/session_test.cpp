// Sessions, against a recount.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <random>
#include <tuple>

#include "cloudflow/streamlet/session_store.h"
#include "cloudflow/streamlet/testing.h"

namespace cloudflow::testing {
namespace {

using namespace cloudflow::streamlet;
using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

/// Sums of numbers by key, in sessions by the records' own time.
template <auto windows>
class Sums : public Streamlet {
 public:
  Inlet<std::int64_t> in{*this, "in"};
  Outlet<Bytes> out{*this, "out"};
  SessionStore<std::string, std::int64_t> sums{*this, "sums", windows(),
                                               [](std::int64_t& into, std::int64_t other) { into += other; }};

  Sums() {
    on(in, [this](std::int64_t value, const RecordInfo& info) {
      const bool is_in_time = sums.update(std::string(*info.key), info.time, [&](std::int64_t& sum) { sum += value; });
      if (!is_in_time) out.send({fmt::format("late {}", value)});
    });
    sums.on_close([this](const std::string& key, const Session& session, std::int64_t sum) {
      out.send({fmt::format("{} {}-{} {}", key, session.first, session.last, sum)});
    });
  }
};

constexpr auto brief = [] { return SessionWindows::with_gap(10ms, 5ms); };
constexpr auto strict = [] { return SessionWindows::with_gap(4ms, 0ms); };

template <class S>
void send(TestRun<S>& run, const std::string& key, std::int64_t time, std::int64_t value) {
  run.set_time(time);
  run.template send<std::int64_t>("in", value, key);
}

template <class S>
Lines lines(TestRun<S>& run) {
  Lines out;
  for (const Bytes& one : run.template received<Bytes>("out")) out.push_back(one.data);
  return out;
}

/// Knows every record that is not closed, and looks for gaps between them anew each time.
class Recount {
 public:
  explicit Recount(const SessionWindows& windows) : windows_(windows) {}

  void add(const std::string& key, std::int64_t time, std::int64_t value) {
    now_ = std::max(now_, time);
    close();
    const auto& times = open_[key];
    const auto [first, last] = windows_.around(time);
    const auto near = times.lower_bound(first);
    if (windows_.closes(time) < now_ && (near == times.end() || near->first > last)) {
      said.push_back(fmt::format("late {}", value));
    } else {
      open_[key].emplace(time, value);
    }
  }

  Lines said{};

 private:
  using Records = std::multimap<std::int64_t, std::int64_t>;

  void close() {
    std::vector<std::tuple<std::int64_t, std::string, std::string>> closed;
    for (auto& [key, records] : open_) {
      for (auto begin = records.begin(); begin != records.end();) {
        auto end = begin;
        std::int64_t sum = 0;
        std::int64_t last = begin->first;
        for (; end != records.end() && end->first <= windows_.around(last).last; ++end) {
          last = end->first;
          sum += end->second;
        }
        if (windows_.closes(last) < now_) {
          closed.emplace_back(last, key, fmt::format("{} {}-{} {}", key, begin->first, last, sum));
          records.erase(begin, end);
        }
        begin = end;
      }
    }
    std::ranges::sort(closed);
    for (const auto& [last, key, line] : closed) said.push_back(line);
  }

  const SessionWindows windows_;
  std::int64_t now_ = std::numeric_limits<std::int64_t>::min();
  std::map<std::string, Records> open_{};
};

template <auto windows>
void compare_with_recount() {
  TestRun<Sums<windows>> run;
  Recount recount(windows());
  std::mt19937 engine(Catch::rngSeed());
  const auto any = [&](unsigned count) { return static_cast<std::int64_t>(engine() % count); };
  const std::vector<std::string> keys{"a", "b", "aa", "", std::string("a\0b", 3)};
  std::int64_t base = -80;
  const auto both = [&](const std::string& key, std::int64_t time, std::int64_t value) {
    recount.add(key, time, value);
    send(run, key, time, value);
  };
  for (int i = 0; i < 4000; ++i, base += any(3) == 0 ? any(20) : any(3)) {
    const std::string& key = keys[static_cast<std::size_t>(any(5))];
    both(key, base - any(25), i);
  }
  both("end", base + 100, 0);
  CHECK(lines(run) == recount.said);
  CHECK(run.streamlet().sums.late() > 0);
  CHECK(run.streamlet().sums.now() == base + 100);
}

}  // namespace

TEST_CASE("a record extends the session that it is near to, or makes one of two") {
  TestRun<Sums<brief>> run;
  CHECK(run.streamlet().sums.now() == std::nullopt);
  send(run, "a", 100, 1);
  send(run, "a", 115, 10);
  send(run, "b", 110, 100);
  std::vector<Session> open;
  const auto look = [&] {
    open.clear();
    run.streamlet().sums.all([&](const std::string& key, const Session& session, std::int64_t) {
      if (key == "a") open.push_back(session);
    });
  };
  look();
  CHECK(open == std::vector<Session>{{100, 100}, {115, 115}});
  send(run, "a", 105, 1000);  // 5 away from the one, and 10 from the other
  look();
  CHECK(open == std::vector<Session>{{100, 115}});
  run.streamlet().sums.advance(125);
  CHECK(lines(run).empty());  // b's may get something that is late by 5
  run.streamlet().sums.advance(126);
  CHECK(lines(run) == Lines{"b 110-110 100"});
  send(run, "a", 95, 10000);  // old, and of a session that is open
  send(run, "c", 110, 7);     // as old as what was closed
  CHECK(lines(run).back() == "late 7");
  CHECK(run.streamlet().sums.late() == 1);
  run.streamlet().sums.advance(131);
  CHECK(lines(run).back() == "a 95-115 11011");
  look();
  CHECK(open.empty());
}

TEST_CASE("what sessions close with is what a recount says") {
  compare_with_recount<brief>();
  compare_with_recount<strict>();
}

TEST_CASE("sessions that make no sense are refused") {
  CHECK_THROWS_AS(SessionWindows::with_gap(-1ms, 0ms), std::invalid_argument);
  CHECK_THROWS_AS(SessionWindows::with_gap(1ms, -1ms), std::invalid_argument);
  TestRun<Sums<brief>> run;
  CHECK_THROWS_AS(send(run, "a", std::numeric_limits<std::int64_t>::min(), 1), std::invalid_argument);
  CHECK(run.streamlet().sums.now() == std::nullopt);
}

}  // namespace cloudflow::testing
