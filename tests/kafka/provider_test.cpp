// The provider over a cluster in memory: ownership, verdicts, preconditions, lost answers, readiness.
#include <fmt/format.h>

#include <algorithm>

#include "tests/kafka/topic_fixture.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_kafka_admin.h"

namespace cloudflow::testing {
namespace {

struct Bed {
  std::shared_ptr<FakeKafkaAdmin> kafka = std::make_shared<FakeKafkaAdmin>();
  FakeClock clock{};
  std::unique_ptr<KafkaProvider> provider =
      KafkaProvider::over({{{.name = "default", .bootstrap_servers = "b:9092"}, kafka}}, clock);

  Change plan(const Resource& desired, const std::vector<std::string>& owned) {
    const std::vector<Live> live = must(provider->read(std::span(&desired, 1), owner_of("cluster-1", owned), {}));
    return must(provider->compare(&desired, live_of(live, desired.id.name)));
  }
  Change plan_removal(const std::string& name) {
    const std::vector<Live> live = must(provider->read({}, owner_of("cluster-1", {name}), {}));
    std::vector<Change> changes{must(provider->compare(nullptr, live_of(live, name)))};
    CHECK(must(provider->verify(changes, {})).empty());
    return changes[0];
  }
  int count(const std::string& call) const {
    return static_cast<int>(
        std::ranges::count_if(kafka->calls, [&](const std::string& one) { return one.starts_with(call); }));
  }
};

std::string failed(const Result<void>& result) { return result ? "succeeded" : result.error().message; }

}  // namespace

TEST_CASE("reading asks for everything at once, and only for what concerns us", "[provider]") {
  Bed bed;
  bed.kafka->add("mine", 1);
  bed.kafka->add("leftover", 1);
  bed.kafka->add("stranger", 1);
  const std::vector<Resource> desired{topic("mine", Json::object()), topic("new", Json::object())};
  const std::vector<Live> live =
      must(bed.provider->read(desired, owner_of("cluster-1", {"mine", "leftover", "lost"}), {}));
  REQUIRE(live.size() == 2);
  CHECK(live[0].id.name == "leftover");
  CHECK(live[1].id.name == "mine");
  std::ranges::sort(bed.kafka->calls);
  CHECK(bed.kafka->calls == std::vector<std::string>{"cluster 1", "describe_configs 4", "describe_topics 4"});
}

TEST_CASE("nothing asked for and nothing owned needs no connection", "[provider]") {
  Bed bed;
  CHECK(must(bed.provider->read({}, {}, {})).empty());
  CHECK(bed.kafka->calls.empty());
}

TEST_CASE("a ledger of another cluster id owns nothing here", "[provider]") {
  Bed bed;
  bed.kafka->add("mine", 1);
  CHECK(must(bed.provider->read({}, owner_of("cluster-2", {"mine"}), {})).empty());
}

TEST_CASE("two names for one cluster do not own a topic twice", "[provider]") {
  auto kafka = std::make_shared<FakeKafkaAdmin>();
  FakeClock clock;
  const auto provider = KafkaProvider::over({{{.name = "a"}, kafka}, {{.name = "b"}, kafka}}, clock);
  kafka->add("mine", 1);
  kafka->add("leftover", 1);
  const std::vector<Live> live = must(
      provider->read(std::vector{topic("mine", Json::object(), "b")}, owner_of("cluster-1", {"mine", "leftover"}), {}));
  REQUIRE(live.size() == 2);
  CHECK(live[0].id == ResourceId{"kafka", "Topic", "a", "leftover"});
  CHECK(live[1].id == ResourceId{"kafka", "Topic", "b", "mine"});

  const auto twice =
      provider->read(std::vector{topic("mine", Json::object(), "a"), topic("mine", Json::object(), "b")}, {}, {});
  REQUIRE_FALSE(twice);
  CHECK(twice.error().message ==
        "topic/mine: is asked for twice, and Kafka cluster \"b\" is the same as another one's");
}

TEST_CASE("a cluster that is not configured", "[provider]") {
  Bed bed;
  const auto read = bed.provider->read(std::vector{topic("t", Json::object(), "west")}, {}, {});
  REQUIRE_FALSE(read);
  CHECK(read.error().message == "topic/t: there is no Kafka cluster \"west\"");
  CHECK(read.error().hint == "there is: default");
  CHECK(read.error().where.value_or(SourcePos{}).text() == "blueprint.conf:3:1");
}

TEST_CASE("a topic that may not be read fails the reading, at its place", "[provider]") {
  Bed bed;
  bed.kafka->before_call = [](const std::string& call) -> std::optional<Error> {
    if (call != "describe_configs") return std::nullopt;
    return Error{ErrorKind::denied, "describe configs: Cluster authorization failed"};
  };
  const auto read = bed.provider->read(std::vector{topic("t", Json::object())}, {}, {});
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == ErrorKind::denied);
}

