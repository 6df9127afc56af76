// What a run says and does when its world is not as it should be.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include "tests/streamlet/readings.h"
#include "tests/streamlet/running.h"
#include "tests/support/eventually.h"
#include "tests/support/free_port.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

Wanted pass_through(const std::string& from, const std::string& to) {
  return {.class_name = "test.PassThrough",
          .application = fresh_name("app"),
          .topics = {{"in", from}, {"out", to}},
          .brokers = test_brokers()};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t out = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++out;
  return out;
}

}  // namespace

TEST_CASE("a topic that is not there ends the run with its name", "[servers]") {
  const std::string from = make_topic("there", 1);
  const std::string to = fresh_name("not-there");
  StreamletProcess process(pass_through(from, to));
  CHECK(process.exit_code() == 1);
  CHECK_THAT(process.said(),
             ContainsSubstring(fmt::format("outlet out: kafka at {}: there is no topic {}", test_brokers(), to)));
}

TEST_CASE("brokers that are away are waited for, which is said once", "[servers]") {
  const int port = free_port();
  Wanted wanted = pass_through("a", "b");
  wanted.brokers = fmt::format("127.0.0.1:{}", port);
  StreamletProcess process(wanted);
  CHECK(process.waits_to_say(fmt::format("kafka at 127.0.0.1:{}: cannot be reached", port)));
  CHECK(process.stop() == 0);
  CHECK(count(process.said(), "cannot be reached") == 1);
}

TEST_CASE("a broker that goes and comes back costs no record", "[servers][alone]") {
  const std::string processing = GENERATE("at-least-once", "exactly-once");
  CAPTURE(processing);
  const auto bed = Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {});
  REQUIRE(bed.has_value());
  const std::string brokers = (*bed)->bootstrap();
  const std::string first = make_topic("first", 1, brokers);
  const std::string second = make_topic("second", 1, brokers);
  Wanted numbers{.class_name = "test.Numbers", .topics = {{"out", first}}, .brokers = brokers};
  numbers.parameters = {{"every", "1 ms"}};
  Wanted passing{.class_name = "test.PassThrough", .topics = {{"in", first}, {"out", second}}, .brokers = brokers};
  passing.run = {{"processing", processing}};
  // What is on its way runs out while the broker is away, and its transaction does not.
  if (processing == "exactly-once")
    passing.producer = {{"transaction.timeout.ms", 600'000}, {"message.timeout.ms", 1000}};
  StreamletProcess source(numbers);
  StreamletProcess process(passing);
  const auto wait_for = [&](std::size_t count) {
    TopicReader target(second, brokers);  // another one later: this one would wait for its place in its group
    std::vector<TopicRecord> records = target.wait_for(count);
    REQUIRE(records.size() >= count);
    return records;
  };
  const std::size_t before = wait_for(100).size();
  (*bed)->stop_broker();
  for (StreamletProcess* one : {&source, &process}) CHECK(one->waits_to_say("cannot be reached"));
  (*bed)->start_broker();
  for (StreamletProcess* one : {&source, &process}) CHECK(one->waits_to_say("answers again"));
  const std::vector<TopicRecord> records = wait_for(before + 1000);
  for (std::size_t i = 0; i < before + 1000; ++i) REQUIRE(records[i].value == fmt::format("{}", i));
  CHECK(source.stop() == 0);
  CHECK(process.stop() == 0);
  CHECK(count(source.said(), "cannot be reached") == 1);
}

TEST_CASE("a handler that takes longer than its transaction may ends the run, with the reason", "[servers]") {
  const std::string from = make_topic("long-in", 1);
  const std::string to = make_topic("long-out", 1);
  TopicWriter writer(from);
  for (int i = 0; i < 2; ++i) writer.write("k", "12345");
  writer.flush();
  Wanted wanted = pass_through(from, to);
  wanted.class_name = "test.Slow";
  wanted.parameters = {{"time", "11 s"}};  // brokers look every 10 s whose time is over
  wanted.run = {{"processing", "exactly-once"}, {"commit-every", "1 h"}};
  wanted.producer = {{"transaction.timeout.ms", 1000}};
  StreamletProcess process(wanted);
  CHECK(process.exit_code() == 1);
  CHECK(process.says("a transaction took longer than transaction.timeout.ms"));
}

TEST_CASE("a login that the brokers refuse, and one without rights, end the run with the reason", "[servers][alone]") {
  const auto bed = Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {"--secure"});
  REQUIRE(bed.has_value());
  const std::string brokers = (*bed)->bootstrap();
  const std::string as_admin =
      fmt::format("--bootstrap-server {} --command-config {}/admin.properties", brokers, (*bed)->folder());
  REQUIRE(run_kafka_tool("true", "org.apache.kafka.tools.TopicCommand",
                         "--create --topic from --partitions 1 " + as_admin));
  REQUIRE(run_kafka_tool("true", "kafka.admin.ConfigCommand",
                         "--alter --entity-type users --entity-name guest --add-config "
                         "'SCRAM-SHA-256=[password=guest-secret]' " +
                             as_admin));
  const auto ends_with = [&](const std::string& user, const std::string& password) {
    Wanted wanted{.class_name = "test.Numbers", .topics = {{"out", "from"}}, .brokers = brokers};
    wanted.parameters = {{"count", 3}};
    wanted.producer = {{"security.protocol", "SASL_PLAINTEXT"},
                       {"sasl", {{"mechanism", "SCRAM-SHA-256"}, {"username", user}, {"password", password}}}};
    StreamletProcess process(wanted);
    const int code = process.exit_code();
    CHECK(count(process.said(), password) == 0);
    return fmt::format("{} {}", code, process.said());
  };
  CHECK_THAT(ends_with("admin", "admin-secret"), StartsWith("0 "));
  const std::string refused = ends_with("admin", "another-secret");
  CHECK_THAT(refused, StartsWith("1 "));
  CHECK_THAT(refused, ContainsSubstring(fmt::format("outlet out: kafka at {}: ", brokers)));
  CHECK_THAT(refused, ContainsSubstring("invalid credentials with SASL mechanism SCRAM-SHA-256"));
  const std::string denied = ends_with("guest", "guest-secret");
  CHECK_THAT(denied, StartsWith("1 "));
  CHECK_THAT(denied, ContainsSubstring(fmt::format("outlet out: kafka at {}: topic from: not authorized", brokers)));
}

