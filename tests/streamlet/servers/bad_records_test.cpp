// Records that cannot be processed, in each of the ways in which a run may be told to treat them.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <sstream>

#include "tests/streamlet/readings.h"
#include "tests/streamlet/running.h"
#include "tests/support/eventually.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string encoded(const Reading& reading) { return streamlet::AsAvro<Reading>().encode(reading); }

struct Case {
  Case() {
    TopicWriter writer(from);
    writer.write("k", encoded({"good", 1, 20}));
    writer.write("k", "\x02");  // one letter, which is not there
    writer.write("k", encoded({"broken", 2, 20}));
    writer.write("k", encoded({"good", 3, 20}));
    writer.flush();
  }
  Wanted wanted(const std::string& class_name) const {
    return {.class_name = class_name,
            .application = fresh_name("app"),
            .topics = {{"in", from}, {"valid", valid}, {"invalid", valid}, {"dead", dead}},
            .brokers = test_brokers()};
  }

  const std::string from = make_topic("bad-in", 1);
  const std::string valid = make_topic("bad-valid", 1);
  const std::string dead = make_topic("bad-dead", 1);
};

}  // namespace

TEST_CASE("by default a run ends at the first record that cannot be decoded, and commits what was before",
          "[servers]") {
  const Case one;
  Wanted wanted = one.wanted("test.Validate");
  wanted.run = {{"processing", GENERATE("at-least-once", "exactly-once")}};
  CAPTURE(wanted.run.dump());
  for (int i = 0; i < 2; ++i) {  // a second run ends there as well
    StreamletProcess process(wanted);
    CHECK(process.exit_code() == 1);
    CHECK_THAT(process.said(),
               ContainsSubstring(fmt::format("\"level\":\"error\",\"message\":\"inlet in: the record at offset 1 of "
                                             "partition 0 of topic {} cannot be decoded: ",
                                             one.from)));
  }
  CHECK(committed(wanted.application + ".s.in", one.from, 0) == 1);
  TopicReader valid(one.valid);
  CHECK(valid.wait_for(1).size() == 1);
}

TEST_CASE("exactly once, nothing counts of a record that ends the run, and nothing of its transaction", "[servers]") {
  const auto written_by = [&](const std::string& processing) {
    const std::string from = make_topic("torn-in", 1);
    const std::string to = make_topic("torn-out", 1);
    TopicWriter writer(from);
    for (const std::string value : {"good", "broken", "good"}) writer.write("k", value);
    writer.flush();
    Wanted wanted{.class_name = "test.TooLate",
                  .application = fresh_name("app"),
                  .topics = {{"in", from}, {"out", to}},
                  .brokers = test_brokers()};
    wanted.run = {{"processing", processing}, {"commit-every", "1 h"}};
    StreamletProcess process(wanted);
    CHECK(process.exit_code() == 1);
    TopicWriter end(to);
    end.write("k", "end");
    end.flush();
    TopicReader target(to);
    REQUIRE(eventually([&] { return !target.records().empty() && target.records().back().value == "end"; }));
    return target.records().size();
  };
  CHECK(written_by("at-least-once") == 3);
  CHECK(written_by("exactly-once") == 1);
}

TEST_CASE("skipped records are counted, and the others go on", "[servers]") {
  const Case one;
  Wanted wanted = one.wanted("test.Validate");
  wanted.run = {{"on-error", "skip"}};
  StreamletProcess process(wanted);
  TopicReader valid(one.valid);
  const auto& records = valid.wait_for(2);
  REQUIRE(records.size() == 2);
  CHECK(records[1].value == encoded({"good", 3, 20}));
  CHECK(process.waits_to_say(
      fmt::format("the record at offset 2 of partition 0 of topic {} cannot be processed: the device is broken "
                  "(skipped; 2 so far)",
                  one.from)));
  CHECK(process.stop() == 0);
  CHECK(committed(wanted.application + ".s.in", one.from, 0) == 4);
}

TEST_CASE("dead letters go to their outlet as they came", "[servers]") {
  const Case one;
  const Wanted wanted = one.wanted("test.Careful");
  StreamletProcess process(wanted);
  TopicReader dead(one.dead);
  const auto& letters = dead.wait_for(2);
  REQUIRE(letters.size() == 2);
  CHECK(letters[0].value == "\x02");
  CHECK(letters[0].key == "k");
  CHECK(letters[1].value == encoded({"broken", 2, 20}));
  const auto& headers = letters[1].headers;
  CHECK(headers.at("cloudflow.error") == "the device is broken");
  CHECK(headers.at("cloudflow.topic") == one.from);
  CHECK(headers.at("cloudflow.partition") == "0");
  CHECK(headers.at("cloudflow.offset") == "2");
  TopicReader valid(one.valid);
  CHECK(valid.wait_for(2).size() == 2);
  CHECK(process.stop() == 0);
  CHECK(committed(wanted.application + ".s.in", one.from, 0) == 4);
}

TEST_CASE("a record too large for the outlet's topic is one that cannot be processed", "[servers]") {
  const std::string from = make_topic("large-in", 1);
  const std::string to = make_topic("large-out", 1);
  Wanted wanted{.class_name = "test.PassThrough",
                .application = fresh_name("app"),
                .topics = {{"in", from}, {"out", to}},
                .brokers = test_brokers()};
  wanted.producer = {{"message.max.bytes", 1000}};
  TopicWriter writer(from);
  writer.write("k", std::string(5000, 'x'));
  writer.flush();
  StreamletProcess process(wanted);
  CHECK(process.exit_code() == 1);
  CHECK_THAT(process.said(), ContainsSubstring(fmt::format(
                                 "the record at offset 0 of partition 0 of topic {} cannot be processed: topic "
                                 "{}: Broker: Message size too large",
                                 from, to)));
}

TEST_CASE("of a record that the brokers refuse the log has the reason, and not its value", "[servers]") {
  const std::string from = make_topic("large-in", 1);
  const std::string to = make_topic("large-out", 1);
  set_topic(to, "max.message.bytes", "1000");
  TopicWriter writer(from);
  writer.write("k", "secret" + std::string(5000, 'x'));
  writer.flush();
  StreamletProcess process({.class_name = "test.PassThrough",
                            .application = fresh_name("app"),
                            .topics = {{"in", from}, {"out", to}},
                            .brokers = test_brokers()});
  CHECK(process.exit_code() == 1);
  CHECK_THAT(process.said(),
             ContainsSubstring(fmt::format("topic {}: a record was not taken: Broker: Message size too large\"", to)));
  CHECK_FALSE(process.says("secret"));
}

TEST_CASE("every line of the log is JSON, also where Protobuf finds text that is no UTF-8", "[servers]") {
  Wanted wanted{.class_name = "test.Orders",
                .application = fresh_name("app"),
                .topics = {{"in", make_topic("orders-in", 1)}, {"out", make_topic("orders-out", 1)}},
                .run = {{"on-error", "skip"}},
                .brokers = test_brokers()};
  TopicWriter writer(wanted.topics["in"]);
  writer.write("k", "\x0a\x02\xff\xff");  // its id
  writer.write("k", "\x0a\x01i");
  writer.flush();
  StreamletProcess process(wanted);
  TopicReader out(wanted.topics["out"]);
  CHECK(out.wait_for(1).size() == 1);
  CHECK(process.says("the bytes are no shop.Order"));
  CHECK(process.stop() == 0);
  std::istringstream lines(process.said());
  for (std::string line; std::getline(lines, line);) CHECK(Json::accept(line));
}

}  // namespace cloudflow::testing