TEST_CASE("all changes are verified with one request of each kind", "[provider]") {
  Bed bed;
  bed.kafka->add("grow", 1);
  bed.kafka->add("tune", 1);
  std::vector<Change> changes{bed.plan(topic("a", Json::object()), {}), bed.plan(topic("b", Json::object()), {}),
                              bed.plan(topic("grow", {{"partitions", 2}}), {"grow"}),
                              bed.plan(topic("tune", {{"config", {{"x", "1"}}}}), {"tune"})};
  bed.kafka->calls.clear();
  bed.kafka->rejected["b"] = {ErrorKind::denied,
                              "create topic \"b\": refused by a policy of the cluster: names end in -v1"};
  const std::vector<Error> rejections = must(bed.provider->verify(changes, {}));
  CHECK(bed.kafka->calls == std::vector<std::string>{"validate create_topics 2", "validate alter_configs 1",
                                                     "validate create_partitions 1"});
  REQUIRE(rejections.size() == 1);
  CHECK(rejections[0].message == "create topic \"b\": refused by a policy of the cluster: names end in -v1");
  CHECK(rejections[0].where.value_or(SourcePos{}).text() == "blueprint.conf:3:1");
  for (const Change& change : changes) CHECK(change.verified == Verified::server);
  CHECK(bed.kafka->topics.size() == 2);
}

TEST_CASE("a topic in use stays", "[provider]") {
  Bed bed;
  bed.kafka->add("old", 2);
  bed.kafka->ends = {{{"old", 0}, 1000}, {{"old", 1}, 1704}};
  SECTION("with members and lag") {
    bed.kafka->consumer_groups["reporting"] = {{"Stable", 2, {"old"}}, {{{"old", 0}, 500}, {{"old", 1}, 1000}}};
    const Change change = bed.plan_removal("old");
    CHECK(change.refused.value_or("") == "group reporting: 2 members, lag 1,204");
    CHECK(change.notes == std::vector<std::string>{"2 partitions with 2,704 records are deleted",
                                                   "group reporting: 2 members, lag 1,204"});
    CHECK(failed(bed.provider->apply(change, {})) == "topic/old: group reporting: 2 members, lag 1,204");
  }
  SECTION("but not for a group that has read everything and left") {
    bed.kafka->consumer_groups["done"] = {{"Empty", 0, {}}, {{{"old", 0}, 1000}, {{"old", 1}, 1704}}};
    bed.kafka->consumer_groups["elsewhere"] = {{"Stable", 3, {"other"}}, {{{"other", 0}, 1}}};
    const Change change = bed.plan_removal("old");
    CHECK(change.refused == std::nullopt);
    CHECK(change.notes ==
          std::vector<std::string>{"2 partitions with 2,704 records are deleted", "group done: 0 members, lag 0"});
    CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
    CHECK(bed.kafka->topics.empty());
  }
  SECTION("nor when a group came after the plan") {
    const Change change = bed.plan_removal("old");
    CHECK(change.refused == std::nullopt);
    bed.kafka->consumer_groups["late"] = {{"Stable", 1, {"old"}}, {}};
    CHECK(failed(bed.provider->apply(change, {})) == "topic/old: stays: group late: 1 member, no committed offset");
    CHECK(bed.kafka->topics.size() == 1);
  }
  SECTION("nor when it was made anew since") {
    const Change change = bed.plan_removal("old");
    bed.kafka->add("old", 2);
    CHECK(failed(bed.provider->apply(change, {})) == "topic/old: was deleted and created again since the plan");
  }
}