TEST_CASE("a missing right on the group of an inlet that follows ends the run with the group's name",
          "[servers][alone]") {
  const auto bed = Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {"--secure"});
  REQUIRE(bed.has_value());
  const std::string brokers = (*bed)->bootstrap();
  const std::string as_admin =
      fmt::format("--bootstrap-server {} --command-config {}/admin.properties", brokers, (*bed)->folder());
  for (const char* topic : {"left", "right", "out"}) {
    REQUIRE(run_kafka_tool("true", "org.apache.kafka.tools.TopicCommand",
                           fmt::format("--create --topic {} --partitions 1 {}", topic, as_admin)));
  }
  REQUIRE(run_kafka_tool("true", "kafka.admin.ConfigCommand",
                         "--alter --entity-type users --entity-name guest --add-config "
                         "'SCRAM-SHA-256=[password=guest-secret]' " +
                             as_admin));
  const auto allow = [&](const std::string& what) {
    REQUIRE(run_kafka_tool("true", "org.apache.kafka.tools.AclCommand",
                           fmt::format("--add --allow-principal User:guest {} {}", what, as_admin)));
  };
  allow("--operation All --topic '*' --cluster");
  allow("--operation All --group app.s.left");
  Wanted wanted{
      .class_name = "test.Join", .topics = {{"left", "left"}, {"right", "right"}, {"out", "out"}}, .brokers = brokers};
  const Json login = {{"security.protocol", "SASL_PLAINTEXT"},
                      {"sasl", {{"mechanism", "SCRAM-SHA-256"}, {"username", "guest"}, {"password", "guest-secret"}}}};
  wanted.consumer = login;
  wanted.producer = login;
  StreamletProcess process(wanted);
  CHECK(process.waits_to_say("app.s.right"));
  CHECK(process.exit_code() == 1);
  CHECK_THAT(process.said(), ContainsSubstring("topic right, group app.s.right: "));
}

TEST_CASE("metrics and probes are served", "[servers]") {
  const std::string from = make_topic("metrics-in", 1);
  const std::string to = make_topic("metrics-out", 1);
  TopicWriter writer(from);
  for (int i = 0; i < 10; ++i) writer.write("k", "12345");
  writer.flush();
  const int port = free_port();
  StreamletProcess process(pass_through(from, to), fmt::format("127.0.0.1:{}", port));
  const auto ask = [&](const std::string& path) { return http_get(port, path); };
  CHECK(eventually([&] { return ask("/ready").starts_with("200 "); }));
  CHECK(ask("/live") == "200 yes\n");
  CHECK(ask("/other").starts_with("404 "));
  StreamletProcess second(pass_through(from, to), fmt::format("127.0.0.1:{}", port));
  CHECK(second.exit_code() == 1);
  CHECK(second.says(fmt::format("cannot serve metrics on port 127.0.0.1:{}", port)));
  TopicReader target(to);
  REQUIRE(target.wait_for(10).size() == 10);
  CHECK(eventually([&] {
    return ask("/metrics").find("cloudflow_streamlet_lag{inlet=\"in\",partition=\"0\"} 0\n") != std::string::npos;
  }));
  const std::string metrics = ask("/metrics");
  CHECK_THAT(metrics, ContainsSubstring("cloudflow_streamlet_records_in_total{inlet=\"in\"} 10\n"));
  CHECK_THAT(metrics, ContainsSubstring("cloudflow_streamlet_bytes_in_total{inlet=\"in\"} 50\n"));
  CHECK_THAT(metrics, ContainsSubstring("cloudflow_streamlet_records_out_total{outlet=\"out\"} 10\n"));
  CHECK_THAT(metrics, ContainsSubstring("cloudflow_streamlet_processing_seconds_count{inlet=\"in\"} 10\n"));
  CHECK(process.stop() == 0);
}

TEST_CASE("a value of a client's setting is never printed", "[servers]") {
  Wanted wanted = pass_through("a", "b");
  wanted.consumer = {{"ssl", {{"key", {{"location", "hidden-value"}}}}}, {"security", {{"protocol", "SSL"}}}};
  wanted.producer = {{"acks", "hidden-value"}};
  StreamletProcess process(wanted);
  CHECK(process.exit_code() == 1);
  CHECK_THAT(process.said(),
             ContainsSubstring("outlet out: librdkafka does not accept this value of the setting acks"));
  CHECK(count(process.said(), "hidden-value") == 0);
}

}  // namespace cloudflow::testing
