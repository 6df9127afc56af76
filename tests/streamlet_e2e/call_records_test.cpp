// examples/call-records in the sandbox: what it counts is a recount of what went in.
#include <catch2/catch_all.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "cloudflow/json.h"
#include "tests/streamlet_e2e/example_sandbox.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

constexpr std::int64_t window = 5'000;  // as in the example's local.conf
constexpr std::int64_t watermark = 1'000;

struct Calls {
  std::vector<Json> valid{};
  std::size_t invalid = 0;
  std::string lines{};  ///< as `sandbox send` takes them
};

/// Calls in about the order of their times: some are a little behind, and some far.
Calls random_calls(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::int64_t end) { return static_cast<std::int64_t>(random()) % end; };
  Calls out;
  std::int64_t now = 1'700'000'000'000;
  for (int i = 0; i < 600; ++i) {
    now += below(700);
    const std::int64_t behind = below(10) == 0 ? below(20'000) : below(1'500);
    Json call = {{"user", "user-" + std::to_string(below(9))},
                 {"other", "other"},
                 {"direction", below(2) == 0 ? "incoming" : "outgoing"},
                 {"duration", below(600)},
                 {"timestamp", now - behind}};
    if (below(20) == 0) {
      call["duration"] = -5;
      ++out.invalid;
    } else {
      out.valid.push_back(call);
    }
    out.lines += call.dump() + "\n";
  }
  return out;
}

/// What becomes of the records of one partition, in their order.
struct Recount {
  std::vector<Json> stats{};
  std::vector<Json> late{};
  std::int64_t open = 0;  ///< records in windows that no later record has closed

  void add(const std::vector<Json>& records) {
    std::map<std::int64_t, std::map<std::string, std::pair<std::int64_t, std::int64_t>>> windows;
    std::int64_t now = 0;
    for (const Json& record : records) {
      const std::int64_t time = record.at("timestamp");
      const std::int64_t start = time - time % window;
      now = std::max(now, time);
      if (start + window + watermark <= now) {
        late.push_back(record);
        continue;
      }
      auto& [calls, seconds] = windows[start][record.at("user")];
      ++calls;
      seconds += record.at("duration").get<std::int64_t>();
      while (!windows.empty() && windows.begin()->first + window + watermark <= now) {
        for (const auto& [user, sum] : windows.begin()->second) close(user, windows.begin()->first, sum);
        windows.erase(windows.begin());
      }
    }
    for (const auto& [start, users] : windows) {
      for (const auto& [user, sum] : users) open += sum.first;
    }
  }

 private:
  void close(const std::string& user, std::int64_t start, const std::pair<std::int64_t, std::int64_t>& sum) {
    stats.push_back({{"user", user},
                     {"startTime", start},
                     {"windowDuration", window},
                     {"calls", sum.first},
                     {"totalCallDuration", sum.second},
                     {"avgCallDuration", static_cast<double>(sum.second) / static_cast<double>(sum.first)}});
  }
};

std::vector<Json> sorted(std::vector<Json> all) {
  std::ranges::sort(all);
  return all;
}

std::vector<Json> values(const std::vector<Json>& records) {
  std::vector<Json> out;
  for (const Json& record : records) out.push_back(record.at("value"));
  return out;
}

}  // namespace

