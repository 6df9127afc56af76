// The provider against a real broker: what a plan sees, what an apply makes, and how errors read.
#include <fmt/format.h>

#include "tests/providers/kafka/topic_fixture.h"
#include "tests/support/fault_server.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

std::string brokers() {
  const Result<std::string> servers = shared_brokers(CLOUDFLOW_SOURCE_DIR);
  if (!servers) FAIL(servers.error().message);
  return *servers;
}

std::unique_ptr<KafkaProvider> connect(const std::string& pin = "") {
  return must(
      KafkaProvider::open({{.name = "default", .bootstrap_servers = brokers(), .cluster_id = pin}}, real_clock()));
}

/// Plans one topic.
Change plan(KafkaProvider& provider, const Resource& desired, const Inventory& inventory = {}) {
  const std::vector<Live> live = must(provider.read(std::span(&desired, 1), inventory, {}));
  return must(provider.compare(&desired, live_of(live, desired.id.name)));
}

Inventory owning(KafkaProvider& provider, const std::string& topic_name) {
  return owner_of(must(provider.cluster_ids({})).at("default"), {topic_name});
}

/// Creates the topic and waits until it is served.
void make(KafkaProvider& provider, const Resource& desired) {
  const Change change = plan(provider, desired);
  REQUIRE(change.action == Action::create);
  must(provider.apply(change, {}));
  REQUIRE(is_ready(provider, desired.id));
}

}  // namespace

TEST_CASE("a topic is created as asked, and then there is nothing to do", "[servers]") {
  const auto provider = connect();
  const Resource desired =
      topic(fresh_name("orders"), {{"partitions", 3},
                                   {"replicas", 1},
                                   {"config", {{"retention.ms", "3600000"}, {"cleanup.policy", "delete, compact"}}}});
  std::vector<Change> changes{plan(*provider, desired)};
  CHECK(changes[0].action == Action::create);
  CHECK(changes[0].notes.empty());
  CHECK(must(provider->verify(changes, {})).empty());
  CHECK(changes[0].verified == Verified::server);

  must(provider->apply(changes[0], {}));
  REQUIRE(is_ready(*provider, desired.id));
  CHECK(plan(*provider, desired, owning(*provider, desired.id.name)).action == Action::none);
  must(provider->apply(changes[0], {}));  // repeating it is fine
}

TEST_CASE("config and partitions of an owned topic are changed, and read back", "[servers]") {
  const auto provider = connect();
  const std::string name = fresh_name("stats");
  make(*provider, topic(name, {{"partitions", 2},
                               {"replicas", 1},
                               {"config", {{"retention.ms", "3600000"}, {"max.message.bytes", "2000000"}}}}));
  const Inventory inventory = owning(*provider, name);

  const Resource wanted = topic(name, {{"partitions", 4}, {"config", {{"retention.ms", "7200000"}}}});
  std::vector<Change> changes{plan(*provider, wanted, inventory)};
  REQUIRE(changes[0].action == Action::update);
  CHECK(changes[0].risk == Risk::disruptive);
  REQUIRE(changes[0].fields.size() == 3);
  CHECK(changes[0].fields[1].path == "max.message.bytes");
  CHECK(changes[0].notes ==
        std::vector<std::string>{"keys move between partitions; keyed consumers may see reordering",
                                 "readers that begin new partitions at their end (auto.offset.reset=latest) skip what "
                                 "is written there before they find them",
                                 "max.message.bytes: falls back to 1048588, the cluster's default",
                                 "max.message.bytes: larger records are rejected"});
  CHECK(must(provider->verify(changes, {})).empty());
  must(provider->apply(changes[0], {}));
  CHECK(is_ready(*provider, wanted.id));
  CHECK(plan(*provider, wanted, inventory).action == Action::none);
  must(provider->apply(changes[0], {}));  // repeating it is fine
}

TEST_CASE("the broker's verdicts are in the plan, at the place that is to blame", "[servers]") {
  const auto provider = connect();
  Resource bad_config = topic(fresh_name("bad"), {{"config", {{"retention.ms", "soon"}}}});
  bad_config.origins.set("/config/retention.ms", {"blueprint.conf", 7, 9});
  Resource too_many = topic(fresh_name("wide"), {{"replicas", 3}});
  too_many.origins.set("/replicas", {"blueprint.conf", 8, 9});
  std::vector<Change> changes{plan(*provider, bad_config), plan(*provider, too_many)};
  const std::vector<Error> rejections = must(provider->verify(changes, {}));
  REQUIRE(rejections.size() == 2);
  CHECK(rejections[0].message ==
        "create topic \"" + bad_config.id.name +
            "\": Invalid value soon for configuration retention.ms: Not a number of type LONG");
  CHECK(rejections[0].where.value_or(SourcePos{}).text() == "blueprint.conf:7:9");
  CHECK(rejections[1].where.value_or(SourcePos{}).text() == "blueprint.conf:8:9");
  INFO(rejections[1].message);  // the end of the sentence differs between versions of Kafka
  CHECK(rejections[1].message.starts_with("create topic \"" + too_many.id.name +
                                          "\": Unable to replicate the partition 3 time(s): The target replication "
                                          "factor of 3 cannot be reached because only 1 broker(s) are registered"));
}

