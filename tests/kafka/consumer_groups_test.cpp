// Groups and lag as Kafka's own console tools leave them behind.
#include <fmt/format.h>

#include <cstdlib>

#include "tests/kafka/topic_fixture.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

/// Runs one of Kafka's tools from the test bed's jars.
bool run_tool(const std::string& input, const std::string& main_class, const std::string& arguments) {
  const std::string command =
      fmt::format("{} | java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '{}/lib/*' {} {} > /dev/null 2>&1", input,
                  kafka_jars(), main_class, arguments);
  return std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe): no other thread runs here
}

}  // namespace

TEST_CASE("a topic with a group behind its end stays", "[broker][slow]") {
  const std::string servers = must(shared_brokers(CLOUDFLOW_SOURCE_DIR));
  const auto provider = must(KafkaProvider::open({{.name = "default", .bootstrap_servers = servers}}, real_clock()));
  const Resource desired = topic(fresh_name("read"), {{"partitions", 1}, {"replicas", 1}});
  const std::string group = fresh_name("reporting");
  must(provider->apply(must(provider->compare(&desired, nullptr)), {}));
  REQUIRE(is_ready(*provider, desired.id));
  const std::string common = fmt::format("--bootstrap-server {} --topic {}", servers, desired.id.name);
  REQUIRE(run_tool("seq 1500", "org.apache.kafka.tools.ConsoleProducer", common));
  REQUIRE(run_tool("true", "org.apache.kafka.tools.consumer.ConsoleConsumer",
                   fmt::format("{} --group {} --from-beginning --max-messages 296", common, group)));

  const std::vector<GroupLag> lag = must(provider->lag("default", {{group, {desired.id.name}}}, {}));
  REQUIRE(lag.size() == 1);
  CHECK(lag[0].state == "Empty");
  CHECK(lag[0].members == 0);
  CHECK(lag[0].lag == 1204);

  const Inventory inventory = owner_of(must(provider->cluster_ids({})).at("default"), {desired.id.name});
  const std::vector<Live> live = must(provider->read({}, inventory, {}));
  REQUIRE(live.size() == 1);
  std::vector<Change> changes{must(provider->compare(nullptr, live.data()))};
  CHECK(must(provider->verify(changes, {})).empty());
  const std::string words = "group " + group + ": 0 members, lag 1,204";
  CHECK(changes[0].refused.value_or("") == words);
  CHECK(changes[0].notes == std::vector<std::string>{"1 partition with 1,500 records is deleted", words});
}

}  // namespace cloudflow::testing