namespace {

/// No calls but those of the test.
const ExampleSandbox::Changes without_generator{
    {"cloudflow.yaml", {"\"*\": [build", "generator: [sleep, infinity]\n    \"*\": [build"}}};

/// What came of the calls, in every topic.
void check_recount(ExampleSandbox& sandbox, const Calls& calls) {
  const std::vector<Json> valid = sandbox.records("valid-records", calls.valid.size());
  CHECK(sorted(values(valid)) == sorted(calls.valid));
  for (const Json& one : sandbox.records("invalid-records", calls.invalid))
    CHECK(one.at("value").at("error") == "its duration is negative");
  std::map<int, std::map<std::int64_t, Json>> partitions;  // in the order of offsets, which is the aggregator's
  for (const Json& record : valid) partitions[record.at("partition")][record.at("offset")] = record.at("value");
  CHECK(partitions.size() == 3);
  Recount expected;
  for (const auto& [partition, records] : partitions) {
    std::vector<Json> in_order;
    for (const auto& [offset, value] : records) in_order.push_back(value);
    expected.add(in_order);
  }
  REQUIRE(expected.stats.size() > 100);
  REQUIRE(expected.late.size() > 5);
  const std::vector<Json> stats = values(sandbox.records("call-stats", expected.stats.size()));
  CHECK(sorted(stats) == sorted(expected.stats));
  CHECK(sorted(values(sandbox.records("late-records", expected.late.size()))) == sorted(expected.late));
  std::int64_t counted = 0;
  for (const Json& one : stats) counted += one.at("calls").get<std::int64_t>();
  CHECK(counted + static_cast<std::int64_t>(expected.late.size()) + expected.open ==
        static_cast<std::int64_t>(calls.valid.size()));
}

}  // namespace

TEST_CASE("the statistics of calls and the late calls are a recount of the valid ones", "[servers]") {
  ExampleSandbox sandbox("call-records", CLOUDFLOW_CALL_RECORDS, without_generator);
  REQUIRE(sandbox.prints("Ctrl-C stops it."));
  const Calls calls = random_calls(20'261'130);
  REQUIRE(calls.invalid > 5);
  // With one key they stay in order.
  const ProcessOutput sent = sandbox.beside({"send", "call-records", "--key", "all"}, calls.lines);
  CHECK(sent.errors == "600 records written to call-records.\n");
  check_recount(sandbox, calls);
  CHECK(sandbox.prints("logger     | invalid: its duration is negative: call of user-"));
  CHECK(sandbox.prints("logger     | late: call of user-"));
  CHECK(sandbox.prints("egress     | user-"));
  CHECK(sandbox.stop() == 0);
}

TEST_CASE("an aggregator that is killed on a real broker counts no call twice, and loses none", "[servers][alone]") {
  const auto bed = Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {});
  REQUIRE(bed.has_value());
  ExampleSandbox::Changes changes = without_generator;
  // Whoever is killed keeps its partitions so long.
  changes["blueprint.conf"] = {"    valid-records {\n",
                               "    valid-records {\n      consumer-config.session.timeout.ms = 6000\n"};
  ExampleSandbox sandbox("call-records", CLOUDFLOW_CALL_RECORDS, changes, {}, {"--kafka", (*bed)->bootstrap()});
  REQUIRE(sandbox.prints("Ctrl-C stops it."));
  const Calls calls = random_calls(20'261'131);
  const auto lines_of_egress = [&] {
    const std::string& all = sandbox.printed();
    std::size_t out = 0;
    for (std::size_t at = 0; (at = all.find("egress     | user-", at)) != std::string::npos; ++at) ++out;
    return out;
  };
  std::size_t begin = 0;
  for (std::size_t part = 1; part <= 4; ++part) {
    const std::size_t end = part == 4 ? calls.lines.size() : calls.lines.find('\n', calls.lines.size() * part / 4) + 1;
    const std::size_t before = lines_of_egress();
    sandbox.beside({"send", "call-records", "--key", "all"}, calls.lines.substr(begin, end - begin));
    begin = end;
    if (part == 4) break;
    REQUIRE(eventually([&] { return lines_of_egress() > before; }));  // it is at work on them
    sandbox.kill("aggregator");
  }
  check_recount(sandbox, calls);
  sandbox.stop();
  CHECK(sandbox.printed().find("aggregator ended with status 137 (as by signal 9) (3 times)") != std::string::npos);
}

TEST_CASE("the example of calls runs as it is", "[servers]") {
  ExampleSandbox sandbox("call-records", CLOUDFLOW_CALL_RECORDS);
  CHECK(sandbox.prints(" calls of "));
  CHECK(sandbox.prints("logger     | late: call of user-"));
  CHECK(sandbox.prints("logger     | invalid: its duration is negative: call of user-"));
  CHECK(sandbox.stop() == 0);
}

}  // namespace cloudflow::testing