TEST_CASE("an owned topic that is not asked for any more is removed, and a stranger's is left alone", "[servers]") {
  const auto provider = connect();
  const Resource mine = topic(fresh_name("old"), {{"partitions", 2}});
  const Resource theirs = topic(fresh_name("theirs"), {{"partitions", 2}});
  make(*provider, mine);
  make(*provider, theirs);
  const std::vector<Live> live = must(provider->read({}, owning(*provider, mine.id.name), {}));
  REQUIRE(live.size() == 1);
  std::vector<Change> changes{must(provider->compare(nullptr, live.data()))};
  CHECK(must(provider->verify(changes, {})).empty());
  CHECK(changes[0].action == Action::remove);
  CHECK(changes[0].risk == Risk::data_loss);
  CHECK(changes[0].refused == std::nullopt);
  CHECK(losses_of(changes[0]) ==
        std::vector<std::string>{"what is written to the topic until it goes; it holds no records now"});
  CHECK(only_may_lose(changes[0]));
  must(provider->apply(changes[0], {}));
  CHECK(must(provider->read(std::vector{mine}, {}, {})).empty());
  CHECK(eventually(
      [&] { return must(provider->readiness(std::vector{mine.id}, {})).at(0).state == Readiness::State::missing; }));
  must(provider->apply(changes[0], {}));  // repeating it is fine
}

TEST_CASE("topics and lag say what is not there", "[servers]") {
  const auto provider = connect();
  const Resource desired = topic(fresh_name("seen"), {{"partitions", 2}});
  make(*provider, desired);
  const std::vector<TopicStatus> status = must(provider->topics("default", {desired.id.name, "absent"}, {}));
  REQUIRE(status.size() == 2);
  CHECK(status[0].exists);
  CHECK(status[0].partitions == 2);
  CHECK(status[0].offline == 0);
  CHECK_FALSE(status[1].exists);
  const std::vector<GroupLag> lag = must(provider->lag("default", {{fresh_name("group"), {desired.id.name}}}, {}));
  REQUIRE(lag.size() == 1);
  CHECK(lag[0].state == "none");
  CHECK(lag[0].lag == -1);
}

TEST_CASE("another cluster than the pinned one is an error before anything is read", "[servers]") {
  const std::string id = must(connect()->cluster_ids({})).at("default");
  const auto provider = connect("4L6g3nShT-eMCtK--X86sw");
  const auto read = provider->read(std::vector{topic("a", Json::object())}, {}, {});
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == ErrorKind::conflict);
  CHECK(read.error().message == "kafka cluster \"default\" at " + brokers() + ": this is cluster \"" + id +
                                    "\", but \"4L6g3nShT-eMCtK--X86sw\" is wanted");
}

TEST_CASE("a broker that is down is said within seconds", "[servers]") {
  const auto provider =
      must(KafkaProvider::open({{.name = "default", .bootstrap_servers = "127.0.0.1:1"}}, real_clock()));
  const auto begun = std::chrono::steady_clock::now();
  const auto ids = provider->cluster_ids({});
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(8));
  REQUIRE_FALSE(ids);
  CHECK(ids.error().kind == ErrorKind::unavailable);
  CHECK(ids.error().message ==
        "kafka cluster \"default\" at 127.0.0.1:1: describe cluster: 127.0.0.1:1/bootstrap: Connect to "
        "ipv4#127.0.0.1:1 failed: Connection refused");
  CHECK(ids.error().hint == "nothing listens at 127.0.0.1:1: correct the port, or start the broker");
}

TEST_CASE("what answers where no cluster can be reached is said with the line that names it", "[servers]") {
  const auto failure_at = [](const std::string& servers, const std::map<std::string, Secret>& properties) {
    const auto provider = must(KafkaProvider::open({{.name = "default",
                                                     .bootstrap_servers = servers,
                                                     .properties = properties,
                                                     .where = SourcePos{"cloudflow.yaml", 7, 30}}},
                                                   real_clock()));
    const auto ids = provider->cluster_ids({});
    REQUIRE_FALSE(ids);
    CHECK(ids.error().where == SourcePos{"cloudflow.yaml", 7, 30});
    INFO(ids.error().message);
    return ids.error().hint;
  };
  std::map<std::string, Secret> tls;
  tls.emplace("security.protocol", Secret("SSL"));
  CHECK(failure_at(brokers(), tls) ==
        "a broker answers at " + brokers() +
            " without TLS: correct the port, or security.protocol in connection-config (PLAINTEXT, or SASL_PLAINTEXT "
            "with a login)");
  CHECK(failure_at("no-such-machine.invalid:9092", {}) ==
        "the name in no-such-machine.invalid:9092 has no address here: correct it; names of Services are known only "
        "inside their cluster");
  const FaultServer web;
  const std::string address = fmt::format("127.0.0.1:{}", web.port());
  CHECK(failure_at(address, {}) == "HTTP is spoken at " + address + ", so that is no broker: correct the port");
}

TEST_CASE("a request to stop ends a wait at once", "[servers]") {
  const auto provider =
      must(KafkaProvider::open({{.name = "default", .bootstrap_servers = "127.0.0.1:1"}}, real_clock()));
  std::stop_source stop;
  stop.request_stop();
  const auto ids = provider->cluster_ids(stop.get_token());
  REQUIRE_FALSE(ids);
  CHECK(ids.error().kind == ErrorKind::interrupted);
}

}  // namespace cloudflow::testing
