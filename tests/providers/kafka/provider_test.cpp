// The provider over a cluster in memory: ownership, verdicts, preconditions, lost answers, readiness.
#include <fmt/format.h>

#include <algorithm>

#include "providers/kafka/group_drain.h"
#include "sdk/support/log.h"
#include "tests/providers/kafka/topic_fixture.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_kafka_admin.h"

namespace cloudflow::testing {
namespace {

struct Bed {
  explicit Bed(std::vector<std::string> unrelated_groups = {})
      : provider(KafkaProvider::over(
            {{{.name = "default", .bootstrap_servers = "b:9092", .unrelated_groups = std::move(unrelated_groups)},
              kafka}},
            clock)) {}

  std::shared_ptr<FakeKafkaAdmin> kafka = std::make_shared<FakeKafkaAdmin>();
  FakeClock clock{};
  std::unique_ptr<KafkaProvider> provider;

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

TEST_CASE("a cluster that nothing asked for is on is looked at when recorded topics may be there", "[provider]") {
  const auto used = std::make_shared<FakeKafkaAdmin>();
  const auto spare = std::make_shared<FakeKafkaAdmin>();
  const auto other = std::make_shared<FakeKafkaAdmin>();
  spare->id = "cluster-2";
  other->id = "cluster-3";
  used->add("mine", 1);
  spare->add("left", 1);
  FakeClock clock;
  const auto provider = KafkaProvider::over({{{.name = "default"}, used},
                                             {{.name = "other", .is_spare = true}, other},
                                             {{.name = "spare", .is_spare = true}, spare}},
                                            clock);
  const std::vector<Resource> desired{topic("mine", Json::object())};
  const auto away = [](const std::string&) -> std::optional<Error> {
    return Error{ErrorKind::unavailable, "nobody answers"};
  };
  SECTION("not when all that is recorded is on those in use") {
    REQUIRE(must(provider->read(desired, owner_of("cluster-1", {"mine"}), {})).size() == 1);
    CHECK(spare->calls.empty());
    CHECK(provider->spare_ids().empty());
    CHECK(must(provider->cluster_ids({})) == std::map<std::string, std::string>{{"default", "cluster-1"}});
  }
  SECTION("and is the one") {
    // One that is away and not needed changes nothing.
    if (GENERATE(true, false)) other->before_call = away;
    const std::vector<Live> live = must(provider->read(desired, owner_of("cluster-2", {"left"}), {}));
    REQUIRE(live.size() == 2);
    CHECK(live[1].id == ResourceId{"kafka", "Topic", "spare", "left"});
    CHECK(provider->spare_ids() == std::map<std::string, std::string>{{"spare", "cluster-2"}});
    CHECK(must(provider->cluster_ids({})) == std::map<std::string, std::string>{{"default", "cluster-1"}});
    std::vector<Change> changes{must(provider->compare(nullptr, &live[1]))};
    CHECK(changes[0].action == Action::remove);
    CHECK(must(provider->verify(changes, {})).empty());
    REQUIRE(provider->apply(changes[0], {}));
    CHECK(spare->topics.empty());
  }
  SECTION("and is not the one") {
    CHECK(must(provider->read(desired, owner_of("cluster-4", {"left"}), {})).size() == 1);
    CHECK(provider->spare_ids().empty());
  }
  SECTION("and may be the one, but cannot be asked") {
    spare->before_call = away;
    const auto read = provider->read(desired, owner_of("cluster-2", {"left"}), {});
    REQUIRE_FALSE(read);
    CHECK(read.error().message == "nobody answers");
    CHECK(read.error().hint ==
          "this application has made topics on a cluster that the source does not use any more, and it may be this "
          "one; take it out of the environment when it is gone for good");
  }
  SECTION("a reader there is asked about without any record") {
    spare->ends[{"left", 0}] = 5;
    const ResourceId reader{"kafka", "ConsumerGroup", "spare", "app.sink.in:left"};
    const auto lost = must(provider->unread(std::span(&reader, 1), {}));
    REQUIRE(lost[0].size() == 1);
    CHECK(lost[0][0].what ==
          "records of topic left that group app.sink.in has not read: it has committed nothing, and the topic holds 5 "
          "records");
  }
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

TEST_CASE("a broker's refusal does not repeat a secret setting", "[provider]") {
  Bed bed;
  Resource asked = topic("a", {{"config", {{"cleanup.policy", "compact, 4711"}}}});
  asked.secrets = {"/config/cleanup.policy"};
  std::vector<Change> changes{bed.plan(asked, {})};
  for (const auto& [said, shown] :
       {std::pair("Invalid value 4711 for configuration cleanup.policy: String must be one of: delete",
                  "Invalid value (secret) for configuration cleanup.policy: String must be one of: delete"),
        std::pair("Invalid value [compact, 4711] for configuration cleanup.policy: no",
                  "Invalid value (secret) for configuration cleanup.policy: no"),
        std::pair("compact, 4711 is refused, 47110 is not", "(secret) is refused, 47110 is not"),
        std::pair("Invalid value 3 for configuration segment.ms: no",
                  "Invalid value 3 for configuration segment.ms: no")}) {
    bed.kafka->rejected["a"] = {ErrorKind::denied, said};
    const std::vector<Error> rejections = must(bed.provider->verify(changes, {}));
    REQUIRE(rejections.size() == 1);
    CHECK(rejections[0].message == shown);
    const Result<void> applied = bed.provider->apply(changes[0], {});
    REQUIRE_FALSE(applied);
    CHECK(applied.error().message == shown);
  }
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
    CHECK(losses_of(change) == std::vector<std::string>{"the topic with 2,704 records in 2 partitions"});
    CHECK(change.notes == std::vector<std::string>{"group reporting: 2 members, lag 1,204"});
    CHECK(failed(bed.provider->apply(change, {})) == "topic/old: group reporting: 2 members, lag 1,204");
  }
  SECTION("with those members of a group only that may read it") {
    FakeKafkaAdmin::Group& group = bed.kafka->consumer_groups["reporting"];
    group = {{"Stable", 4, {"old", "other"}, false, {{"old"}, {"other"}, {"old", "other"}}}, {{{"old", 0}, 1000}}};
    CHECK(bed.plan_removal("old").refused.value_or("") == "group reporting: 3 members, lag 0");
    // All of them read others now, and one begins to: only what has settled says who reads what.
    group.info = {"Stable", 2, {"other"}, false, {{"other"}, {"other"}}};
    CHECK(bed.plan_removal("old").refused == std::nullopt);
    group.info.state = "PreparingRebalance";
    CHECK(bed.plan_removal("old").refused.value_or("") == "group reporting: 2 members, lag 0");
    group.info = {"Stable", 2, {"other"}, false, {{"other"}, {"other"}}};
    group.committed = {{{"old", 0}, 999}};
    CHECK(bed.plan_removal("old").refused.value_or("") == "group reporting: 0 members, lag 1");
  }
  SECTION("but not for a group that has read everything and left") {
    bed.kafka->consumer_groups["done"] = {{"Empty", 0, {}}, {{{"old", 0}, 1000}, {{"old", 1}, 1704}}};
    bed.kafka->consumer_groups["elsewhere"] = {{"Stable", 3, {"other"}}, {{{"other", 0}, 1}}};
    const Change change = bed.plan_removal("old");
    CHECK(change.refused == std::nullopt);
    CHECK(losses_of(change) == std::vector<std::string>{"the topic with 2,704 records in 2 partitions"});
    CHECK(change.notes == std::vector<std::string>{"group done: 0 members, lag 0"});
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

TEST_CASE("a topic of which it cannot be shown that nobody reads it stays", "[provider]") {
  Bed bed;
  bed.kafka->add("old", 1);
  bed.kafka->add("other", 1);
  SECTION("a share or streams group, which cannot be looked into") {
    bed.kafka->consumer_groups["billing"] = {.opaque = true};
    const std::string why =
        "group billing: it is a share or streams group, and whether it reads this topic now cannot be seen";
    const Change change = bed.plan_removal("old");
    CHECK(change.refused.value_or("") == why);
    CHECK(failed(bed.provider->apply(change, {})) == "topic/old: " + why);
  }
  SECTION("a streams group that is behind: what it has committed is told, too") {
    bed.kafka->ends = {{{"old", 0}, 10}};
    bed.kafka->consumer_groups["billing"] = {.committed = {{{"old", 0}, 3}}, .opaque = true};
    CHECK(
        bed.plan_removal("old").refused.value_or("") ==
        "group billing: 0 members, lag 7; group billing: it is a streams group that has read old, and whether it reads "
        "this topic now cannot be seen");
  }
  SECTION("a streams group that has read other topics: they are told, and how to say that it reads no others") {
    bed.kafka->consumer_groups["billing"] = {
        .committed = {{{"a", 0}, 3}, {{"b", 0}, 1}, {{"b", 1}, 1}, {{"c", 0}, 1}, {{"d", 0}, 1}}, .opaque = true};
    const Change change = bed.plan_removal("old");
    CHECK(change.refused.value_or("") ==
          "group billing: it is a streams group that has read a, b, c, 1 more, and whether it reads this topic now "
          "cannot be seen");
    CHECK(change.notes ==
          std::vector<std::string>{"when group billing reads none of this application's topics: unrelated-groups: "
                                   "[billing] in the environment's policy"});
  }
  SECTION("a group of others that may not be looked into; what the plan does besides goes on") {
    bed.kafka->consumer_groups["theirs"] = {.hidden = Error{ErrorKind::denied, "Group authorization failed"}};
    const Resource tuned = topic("other", {{"config", {{"x", "1"}}}});
    const std::vector<Live> live =
        must(bed.provider->read(std::span(&tuned, 1), owner_of("cluster-1", {"old", "other"}), {}));
    std::vector<Change> changes{must(bed.provider->compare(nullptr, live_of(live, "old"))),
                                must(bed.provider->compare(&tuned, live_of(live, "other")))};
    CHECK(must(bed.provider->verify(changes, {})).empty());
    CHECK(changes[0].refused.value_or("") ==
          "group theirs: it is not known whether it reads this topic: the right Describe on the group is missing");
    CHECK(changes[1].refused == std::nullopt);
  }
  SECTION("without the right Describe on the cluster groups of others are not listed") {
    bed.kafka->shows_all_groups = false;
    CHECK(bed.plan_removal("old").refused.value_or("") ==
          "which groups read it is not known: the right Describe on the cluster is missing");
  }
  SECTION("a coordinator that is away") {
    bed.kafka->consumer_groups["theirs"] = {.hidden = Error{ErrorKind::unavailable, "coordinator not available"}};
    CHECK(bed.plan_removal("old").refused.value_or("") ==
          "group theirs: it is not known whether it reads this topic: coordinator not available");
  }
  SECTION("a list of groups that does not come") {
    bed.kafka->before_call = [](const std::string& call) -> std::optional<Error> {
      if (call != "groups") return std::nullopt;
      return Error{ErrorKind::unavailable, "some brokers do not answer"};
    };
    CHECK(bed.plan_removal("old").refused.value_or("") ==
          "which groups read it is not known: some brokers do not answer");
  }
  CHECK(bed.kafka->topics.contains("old"));
}

TEST_CASE("a share or streams group holds a topic back on every way by which it could go", "[provider]") {
  Bed bed;
  bed.kafka->add("old", 1);
  bed.kafka->ends = {{{"old", 0}, 10}};
  auto& groups = bed.kafka->consumer_groups;
  const std::string share =
      "group app.in: it is a share or streams group, and whether it reads this topic now cannot be seen";
  const std::string streams =
      "group app.in: it is a streams group that has read old, and whether it reads this topic now cannot be seen";
  const std::string lag = "group app.in: 0 members, lag 7; ";
  SECTION("it came after the plan") {
    const Change change = bed.plan_removal("old");
    REQUIRE(change.refused == std::nullopt);
    groups["app.in"] = {.opaque = true};
    CHECK(failed(bed.provider->apply(change, {})) == "topic/old: stays: " + share);
    groups["app.in"].committed = {{{"old", 0}, 3}};
    CHECK(failed(bed.provider->apply(change, {})) == "topic/old: stays: " + lag + streams);
  }
  SECTION("its pods are said to end before, as with destroy --drain: whether they did cannot be seen either") {
    bed.provider->expect_end_of("app.");
    groups["app.in"] = {.opaque = true};
    CHECK(bed.plan_removal("old").refused.value_or("") == share);
    groups["app.in"].committed = {{{"old", 0}, 3}};
    CHECK(bed.plan_removal("old").refused.value_or("") == streams);
    groups.clear();
    const Change change = bed.plan_removal("old");
    REQUIRE(change.refused == std::nullopt);
    groups["app.in"] = {.opaque = true};
    CHECK(failed(bed.provider->apply(change, {})) == "topic/old: stays: " + share);
  }
  SECTION("the topic was made again since it was read: it is judged as it is now") {
    groups["app.in"] = {.opaque = true};
    const std::vector<Live> live = must(bed.provider->read({}, owner_of("cluster-1", {"old"}), {}));
    std::vector<Change> changes{must(bed.provider->compare(nullptr, live_of(live, "old")))};
    bed.kafka->add("old", 1);
    CHECK(must(bed.provider->verify(changes, {})).empty());
    CHECK(changes[0].refused.value_or("") == share);
  }
  SECTION("its records go sooner: that it may not have read them is said beside the loss") {
    groups["app.in"] = {.opaque = true};
    std::vector<Change> changes{bed.plan(topic("old", {{"config", {{"retention.ms", "1000"}}}}), {"old"})};
    CHECK(must(bed.provider->verify(changes, {})).empty());
    CHECK(changes[0].risk == Risk::data_loss);
    CHECK(std::ranges::find(changes[0].notes, "not counted: " + share) != changes[0].notes.end());
  }
  CHECK(bed.kafka->topics.contains("old"));
}

TEST_CASE("a group that policy calls unrelated holds back only what it is seen to read", "[provider]") {
  Bed bed({"billing", "team-*"});
  bed.kafka->add("old", 1);
  bed.kafka->ends = {{{"old", 0}, 10}};
  auto& groups = bed.kafka->consumer_groups;
  groups["billing"] = {.opaque = true};
  groups["team-a.sink"] = {.hidden = Error{ErrorKind::denied, "Group authorization failed"}};
  SECTION("what cannot be seen of it counts as nothing, and is said") {
    const Change change = bed.plan_removal("old");
    CHECK(change.refused == std::nullopt);
    CHECK(change.notes == std::vector<std::string>{"cannot be looked into, and policy says that they read other "
                                                   "topics: groups billing, team-a.sink"});
    CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
    CHECK(bed.kafka->topics.empty());
  }
  SECTION("one that has read the topic stays in its way") {
    groups["billing"].committed = {{{"old", 0}, 10}};
    CHECK(bed.plan_removal("old").refused.value_or("") ==
          "group billing: it is a streams group that has read old, and whether it reads this topic now cannot be seen");
  }
  SECTION("and so does one that can be looked into") {
    groups["team-b"] = {{"Stable", 1, {"old"}}, {}};
    CHECK(bed.plan_removal("old").refused.value_or("") == "group team-b: 1 member, no committed offset");
  }
  SECTION("another group is not meant") {
    groups["refunds"] = {.opaque = true};
    CHECK(bed.plan_removal("old").refused.value_or("") ==
          "group refunds: it is a share or streams group, and whether it reads this topic now cannot be seen");
  }
}

TEST_CASE("cutting retention says which records go and who has not read them", "[provider]") {
  Bed bed;
  bed.kafka->add("calls", 1, 1, {{"retention.ms", "604800000"}});
  const long long now =
      std::chrono::duration_cast<std::chrono::milliseconds>(bed.clock.wall().time_since_epoch()).count();
  bed.kafka->ends = {{{"calls", 0}, 10}};
  for (int i = 10; i > 0; --i) bed.kafka->times[{"calls", 0}].push_back(now - i * 1000);
  bed.kafka->consumer_groups["app.sink.in"] = {{"Stable", 1, {"calls"}}, {{{"calls", 0}, 3}}};
  bed.kafka->consumer_groups["quick"] = {{"Stable", 1, {"calls"}}, {{{"calls", 0}, 8}}};
  const auto cut = [&](const Json& config) {
    std::vector<Change> changes{bed.plan(topic("calls", {{"config", config}}), {"calls"})};
    CHECK(must(bed.provider->verify(changes, {})).empty());
    return changes[0];
  };
  const Change change = cut({{"retention.ms", "4500"}});
  CHECK(change.risk == Risk::data_loss);
  CHECK(losses_of(change) == std::vector<std::string>{"records past the new limit: retention.ms 604800000 → 4500",
                                                      "3 records of topic calls that group app.sink.in has not read"});
  CHECK(change.notes == std::vector<std::string>{"6 of 10 records are past the new limit now"});
  bed.kafka->topics["calls"].config = {{"cleanup.policy", "compact"}};
  CHECK(losses_of(cut({{"cleanup.policy", "delete"}})) ==
        std::vector<std::string>{"records past the retention limits: cleanup.policy compact → delete",
                                 "some of 7 records of topic calls that group app.sink.in has not read",
                                 "some of 2 records of topic calls that group quick has not read"});
}

TEST_CASE("what a request that was on its way has done meanwhile is no reason to refuse a plan", "[provider]") {
  Bed bed;
  bed.kafka->add("t", 1);
  bed.kafka->add("gone", 1);
  Inventory ledger = owner_of("cluster-1", {"t", "gone", "new"});
  ledger.topic_ids["cluster-1"] = {{"t", "id-1"}, {"gone", "id-2"}, {"new", ""}};
  const std::vector<Resource> desired{topic("new", {{"partitions", 2}}),
                                      topic("t", {{"partitions", 3}, {"config", {{"retention.ms", "60000000"}}}})};
  const std::vector<Live> live = must(bed.provider->read(desired, ledger, {}));
  std::vector<Change> changes{must(bed.provider->compare(nullptr, live_of(live, "gone"))),
                              must(bed.provider->compare(desired.data(), nullptr)),
                              must(bed.provider->compare(&desired[1], live_of(live, "t")))};
  const auto verify = [&] {
    std::vector<std::string> out;
    for (const Error& error : must(bed.provider->verify(changes, {}))) out.push_back(error.message);
    return out;
  };
  const auto grow = [&](std::size_t to) {
    auto& partitions = bed.kafka->topics["t"].info.partitions;
    partitions.resize(to, partitions.front());
  };
  SECTION("all of it: nothing is left to do") {
    bed.kafka->topics.erase("gone");
    bed.kafka->add("new", 2);
    grow(3);
    bed.kafka->topics["t"].config["retention.ms"] = "60000000";
    CHECK(verify() == std::vector<std::string>{});
    for (const Change& change : changes) CHECK(change.action == Action::none);
    CHECK(bed.provider->confirmed() == std::vector<ResourceId>{{"kafka", "Topic", "default", "new"}});
  }
  SECTION("a part of it: the rest is planned, and verified") {
    grow(3);
    bed.kafka->add("new", 1);
    CHECK(verify() == std::vector<std::string>{});
    CHECK(changes[1].action == Action::update);
    CHECK(changes[1].refused == std::nullopt);
    REQUIRE(changes[1].fields.size() == 1);
    CHECK(changes[1].fields[0].path == "partitions");
    CHECK(changes[1].verified == Verified::server);
    CHECK(changes[2].action == Action::update);
    REQUIRE(changes[2].fields.size() == 1);
    CHECK(changes[2].fields[0].path == "retention.ms");
    CHECK(changes[2].verified == Verified::server);
  }
  SECTION("more than is asked for is told as it is") {
    grow(6);
    CHECK(verify() == std::vector<std::string>{});
    CHECK(changes[2].refused.value_or("").starts_with("Kafka cannot take partitions away: the topic has 6, 3 are"));
  }
  SECTION("a topic that is there and not ours is checked") {
    bed.kafka->add("new", 1);
    bed.kafka->ends = {{{"new", 0}, 5}};
    CHECK(verify() == std::vector<std::string>{});
    CHECK(changes[1].refused.has_value());
  }
  SECTION("a topic that was to be changed and is gone is made again") {
    bed.kafka->topics.erase("t");
    CHECK(verify() == std::vector<std::string>{});
    CHECK(changes[2].action == Action::create);
    CHECK(changes[2].verified == Verified::server);
  }
  SECTION("a broker that has not heard of it yet is asked again") {
    grow(3);
    int stale = 3;
    bed.kafka->before_call = [&](const std::string& call) -> std::optional<Error> {
      if (call == "validate create_partitions") grow(3);
      if (call == "describe_topics") grow(stale-- > 0 ? 1 : 3);
      return std::nullopt;
    };
    CHECK(verify() == std::vector<std::string>{});
    CHECK(changes[2].action == Action::update);
    REQUIRE(changes[2].fields.size() == 1);
    CHECK(changes[2].fields[0].path == "retention.ms");
  }
  SECTION("what is said of a topic that has not changed to be seen is told at last") {
    bed.kafka->rejected["t"] = {ErrorKind::conflict,
                                "create partitions of topic \"t\": Topic already has 3 partition(s)"};
    const std::vector<Error> rejections = must(bed.provider->verify(changes, {}));
    REQUIRE_FALSE(rejections.empty());
    CHECK(rejections[0].message == "create partitions of topic \"t\": Topic already has 3 partition(s)");
    CHECK(rejections[0].hint == "the topic has changed since it was read: plan again");
  }
}

TEST_CASE("an apply that meets what another request did goes by what the topic is now", "[provider]") {
  Bed bed;
  bed.kafka->add("t", 1);
  const Change change = bed.plan(topic("t", {{"partitions", 3}, {"config", {{"retention.ms", "60000000"}}}}), {"t"});
  const auto before = [&](const std::string& call, const std::function<void()>& act) {
    bed.kafka->before_call = [call, act](const std::string& now) -> std::optional<Error> {
      if (now == call) act();
      return std::nullopt;
    };
  };
  const auto grow = [&](std::size_t to) {
    auto& partitions = bed.kafka->topics["t"].info.partitions;
    partitions.resize(to, partitions.front());
  };
  SECTION("as many partitions as are asked for: the rest is made") {
    before("create_partitions", [&] { grow(3); });
    CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
    CHECK(bed.kafka->topics["t"].config["retention.ms"] == "60000000");
  }
  SECTION("more of them") {
    before("create_partitions", [&] { grow(6); });
    CHECK(failed(bed.provider->apply(change, {})) == "topic/t: has moved since the plan: partitions is 6, not 3");
  }
  SECTION("gone before its partitions") {
    before("create_partitions", [&] { bed.kafka->topics.erase("t"); });
    CHECK(failed(bed.provider->apply(change, {})) == "topic/t: was deleted since the plan");
  }
  SECTION("gone before its settings") {
    before("alter_configs", [&] { bed.kafka->topics.erase("t"); });
    CHECK(failed(bed.provider->apply(change, {})) == "topic/t: was deleted since the plan");
  }
}

TEST_CASE("what an override falls back to is asked of those who know", "[provider]") {
  Bed bed;
  bed.kafka->hidden_fallbacks = {"retention.ms"};
  bed.kafka->add("long", 1, 1, {{"retention.ms", "9000000000"}});
  const Resource desired = topic("long", {{"config", Json::object()}});
  const auto risk = [&] {
    const Change change = bed.plan(desired, {"long"});
    REQUIRE(change.losses.size() == 1);
    return std::pair(change.losses[0].what, change.losses[0].certain);
  };
  SECTION("the brokers, under the key that is set there") {
    bed.kafka->broker_settings[1] = {{"log.retention.hours", "168"}};
    CHECK(risk() == std::pair(std::string("records past the new limit: retention.ms 9000000000 → 604800000"), true));
    bed.kafka->broker_settings[1] = {{"log.retention.hours", "168"}, {"log.retention.minutes", "10"}};
    CHECK(risk() == std::pair(std::string("records past the new limit: retention.ms 9000000000 → 600000"), true));
    bed.kafka->broker_settings[1]["log.retention.ms"] = "5";
    CHECK(risk() == std::pair(std::string("records past the new limit: retention.ms 9000000000 → 5"), true));
    bed.kafka->broker_settings[1] = {{"log.retention.hours", "-1"}};
    CHECK(bed.plan(desired, {"long"}).risk == Risk::none);
  }
  SECTION("another topic that has no override of its own") {
    bed.kafka->add("usual", 1);
    const std::vector<Resource> both{desired, topic("usual", {{"config", Json::object()}})};
    const std::vector<Live> live = must(bed.provider->read(both, owner_of("cluster-1", {"long", "usual"}), {}));
    CHECK(must(bed.provider->compare(both.data(), live_of(live, "long"))).losses.at(0).what ==
          "records past the new limit: retention.ms 9000000000 → 604800000");
    CHECK(bed.count("broker_configs") == 0);
  }
  SECTION("nobody: the change may lose records") {
    CHECK(risk() == std::pair(std::string("records past the new limit: retention.ms 9000000000 → (not known)"), false));
    CHECK(bed.plan(desired, {"long"}).notes ==
          std::vector<std::string>{"retention.ms: falls back to the cluster's default, which is not known"});
  }
  SECTION("brokers that disagree") {
    bed.kafka->brokers = {1, 2};
    bed.kafka->broker_settings[1] = {{"log.retention.hours", "168"}};
    bed.kafka->broker_settings[2] = {{"log.retention.hours", "1"}};
    CHECK(risk() == std::pair(std::string("records past the new limit: retention.ms 9000000000 → (not known)"), false));
  }
}

TEST_CASE("a topic that others made again under our name is not ours", "[provider]") {
  Bed bed;
  bed.kafka->add("t", 3);
  Inventory ledger = owner_of("cluster-1", {"t"});
  ledger.topic_ids["cluster-1"]["t"] = "id-of-ours";
  const std::string again =
      "the topic that this application created (id id-of-ours) is gone, and somebody made this one of the same name "
      "(id "
      "id-1); adopt it, or use another name";
  const auto plan = [&](const Json& spec) {
    const Resource desired = topic("t", spec);
    const std::vector<Live> live = must(bed.provider->read(std::span(&desired, 1), ledger, {}));
    return must(bed.provider->compare(&desired, live_of(live, "t")));
  };
  CHECK(plan({{"partitions", 6}}).refused.value_or("") == again);
  const Change same = plan({{"partitions", 3}});
  CHECK(same.action == Action::none);
  CHECK(same.notes ==
        std::vector<std::string>{"the topic that this application created is gone; somebody made this one of "
                                 "the same name, which is used as it is"});
  const std::vector<Live> live = must(bed.provider->read({}, ledger, {}));
  const Change removal = must(bed.provider->compare(nullptr, live_of(live, "t")));
  CHECK(removal.action == Action::remove);
  CHECK(removal.refused.value_or("") == again);
  // A record from before ids were kept, or the same id: ours.
  ledger.topic_ids["cluster-1"]["t"] = "id-1";
  CHECK(plan({{"partitions", 6}}).refused == std::nullopt);
  ledger.topic_ids.clear();
  CHECK(plan({{"partitions", 6}}).refused == std::nullopt);
}

TEST_CASE("a topic that was only to be made is ours as long as nobody has used it", "[provider]") {
  Bed bed;
  bed.kafka->add("t", 2);
  Inventory ledger = owner_of("cluster-1", {"t"});
  ledger.topic_ids["cluster-1"]["t"] = "";
  const auto removal = [&] {
    const std::vector<Live> live = must(bed.provider->read({}, ledger, {}));
    return must(bed.provider->compare(nullptr, live_of(live, "t")));
  };
  SECTION("empty") {
    bed.kafka->ends = {{{"t", 0}, 0}, {{"t", 1}, 0}};
    const std::string said =
        "is taken for the topic that an apply was about to create when it was cut short: nobody has written to it";
    CHECK(removal().action == Action::remove);
    CHECK(removal().notes == std::vector<std::string>{said});
    const Resource desired = topic("t", {{"partitions", 2}});
    const std::vector<Live> live = must(bed.provider->read(std::span(&desired, 1), ledger, {}));
    const Change same = must(bed.provider->compare(&desired, live_of(live, "t")));
    CHECK(same.action == Action::none);
    CHECK(same.notes == std::vector<std::string>{said});
    CHECK(bed.provider->confirmed() == std::vector<ResourceId>{{"kafka", "Topic", "default", "t"}});
  }
  SECTION("with records") {
    bed.kafka->ends = {{{"t", 0}, 0}, {{"t", 1}, 1}};
    CHECK(removal().action == Action::none);
    CHECK(bed.provider->confirmed().empty());
  }
}

TEST_CASE("a topic that a killed apply has asked for may be on its way", "[provider]") {
  Bed bed;
  Inventory ledger = owner_of("cluster-1", {"t", "gone"});
  ledger.topic_ids["cluster-1"] = {{"t", ""}, {"gone", "id-of-gone"}};
  int looks = 0;
  bed.kafka->before_call = [&](const std::string& call) {
    if (call.starts_with("describe_topics") && ++looks == 3) {
      bed.kafka->add("t", 1);
      bed.kafka->ends = {{{"t", 0}, 0}};
    }
    return std::nullopt;
  };
  const auto before = bed.clock.now();
  const auto waited = [&] { return bed.clock.now() - before; };
  SECTION("it turns up") {
    const std::vector<Live> live = must(bed.provider->read({}, ledger, {}));
    CHECK(must(bed.provider->compare(nullptr, live_of(live, "t"))).action == Action::remove);
    CHECK(waited() == std::chrono::milliseconds(200));
  }
  SECTION("nothing was asked for") {
    looks = 3;
    CHECK(must(bed.provider->read({}, ledger, {})).empty());
    CHECK(waited() == std::chrono::seconds(2));
  }
  SECTION("nobody is waited for where no apply was cut short") {
    looks = 3;
    ledger.topic_ids["cluster-1"]["t"] = "id-of-t";
    CHECK(must(bed.provider->read({}, ledger, {})).empty());
    CHECK(waited() == std::chrono::seconds(0));
  }
  SECTION("who cannot be asked any more is not taken for absent") {
    bed.kafka->before_call = [&](const std::string& call) -> std::optional<Error> {
      if (call.starts_with("describe_topics") && ++looks == 3) return Error{ErrorKind::denied, "not now"};
      return std::nullopt;
    };
    CHECK_FALSE(bed.provider->read({}, ledger, {}));
  }
}

TEST_CASE("a topic that was there before it was made is somebody else's", "[provider]") {
  Bed bed;
  const Change change = bed.plan(topic("t", {{"partitions", 1}}), {});
  REQUIRE(change.action == Action::create);
  const ResourceId id{"kafka", "Topic", "default", "t"};
  SECTION("made meanwhile") {
    bed.kafka->add("t", 1);
    CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
    CHECK(bed.provider->was_there(id));
  }
  SECTION("made by us, as far as is known: the first answer got lost") {
    bed.kafka->lost_answer = Error{ErrorKind::unavailable, "the connection is gone"};
    CHECK(failed(bed.provider->apply(change, {})) != "succeeded");
    bed.kafka->lost_answer.reset();
    CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
    CHECK_FALSE(bed.provider->was_there(id));
  }
  SECTION("made by us") {
    CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
    CHECK_FALSE(bed.provider->was_there(id));
  }
}

TEST_CASE("nothing is written to Kafka without the lock", "[provider]") {
  Bed bed;
  bed.kafka->add("old", 1);
  const Change creation = bed.plan(topic("t", {{"partitions", 1}}), {});
  const Change growth = bed.plan(topic("old", {{"partitions", 2}}), {"old"});
  const Change setting = bed.plan(topic("old", {{"config", {{"retention.ms", "1"}}}}), {"old"});
  const Change removal = bed.plan_removal("old");
  bed.provider->guard_writes([](const std::stop_token&) -> Result<void> {
    return failure(ErrorKind::conflict, "the lock of this run was taken away");
  });
  bed.kafka->calls.clear();
  for (const Change& change : {creation, growth, setting, removal})
    CHECK(failed(bed.provider->apply(change, {})).ends_with("the lock of this run was taken away"));
  for (const char* write : {"create_topics", "alter_configs", "create_partitions", "delete_topics"})
    CHECK(bed.count(write) == 0);
}

TEST_CASE("what readers that are given up have not read", "[provider]") {
  Bed bed;
  bed.kafka->add("calls", 2);
  bed.kafka->add("empty", 1);
  bed.kafka->ends = {{{"calls", 0}, 10}, {{"calls", 1}, 20}};
  bed.kafka->begins = {{{"calls", 0}, 0}, {{"calls", 1}, 8}};
  const auto unread = [&](const std::string& reader, const std::string& kind = "ConsumerGroup",
                          const std::string& cluster = "default") {
    std::vector<std::string> out;
    const std::vector<ResourceId> ids{{"kafka", kind, cluster, reader}};
    const std::vector<std::vector<Loss>> losses = must(bed.provider->unread(ids, {}));
    for (const Loss& loss : losses.at(0)) out.push_back((loss.certain ? "loses " : "may lose ") + loss.what);
    return out;
  };
  using Lines = std::vector<std::string>;
  bed.kafka->consumer_groups["app.sink.in"] = {{"Empty", 0, {}}, {{{"calls", 0}, 7}, {{"calls", 1}, 5}}};
  CHECK(unread("app.sink.in:calls") == Lines{"loses 15 records of topic calls that group app.sink.in has not read"});
  bed.kafka->consumer_groups["app.sink.in"].committed = {{{"calls", 0}, 10}, {{"calls", 1}, 20}};
  CHECK(unread("app.sink.in:calls") == Lines{});
  CHECK(unread("app.sink.in:gone") == Lines{});
  CHECK(unread("app.sink.in:empty") == Lines{});
  CHECK(unread("app.sink.in:calls", "ConsumerGroup", "old") ==
        Lines{"may lose what group app.sink.in has not read of topic calls, which cannot be found out: kafka cluster "
              "\"old\": it is not configured any more"});
  // A partition that nobody has read yet is unread from its beginning.
  bed.kafka->consumer_groups["app.sink.in"].committed = {{{"calls", 0}, 10}};
  CHECK(unread("app.sink.in:calls") == Lines{"loses 12 records of topic calls that group app.sink.in has not read"});
  // Readers with a group for each of their pods.
  bed.kafka->consumer_groups["app.cache.in.6f1c"] = {{"Empty", 0, {}}, {{{"calls", 0}, 4}, {{"calls", 1}, 20}}};
  CHECK(unread("app.cache.in:calls") ==
        Lines{"loses 6 records of topic calls that group app.cache.in.6f1c has not read"});
  CHECK(unread("app.new.in:calls") ==
        Lines{"may lose records of topic calls that group app.new.in has not read: it has "
              "committed nothing, and the topic holds 22 records"});
  // Of a port that may be a writer, too.
  CHECK(unread("app.sink.in:calls", "Port") ==
        Lines{"loses 12 records of topic calls that group app.sink.in has not read"});
  CHECK(unread("app.new.port:empty", "Port") == Lines{});
  CHECK(unread("app.new.port:calls", "Port") ==
        Lines{"may lose records of topic calls if app.new.port reads them, which is not recorded: as a writer it loses "
              "nothing; as a reader it has committed nothing, and the topic holds 22 records"});
  bed.kafka->consumer_groups["app.share.in"] = {.opaque = true};
  CHECK(unread("app.share.in:calls") ==
        Lines{"may lose records of topic calls that group app.share.in has not read: what a "
              "share group has read cannot be seen, and the topic holds 22 records"});
  bed.kafka->consumer_groups["app.share.in"] = {.hidden = Error{ErrorKind::denied, "Group authorization failed"}};
  CHECK(unread("app.share.in:calls") ==
        Lines{"may lose what group app.share.in has not read of topic calls, which cannot "
              "be found out: the right Describe on the group is missing"});
  const std::vector<ResourceId> elsewhere{{"kafka", "ConsumerGroup", "west", "app.sink.in:calls"}};
  const std::vector<std::vector<Loss>> answers = must(bed.provider->unread(elsewhere, {}));
  const std::vector<Loss>& unknown = answers.at(0);
  REQUIRE(unknown.size() == 1);
  CHECK_FALSE(unknown[0].certain);
}

TEST_CASE("a reader that is given up has read a topic when all its groups have", "[provider]") {
  Bed bed;
  bed.kafka->add("calls", 2);
  bed.kafka->ends = {{{"calls", 0}, 10}, {{"calls", 1}, 20}};
  bed.kafka->begins = {{{"calls", 1}, 8}};
  const std::vector<ResourceId> ids{{"kafka", "Drain", "default", "app.sink.in:calls"}};
  const auto answer = [&] {
    const std::vector<Readiness> all = must(bed.provider->readiness(ids, {}));
    return all.at(0).state == Readiness::State::ready ? "ready" : all.at(0).reason;
  };
  auto& groups = bed.kafka->consumer_groups;
  CHECK(answer() == "group app.sink.in has committed nothing of topic calls, which holds 22 records");
  groups["app.sink.in"] = {{"Stable", 2, {"calls"}}, {{{"calls", 0}, 7}, {{"calls", 1}, 5}}};
  groups["app.sink.in.6f1c"] = {{"Stable", 1, {"calls"}}, {{{"calls", 0}, 10}, {{"calls", 1}, 19}}};
  groups["app.sink.inner"] = {{"Stable", 1, {"calls"}}, {{{"calls", 0}, 0}}};
  CHECK(answer() ==
        "group app.sink.in of 2 members has a lag of 15 records on topic calls; group app.sink.in.6f1c of 1 member has "
        "a lag of 1 record on topic calls");
  // What comes after the first question does not count.
  bed.kafka->ends = {{{"calls", 0}, 100}, {{"calls", 1}, 200}};
  groups["app.sink.in"].committed = {{{"calls", 0}, 10}, {{"calls", 1}, 20}};
  CHECK(answer() == "group app.sink.in.6f1c of 1 member has a lag of 1 record on topic calls");
  bed.kafka->before_call = [](const std::string& call) -> std::optional<Error> {
    if (call != "committed") return std::nullopt;
    return Error{ErrorKind::unavailable, "coordinator not available"};
  };
  CHECK(answer() == "coordinator not available");
  bed.kafka->before_call = nullptr;
  groups["app.sink.in.6f1c"].committed = {{{"calls", 0}, 10}, {{"calls", 1}, 20}};
  CHECK(answer() == "ready");
}

TEST_CASE("a topic that nobody reads any more is not waited for to the end", "[provider]") {
  Bed bed;
  bed.kafka->add("calls", 1);
  bed.kafka->ends = {{{"calls", 0}, 10}};
  const std::vector<ResourceId> ids{{"kafka", "Drain", "default", "app.sink.in:calls"}};
  const auto answer = [&] { return must(bed.provider->readiness(ids, {})).at(0); };
  auto& group = bed.kafka->consumer_groups["app.sink.in"];
  group = {{"Empty", 0, {}}, {{{"calls", 0}, 7}}};
  const std::string words =
      "nobody reads for group app.sink.in, which has a lag of 3 records on topic calls: `cloudflow status` says what "
      "its pods do";
  CHECK(answer().reason == words);
  bed.clock.advance(nobody_reads_after - std::chrono::seconds(1));
  SECTION("after a while without members and without progress") {
    CHECK(answer().state == Readiness::State::waiting);
    bed.clock.advance(std::chrono::seconds(1));
    const Readiness over = answer();
    CHECK(over.state == Readiness::State::failed);
    CHECK(over.reason == words + "; that was so for 60 s; when what is left is not needed: run it without --drain");
  }
  SECTION("a member that comes begins anew") {
    group.info = {"Stable", 1, {"calls"}};
    CHECK(answer().reason == "group app.sink.in of 1 member has a lag of 3 records on topic calls");
    bed.clock.advance(nobody_reads_after);
    group.info = {"Empty", 0, {}};
    CHECK(answer().state == Readiness::State::waiting);
  }
  SECTION("so does what is committed") {
    group.committed = {{{"calls", 0}, 8}};
    CHECK(answer().state == Readiness::State::waiting);
    bed.clock.advance(std::chrono::seconds(1));
    CHECK(answer().state == Readiness::State::waiting);
  }
  SECTION("not where Kafka does not know who reads") {
    group.info.only_commits = true;
    bed.clock.advance(nobody_reads_after * 3);
    CHECK(answer().reason ==
          "group app.sink.in, whose members Kafka does not know, has a lag of 3 records on topic calls");
    bed.clock.advance(nobody_reads_after * 3);
    CHECK(answer().state == Readiness::State::waiting);
  }
}

TEST_CASE("whether the end of a reader can be waited for", "[provider]") {
  Bed bed;
  bed.kafka->add("calls", 1);
  bed.kafka->ends = {{{"calls", 0}, 10}};
  auto& groups = bed.kafka->consumer_groups;
  groups["app.behind.in"] = {{"Stable", 1, {"calls"}}, {{{"calls", 0}, 7}}};
  groups["app.streams.in"] = {.committed = {{{"calls", 0}, 7}}, .opaque = true};
  groups["app.share.in"] = {.opaque = true};
  groups["app.denied.in"] = {.hidden = Error{ErrorKind::denied, "Group authorization failed"}};
  const auto obstacles = [&](const std::string& name, const std::string& cluster = "default") {
    const std::vector<ResourceId> ids{{"kafka", "Drain", cluster, "app." + name + ".in:calls"}};
    return must(bed.provider->unread(ids, {})).at(0).size();
  };
  CHECK(obstacles("behind") == 0);
  CHECK(obstacles("new") == 0);
  CHECK(obstacles("streams") == 0);
  CHECK(obstacles("share") == 1);
  CHECK(obstacles("denied") == 1);
  CHECK(obstacles("behind", "west") == 1);
}

TEST_CASE("a topic whose readers come to an end is deleted when they have", "[provider]") {
  Bed bed;
  bed.kafka->add("old", 1);
  bed.kafka->ends = {{{"old", 0}, 10}};
  auto& groups = bed.kafka->consumer_groups;
  groups["app.sink.in"] = {{"Stable", 1, {"old"}}, {{{"old", 0}, 7}}};
  bed.provider->expect_end_of("app.");
  const std::string use = "group app.sink.in: 1 member, lag 3";
  SECTION("those of this application") {
    const Change change = bed.plan_removal("old");
    CHECK(change.refused == std::nullopt);
    CHECK(change.notes ==
          std::vector<std::string>{use, "--drain: it is deleted when nobody uses it any more; otherwise it stays"});
    int looks = 0;  // the member leaves while we look
    bed.kafka->before_call = [&](const std::string& call) -> std::optional<Error> {
      if (call == "describe_groups" && ++looks == 3) groups["app.sink.in"] = {{"Empty", 0, {}}, {{{"old", 0}, 10}}};
      return std::nullopt;
    };
    CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
    CHECK(bed.kafka->topics.empty());
    CHECK(looks >= 3);
  }
  SECTION("not when they never do") {
    const Change change = bed.plan_removal("old");
    CHECK(failed(bed.provider->apply(change, {})) == "topic/old: stays: " + use);
    CHECK(bed.kafka->topics.size() == 1);
  }
  SECTION("nor others") {
    groups["application"] = {{"Stable", 1, {"old"}}, {}};
    CHECK(bed.plan_removal("old").refused.value_or("") == "group application: 1 member, no committed offset");
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

TEST_CASE("a cluster that is restarted is asked again, one that was never there is not", "[provider][outage]") {
  std::vector<std::string> said;
  log::configure(log::Level::warn, [&](log::Level, std::string_view line) { said.emplace_back(line); });
  Bed bed;
  const Error away{ErrorKind::unavailable, "Connection refused"};
  int down = 0;
  bed.kafka->before_call = [&](const std::string&) -> std::optional<Error> {
    if (down <= 0) return std::nullopt;
    --down;
    return away;
  };
  const std::vector<Resource> desired{topic("t", Json::object())};
  down = 1;
  CHECK_FALSE(bed.provider->read(desired, {}, {}));
  CHECK(said.empty());
  REQUIRE(bed.provider->read(desired, {}, {}));
  down = 20;
  CHECK(bed.provider->read(desired, {}, {}));
  CHECK(said.size() <= 1);  // none where another test had the outage before
  down = 1'000'000;
  const auto before = bed.clock.now();
  const auto failed_read = bed.provider->read(desired, {}, {});
  REQUIRE_FALSE(failed_read);
  CHECK(failed_read.error().message == "Connection refused");
  CHECK(bed.clock.now() - before >= std::chrono::seconds(50));
  CHECK(bed.clock.now() - before <= std::chrono::seconds(130));
  CHECK(said.size() <= 1);
  log::reset();
}

TEST_CASE("a coordinator that still loads holds up no removal", "[provider][outage]") {
  Bed bed;
  bed.kafka->add("t", 1);
  bed.kafka->consumer_groups["g"] = {};
  const Change change = bed.plan_removal("t");
  int loading = 3;
  bed.kafka->before_call = [&](const std::string& call) -> std::optional<Error> {
    if (call != "committed" || loading-- <= 0) return std::nullopt;
    return Error{ErrorKind::unavailable, "Coordinator load in progress"};
  };
  CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
  CHECK(bed.kafka->topics.empty());
  CHECK(bed.count("committed") >= 4);
  // One group among others, too.
  bed.kafka->add("u", 1);
  const Change other = bed.plan_removal("u");
  loading = 3;
  bed.kafka->before_call = [&](const std::string& call) -> std::optional<Error> {
    if (call != "committed") return std::nullopt;
    bed.kafka->consumer_groups["g"].hidden =
        loading-- > 0 ? std::optional(Error{ErrorKind::unavailable, "Coordinator load in progress"}) : std::nullopt;
    return std::nullopt;
  };
  CHECK(failed(bed.provider->apply(other, {})) == "succeeded");
  CHECK(bed.kafka->topics.empty());
}

TEST_CASE("a write whose answer got lost and that is not visible may be made again", "[provider][outage]") {
  Bed bed;
  const Change change = bed.plan(topic("t", {{"partitions", 6}}), {});
  bed.kafka->rejected["t"] = Error{ErrorKind::timeout, "timed out"};
  const Result<void> lost = bed.provider->apply(change, {});
  REQUIRE_FALSE(lost);
  CHECK(lost.error().kind == ErrorKind::unavailable);
  bed.kafka->rejected.clear();
  CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
  CHECK(failed(bed.provider->apply(change, {})) == "succeeded");
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

TEST_CASE("many topics may be applied at the same time", "[provider]") {
  Bed bed;
  std::vector<Change> changes;
  for (int i = 0; i < 64; ++i)
    changes.push_back(must(bed.provider->compare(
        std::make_unique<Resource>(topic(fmt::format("t{}", i), Json::object())).get(), nullptr)));
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> workers;
    for (const Change& change : changes) {
      workers.emplace_back([&] {
        if (bed.provider->apply(change, {})) ++done;
      });
    }
  }
  CHECK(done == 64);
  CHECK(bed.kafka->topics.size() == 64);
}

TEST_CASE("lag counts what a group has not read", "[provider]") {
  Bed bed;
  bed.kafka->add("t", 2);
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
  bed.kafka->consumer_groups["app.in"].info.assignments = {{"t"}, {"u"}};
  CHECK(must(bed.provider->lag("default", {{"app.in", {"t"}}}, {})).at(0).members == 1);
}

TEST_CASE("the lag of a group whose protocol cannot be looked into is told as far as it is known", "[provider]") {
  Bed bed;
  bed.kafka->add("t", 1);
  bed.kafka->ends = {{{"t", 0}, 10}};
  bed.kafka->consumer_groups["shared"] = {.opaque = true};
  bed.kafka->consumer_groups["streams"] = {.committed = {{{"t", 0}, 4}}, .opaque = true};
  const std::vector<GroupLag> lag =
      must(bed.provider->lag("default", {{"never", {"t"}}, {"shared", {"t"}}, {"streams", {"t"}}}, {}));
  REQUIRE(lag.size() == 3);
  CHECK(lag[0].state == "none");
  CHECK(lag[0].unknown.empty());
  CHECK(lag[1].state == "not known");
  CHECK(lag[1].lag == -1);
  CHECK(lag[1].unknown == "a share or streams group, whose members cannot be seen");
  CHECK(lag[2].state == "not known");
  CHECK(lag[2].lag == 6);
}

}  // namespace cloudflow::testing