TEST_CASE("creating meets a topic that is there", "[provider]") {
  Bed bed;
  const Change change = bed.plan(topic("t", {{"partitions", 6}}), {});
  SECTION("the same as wanted") {
    bed.kafka->add("t", 6);
    CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
  }
  SECTION("another") {
    bed.kafka->add("t", 3);
    CHECK(failed(bed.provider->apply(change, {})) ==
          "topic/t: was created by somebody else since the plan and differs: partitions is 3, not 6");
  }
}

TEST_CASE("an answer that got lost is decided by reading", "[provider]") {
  Bed bed;
  const Error lost{ErrorKind::timeout, "timed out"};
  SECTION("the topic was created") {
    const Change change = bed.plan(topic("t", {{"partitions", 6}}), {});
    bed.kafka->lost_answer = lost;
    CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
  }
  SECTION("the topic was not created") {
    const Change change = bed.plan(topic("t", {{"partitions", 6}}), {});
    bed.kafka->rejected["t"] = lost;
    CHECK(failed(bed.provider->apply(change, {})) == "timed out");
  }
  SECTION("the config was changed") {
    bed.kafka->add("t", 1);
    const Change change = bed.plan(topic("t", {{"config", {{"x", "1"}}}}), {"t"});
    bed.kafka->lost_answer = lost;
    CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
  }
  SECTION("the topic was deleted") {
    bed.kafka->add("t", 1);
    const Change change = bed.plan_removal("t");
    bed.kafka->lost_answer = lost;
    CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
  }
}

TEST_CASE("an update holds the live topic against what was planned", "[provider]") {
  Bed bed;
  bed.kafka->add("t", 3, 1, {{"retention.ms", "1000"}});
  const Change change =
      bed.plan(topic("t", {{"partitions", 3}, {"config", {{"retention.ms", "2000"}, {"x", "1"}}}}), {"t"});
  REQUIRE(change.fields.size() == 2);
  SECTION("half done already") {
    bed.kafka->topics["t"].config["x"] = std::string("1");
    CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
    CHECK(bed.kafka->topics["t"].config == std::map<std::string, std::string>{{"retention.ms", "2000"}, {"x", "1"}});
  }
  SECTION("moved elsewhere") {
    bed.kafka->topics["t"].config["retention.ms"] = std::string("5000");
    CHECK(failed(bed.provider->apply(change, {})) ==
          "topic/t: has moved since the plan: retention.ms is 5000, not 2000, x is unset, not 1");
    CHECK(bed.kafka->topics["t"].config["retention.ms"] == "5000");
  }
  SECTION("grown by somebody else") {
    bed.kafka->topics["t"].info.partitions.resize(5);
    CHECK(failed(bed.provider->apply(change, {})) ==
          "topic/t: Kafka cannot take partitions away: the topic has 5, 3 are asked for; keep 5, or use a new topic "
          "name");
  }
  SECTION("gone") {
    bed.kafka->topics.clear();
    CHECK(failed(bed.provider->apply(change, {})) == "topic/t: was deleted since the plan");
  }
  SECTION("made anew") {
    bed.kafka->add("t", 3, 1, {{"retention.ms", "1000"}});
    CHECK(failed(bed.provider->apply(change, {})) == "topic/t: was deleted and created again since the plan");
  }
}

TEST_CASE("a topic with managed=no is looked at and never written", "[provider]") {
  Bed bed;
  bed.kafka->add("t", 3);
  const Change change = bed.plan(topic("t", {{"partitions", 6}, {"managed", false}}), {});
  CHECK(failed(bed.provider->apply(change, {})) ==
        "topic/t: the topic has 3 partitions and needs 6, and managed=no leaves changing it to others");
  bed.kafka->add("t", 6);
  CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
  CHECK(bed.count("create") == 0);
}

