// Readiness against three real brokers: each must really be asked.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "tests/providers/kafka/topic_fixture.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

/// Process id of the broker with this node id, by the properties file in its arguments.
pid_t process_of_broker(const std::string& folder, int node) {
  const std::string properties = folder + "/broker-" + std::to_string(node) + ".properties";
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    const std::string arguments((std::istreambuf_iterator<char>(file)), {});
    if (arguments.starts_with("java") && arguments.find(properties) != std::string::npos)
      return std::stoi(entry.path().filename());
  }
  return -1;
}

/// Stops a process for as long as it lives.
struct Paused {
  pid_t process;
  explicit Paused(pid_t which) : process(which) { kill(process, SIGSTOP); }
  ~Paused() { kill(process, SIGCONT); }
};

}  // namespace

TEST_CASE("a group whose coordinator is down holds back the deletion of a topic", "[servers][slow]") {
  const auto bed = must(Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {"--brokers", "3"}));
  const std::string at = "--bootstrap-server " + bed->bootstrap();
  // All groups are on broker 2 alone, as where a cluster has lost the other replicas.
  REQUIRE(run_kafka_tool(
      "true", "org.apache.kafka.tools.TopicCommand",
      at + " --create --topic __consumer_offsets --replica-assignment 2 --config cleanup.policy=compact"));
  const auto connect = [&] {
    return must(KafkaProvider::open({{.name = "default", .bootstrap_servers = bed->bootstrap()}}, real_clock()));
  };
  const auto provider = connect();
  const Resource desired = topic("read", {{"partitions", 1}, {"replicas", 3}});
  const Change creation = must(provider->compare(&desired, nullptr));
  REQUIRE(eventually([&] { return provider->apply(creation, {}).has_value(); }));
  REQUIRE(is_ready(*provider, desired.id));
  REQUIRE(run_kafka_tool("seq 3", "org.apache.kafka.tools.ConsoleProducer", at + " --topic read"));
  REQUIRE(run_kafka_tool("true", "org.apache.kafka.tools.consumer.ConsoleConsumer",
                         at + " --topic read --group late --from-beginning --max-messages 1"));
  const auto refused = [&] {
    const auto fresh = connect();
    const Inventory inventory = owner_of(must(fresh->cluster_ids({})).at("default"), {"read"});
    const std::vector<Live> live = must(fresh->read({}, inventory, {}));
    std::vector<Change> changes{must(fresh->compare(nullptr, live.data()))};
    CHECK(must(fresh->verify(changes, {})).empty());
    return changes[0].refused.value_or("");
  };
  CHECK(refused() == "group late: 0 members, lag 2");
  const auto admin = must(LibrdkafkaAdmin::open("default", bed->bootstrap(), {}));
  CHECK(must(admin->cluster({})).brokers.size() == 3);
  bed->stop_broker(2);
  // This client learns of the new controller, too, where it was to ask that broker.
  REQUIRE(eventually([&] {
    const auto cluster = admin->cluster({});
    return cluster && cluster->brokers == std::vector<int>{1, 3};
  }));
  CHECK(must(admin->groups({})).empty());  // no broker says that one is missing
  CHECK(refused().find("which groups read it is not known: 1 of 1 partition of __consumer_offsets has no leader, and "
                       "groups there are not listed") != std::string::npos);
  bed->start_broker(2);
  CHECK(eventually([&] { return refused() == "group late: 0 members, lag 2"; }));
}

TEST_CASE("readiness asks each of three brokers", "[servers][slow]") {
  const auto bed = must(Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {"--brokers", "3"}));
  const auto provider =
      must(KafkaProvider::open({{.name = "default", .bootstrap_servers = bed->bootstrap()}}, real_clock()));
  const Resource desired = topic("wide", {{"partitions", 6}, {"replicas", 3}});
  // Three brokers that have just started on a busy machine may answer late.
  const Change creation = must(provider->compare(&desired, nullptr));
  REQUIRE(eventually([&] { return provider->apply(creation, {}).has_value(); }));
  REQUIRE(is_ready(*provider, desired.id));

  const auto admin = must(LibrdkafkaAdmin::open("default", bed->bootstrap(), {}));
  Result<ClusterInfo> cluster;
  REQUIRE(eventually([&] { return (cluster = admin->cluster({})).has_value(); }));
  CHECK(cluster->brokers == std::vector<int>{1, 2, 3});
  const std::vector<std::string> names{"wide", "absent"};
  for (const int broker : cluster->brokers) {
    KafkaAdmin::PerItem<TopicInfo> answers;
    REQUIRE(eventually([&] { return (answers = admin->describe_topics(names, broker, {})).has_value(); }));
    REQUIRE(answers->at(0));
    CHECK(answers->at(0)->partitions.size() == 6);
    CHECK(answers->at(0)->partitions[0].in_sync == 3);
    CHECK_FALSE(answers->at(1));
  }
  const pid_t process = process_of_broker(bed->folder(), 2);
  REQUIRE(process > 0);
  const Paused paused(process);
  CHECK(eventually([&] { return admin->describe_topics(names, 1, {}).has_value(); }));
  CHECK_FALSE(admin->describe_topics(names, 2, {}));  // the request goes to the broker that cannot answer
  CHECK(eventually([&] { return admin->describe_topics(names, 3, {}).has_value(); }));
  const auto begun = std::chrono::steady_clock::now();
  const Readiness readiness = must(provider->readiness(std::vector{desired.id}, {})).at(0);
  CHECK(readiness.state == Readiness::State::waiting);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(8));
}

}  // namespace cloudflow::testing
