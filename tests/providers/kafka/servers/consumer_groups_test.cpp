// Groups and lag as Kafka's own console tools leave them behind.
#include <fmt/format.h>

#include "tests/providers/kafka/topic_fixture.h"
#include "tests/support/eventually.h"
#include "tests/support/kafka_actor.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {

TEST_CASE("a topic with a group behind its end stays", "[servers][slow]") {
  const std::string servers = must(shared_brokers(CLOUDFLOW_SOURCE_DIR));
  const auto provider = must(KafkaProvider::open({{.name = "default", .bootstrap_servers = servers}}, real_clock()));
  const Resource desired = topic(fresh_name("read"), {{"partitions", 1}, {"replicas", 1}});
  const std::string group = fresh_name("reporting");
  must(provider->apply(must(provider->compare(&desired, nullptr)), {}));
  REQUIRE(is_ready(*provider, desired.id));
  const std::string common = fmt::format("--bootstrap-server {} --topic {}", servers, desired.id.name);
  REQUIRE(run_kafka_tool("seq 1500", "org.apache.kafka.tools.ConsoleProducer", common));
  REQUIRE(run_kafka_tool("true", "org.apache.kafka.tools.consumer.ConsoleConsumer",
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
  CHECK(losses_of(changes[0]) == std::vector<std::string>{"the topic with 1,500 records in 1 partition"});
  CHECK(changes[0].notes ==
        std::vector<std::string>{words, "when nobody needs what group " + group +
                                            " has not read: kafka-consumer-groups.sh --delete-offsets --group " +
                                            group + " --topic " + desired.id.name});
  // What the note says lets the topic go.
  REQUIRE(run_kafka_tool(
      "true", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
      fmt::format("--bootstrap-server {} --delete-offsets --group {} --topic {}", servers, group, desired.id.name)));
  std::vector<Change> again{must(provider->compare(nullptr, live.data()))};
  CHECK(must(provider->verify(again, {})).empty());
  CHECK(again[0].refused == std::nullopt);
}

TEST_CASE("members of a group that read other topics do not hold a topic back", "[servers][slow]") {
  const std::string servers = must(shared_brokers(CLOUDFLOW_SOURCE_DIR));
  const auto provider = must(KafkaProvider::open({{.name = "default", .bootstrap_servers = servers}}, real_clock()));
  const auto actor = must(KafkaActor::start(CLOUDFLOW_SOURCE_DIR, servers));
  const std::string kind = GENERATE("classic", "consumer");
  const std::string group = fresh_name("shared-" + kind);
  const std::string one = fresh_name("one");
  const std::string other = fresh_name("other");
  const std::string old = fresh_name("old");
  for (const std::string& name : {one, other, old}) must(actor->run("make " + name + " 1"));
  must(actor->run(fmt::format("write {} 0 1700000000000 1700000000000", old)));
  must(actor->run(fmt::format("commit {} {} 0 1", group, old)));
  must(actor->run(fmt::format("stay {} {} {}", kind, group, one)));
  must(actor->run(fmt::format("stay {} {} {}", kind, group, other)));
  const auto members = [&](const std::string& name) {
    const GroupLag lag = must(provider->lag("default", {{group, {name}}}, {})).at(0);
    return lag.state == "Stable" ? lag.members : -1;
  };
  REQUIRE(eventually([&] { return members(one) == 1 && members(other) == 1; }));
  CHECK(members(old) == 0);

  const Inventory inventory = owner_of(must(provider->cluster_ids({})).at("default"), {one, old});
  const std::vector<Live> live = must(provider->read({}, inventory, {}));
  const auto removal = [&](const std::string& name) {
    std::vector<Change> changes{must(provider->compare(nullptr, live_of(live, name)))};
    CHECK(must(provider->verify(changes, {})).empty());
    return changes[0];
  };
  CHECK(removal(one).refused.value_or("") == fmt::format("group {}: 1 member, no committed offset", group));
  CHECK(removal(old).refused.value_or("") == fmt::format("group {}: 0 members, lag 1", group));
  // What the plan says of that works although the group has members.
  CHECK(removal(old).notes.back() ==
        fmt::format("when nobody needs what group {0} has not read: kafka-consumer-groups.sh --delete-offsets --group "
                    "{0} --topic {1}",
                    group, old));
  REQUIRE(
      run_kafka_tool("true", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
                     fmt::format("--bootstrap-server {} --delete-offsets --group {} --topic {}", servers, group, old)));
  CHECK(removal(old).refused == std::nullopt);
}

TEST_CASE("a group has read a topic when it is where the topic ended when that was asked first", "[servers][slow]") {
  const std::string servers = must(shared_brokers(CLOUDFLOW_SOURCE_DIR));
  const auto provider = must(KafkaProvider::open({{.name = "default", .bootstrap_servers = servers}}, real_clock()));
  const Resource desired = topic(fresh_name("drained"), {{"partitions", 1}, {"replicas", 1}});
  const std::string group = fresh_name("rating");
  must(provider->apply(must(provider->compare(&desired, nullptr)), {}));
  REQUIRE(is_ready(*provider, desired.id));
  const std::string common = fmt::format("--bootstrap-server {} --topic {}", servers, desired.id.name);
  const auto read = [&](int records) {
    return run_kafka_tool("true", "org.apache.kafka.tools.consumer.ConsoleConsumer",
                          fmt::format("{} --group {} --from-beginning --max-messages {}", common, group, records));
  };
  const std::vector<ResourceId> asked = {{"kafka", "ConsumerGroup", "default", group + ":" + desired.id.name},
                                         {"kafka", "ConsumerGroup", "default", group + ".new:" + desired.id.name}};
  const auto answer = [&] {
    Result<std::vector<Readiness>> answers = provider->readiness(asked, {});
    // A broker that has just started may still load its groups.
    eventually([&] {
      if (!answers && answers.error().kind == ErrorKind::unavailable) answers = provider->readiness(asked, {});
      return answers.has_value() || answers.error().kind != ErrorKind::unavailable;
    });
    const std::vector<Readiness> all = must(std::move(answers));
    return all[0].state == Readiness::State::ready ? "ready" : all[0].reason;
  };

  REQUIRE(run_kafka_tool("seq 1500", "org.apache.kafka.tools.ConsoleProducer", common));
  CHECK(answer() ==
        fmt::format("group {} has committed nothing of topic {}, which holds 1,500 records", group, desired.id.name));
  REQUIRE(read(296));
  CHECK(answer() ==
        fmt::format("nobody reads for group {}, which has a lag of 1,204 records on topic {}: `cloudflow status` says "
                    "what its pods do",
                    group, desired.id.name));
  REQUIRE(run_kafka_tool("seq 7", "org.apache.kafka.tools.ConsoleProducer", common));
  REQUIRE(read(1203));
  CHECK(answer() ==
        fmt::format("nobody reads for group {}, which has a lag of 1 record on topic {}: `cloudflow status` "
                    "says what its pods do",
                    group, desired.id.name));
  REQUIRE(read(1));
  CHECK(answer() == "ready");
  // Another group is another question.
  CHECK(must(provider->readiness(asked, {}))[1].state == Readiness::State::waiting);
}

}  // namespace cloudflow::testing