TEST_CASE("a topic is ready when every broker serves all of it", "[provider]") {
  Bed bed;
  bed.kafka->brokers = {1, 2, 3};
  const Resource desired = topic("t", {{"partitions", 2}});
  const auto state = [&] { return must(bed.provider->readiness(std::vector{desired.id}, {})).at(0); };
  CHECK(state().state == Readiness::State::missing);
  must(bed.provider->apply(bed.plan(desired, {}), {}));
  CHECK(state().state == Readiness::State::ready);
  CHECK(bed.count("describe_topics on ") == 6);

  bed.kafka->unaware = {{2, "t"}};
  CHECK(state().reason == "broker 2 does not know it yet");
  bed.kafka->unaware = {{1, "t"}, {2, "t"}, {3, "t"}};
  CHECK(state().state == Readiness::State::waiting);  // it was accepted: nobody knows it yet
  bed.kafka->unaware.clear();
  bed.kafka->silent = {3};
  CHECK(state().reason == "broker 3 does not answer");
  bed.kafka->silent.clear();
  auto& partitions = bed.kafka->topics["t"].info.partitions;
  partitions[1].leader = -1;
  CHECK(state().reason == "1 of 2 partitions have no leader");
  partitions[1] = {.leader = 1, .replicas = 3, .in_sync = 2};
  CHECK(state().reason == "1 of 2 partitions have replicas that are not in sync");
  partitions.pop_back();
  CHECK(state().reason == "broker 3 knows 1 of 2 partitions");
}

TEST_CASE("a deleted topic is missing once no broker serves it", "[provider]") {
  Bed bed;
  bed.kafka->brokers = {1, 2};
  bed.kafka->add("t", 1);
  const ResourceId id{"kafka", "Topic", "default", "t"};
  must(bed.provider->apply(bed.plan_removal("t"), {}));
  CHECK(must(bed.provider->readiness(std::vector{id}, {})).at(0).state == Readiness::State::missing);
  bed.kafka->add("t", 1);
  bed.kafka->unaware = {{1, "t"}};
  const Readiness half = must(bed.provider->readiness(std::vector{id}, {})).at(0);
  CHECK(half.state == Readiness::State::waiting);
  CHECK(half.reason == "not yet gone from every broker");
}

TEST_CASE("many topics applied at the same time become few requests", "[provider]") {
  Bed bed;
  std::vector<Change> changes;
  for (int i = 0; i < 64; ++i)
    changes.push_back(must(bed.provider->compare(
        std::make_unique<Resource>(topic(fmt::format("t{}", i), Json::object())).get(), nullptr)));
  // the first request is held until all others wait
  std::atomic<int> started = 0;
  bed.kafka->before_call = [&](const std::string&) -> std::optional<Error> {
    while (started < 64) std::this_thread::yield();
    return std::nullopt;
  };
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> workers;
    for (const Change& change : changes) {
      workers.emplace_back([&] {
        ++started;
        if (bed.provider->apply(change, {})) ++done;
      });
    }
  }
  CHECK(done == 64);
  CHECK(bed.kafka->topics.size() == 64);
  CHECK(bed.count("create_topics") < 32);
}

TEST_CASE("lag counts what a group has not read", "[provider]") {
  Bed bed;
  bed.kafka->ends = {{{"t", 0}, 10}, {{"t", 1}, 20}};
  bed.kafka->consumer_groups["app.in"] = {{"Stable", 2, {"t"}}, {{{"t", 0}, 10}, {{"t", 1}, 5}}};
  const std::vector<GroupLag> lag = must(bed.provider->lag("default", {{"app.in", {"t", "u"}}, {"none", {"t"}}}, {}));
  REQUIRE(lag.size() == 3);
  CHECK(lag[0].state == "Stable");
  CHECK(lag[0].members == 2);
  CHECK(lag[0].lag == 15);
  CHECK(lag[1].lag == -1);
  CHECK(lag[2].state == "none");
  CHECK(lag[2].lag == -1);
}

}  // namespace cloudflow::testing
