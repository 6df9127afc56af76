// Streamlets on a real broker: what comes in goes out, in order, and is committed.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch_all.hpp>

#include "tests/streamlet/readings.h"
#include "tests/streamlet/running.h"
#include "tests/support/eventually.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

Wanted pass_through(const std::string& from, const std::string& to) {
  return {.class_name = "test.PassThrough",
          .application = fresh_name("app"),
          .topics = {{"in", from}, {"out", to}},
          .brokers = test_brokers()};
}

/// Values by partition, in order.
std::map<int, std::vector<std::string>> by_partition(const std::vector<TopicRecord>& records) {
  std::map<int, std::vector<std::string>> out;
  for (const TopicRecord& one : records) out[one.partition].push_back(one.value);
  return out;
}

}  // namespace

TEST_CASE("records pass through in order, and the group has committed all of them at the end", "[servers]") {
  const std::string from = make_topic("pass-in", 3);
  const std::string to = make_topic("pass-out", 3);
  Wanted wanted = pass_through(from, to);
  wanted.run = {{"workers", GENERATE(1, 3)}};
  wanted.consumer = {{"group", {{"protocol", GENERATE("classic", "consumer")}}}};
  TopicWriter writer(from);
  for (int i = 0; i < 5000; ++i) writer.write(fmt::format("key {}", i % 50), fmt::format("{}", i));
  writer.flush();
  TopicReader source(from);
  TopicReader target(to);
  StreamletProcess process(wanted);
  const auto came = by_partition(source.wait_for(5000));
  const auto went = by_partition(target.wait_for(5000));
  INFO(process.said());
  CHECK(came.size() == 3);
  CHECK(went == came);
  const std::string group = wanted.application + ".s.in";
  // It commits while it runs, not only at its end.
  CHECK(eventually([&] { return committed(group, from, 0) == static_cast<std::int64_t>(came.at(0).size()); }));
  CHECK(process.stop() == 0);
  for (const auto& [partition, values] : came)
    CHECK(committed(group, from, partition) == static_cast<std::int64_t>(values.size()));
}

TEST_CASE("what a slow handler cannot take waits, and comes in order", "[servers]") {
  const std::string from = make_topic("slow-in", 2);
  const std::string to = make_topic("slow-out", 2);
  Wanted wanted = pass_through(from, to);
  wanted.class_name = "test.Slow";
  wanted.parameters = {{"time", "300 us"}};
  wanted.run = {{"workers", GENERATE(1, 2)}, {"records-in-work", GENERATE(10, 10000)}};
  TopicWriter writer(from);
  // More than the queue of a worker and what is read at once.
  for (int i = 0; i < 6000; ++i) writer.write(fmt::format("key {}", i % 50), fmt::format("{}", i));
  writer.flush();
  TopicReader source(from);
  TopicReader target(to);
  StreamletProcess process(wanted);
  const auto went = by_partition(target.wait_for(6000));
  INFO(process.said());
  CHECK(went == by_partition(source.wait_for(6000)));
  CHECK(process.stop() == 0);
  CHECK(target.records().size() == 6000);
}

TEST_CASE("a handler that takes long is waited for at the end, and its record committed", "[servers]") {
  const std::string from = make_topic("long-in", 1);
  const std::string to = make_topic("long-out", 1);
  Wanted wanted = pass_through(from, to);
  wanted.class_name = "test.Slow";
  wanted.parameters = {{"time", "1 h"}};  // which ends early: the run stops
  TopicWriter writer(from);
  for (int i = 0; i < 10; ++i) writer.write("k", fmt::format("{}", i));
  writer.flush();
  StreamletProcess process(wanted);
  CHECK(process.waits_to_say("inlet in reads partitions 0"));
  CHECK(process.stop() == 0);
  TopicReader target(to);
  const std::int64_t done = std::max<std::int64_t>(0, committed(wanted.application + ".s.in", from, 0));
  // One record was at work, or none was yet; what was sent of it is what was committed.
  CHECK(done <= 1);
  CHECK(target.wait_for(static_cast<std::size_t>(done)).size() == static_cast<std::size_t>(done));
}

TEST_CASE("two inlets are merged, each read by a group of its own", "[servers]") {
  const std::string left = make_topic("left", 2);
  const std::string right = make_topic("right", 1);
  const std::string out = make_topic("merged", 1);
  const Wanted wanted{.class_name = "test.Merge",
                      .application = fresh_name("app"),
                      .topics = {{"left", left}, {"right", right}, {"out", out}},
                      .brokers = test_brokers()};
  StreamletProcess process(wanted);
  TopicWriter to_left(left);
  TopicWriter to_right(right);
  for (int i = 0; i < 100; ++i) {
    to_left.write("a", fmt::format("{}", i));
    to_right.write("b", fmt::format("{}", i));
  }
  to_left.flush();
  to_right.flush();
  TopicReader target(out);
  int next_left = 0;
  int next_right = 0;
  for (const TopicRecord& one : target.wait_for(200)) {
    int& next = one.key == "a" ? next_left : next_right;
    CHECK(one.value == fmt::format("{}:{}", one.key == "a" ? "left" : "right", next));
    ++next;
  }
  CHECK(next_left == 100);
  CHECK(next_right == 100);
  CHECK(process.stop() == 0);
  CHECK(committed(wanted.application + ".s.right", right, 0) == 100);
}

TEST_CASE("an ingress ends with 0 when it has no more, and all of it is written", "[servers]") {
  const std::string out = make_topic("numbers", 1);
  Wanted wanted{.class_name = "test.Numbers", .topics = {{"out", out}}, .brokers = test_brokers()};
  wanted.parameters = {{"count", 3000}};
  StreamletProcess process(wanted);
  const int code = process.exit_code();
  INFO(process.said());
  CHECK(code == 0);
  TopicReader target(out);
  const auto& records = target.wait_for(3000);
  REQUIRE(records.size() == 3000);
  for (std::size_t i = 0; i < records.size(); ++i) CHECK(records[i].value == fmt::format("{}", i));
}

TEST_CASE("an ingress stops by a signal while it waits", "[servers]") {
  const std::string out = make_topic("slow-numbers", 1);
  Wanted wanted{.class_name = "test.Numbers", .topics = {{"out", out}}, .brokers = test_brokers()};
  wanted.parameters = {{"every", "1 h"}};
  StreamletProcess process(wanted);
  TopicReader target(out);
  REQUIRE(target.wait_for(1).size() == 1);
  process.signal(SIGINT);
  CHECK(process.exit_code() == 0);
  CHECK(process.says("SIGINT: stopping"));
}

}  // namespace cloudflow::testing
