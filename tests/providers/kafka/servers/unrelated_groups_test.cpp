// Share and streams groups of a real broker, which no client of this kind can look into, and the deletion of topics.
#include <fmt/format.h>

#include <algorithm>

#include "tests/providers/kafka/topic_fixture.h"
#include "tests/support/kafka_actor.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

Change planned_removal(const std::string& servers, const std::string& name, std::vector<std::string> unrelated) {
  const auto provider = must(KafkaProvider::open(
      {{.name = "default", .bootstrap_servers = servers, .unrelated_groups = std::move(unrelated)}}, real_clock()));
  const Inventory inventory = owner_of(must(provider->cluster_ids({})).at("default"), {name});
  const std::vector<Live> live = must(provider->read({}, inventory, {}));
  REQUIRE(live.size() == 1);
  std::vector<Change> changes{must(provider->compare(nullptr, live.data()))};
  CHECK(must(provider->verify(changes, {})).empty());
  return changes[0];
}

}  // namespace

TEST_CASE("share and streams groups hold back a topic until policy says that they read others",
          "[servers][alone][slow]") {
  const std::string servers = must(shared_brokers(CLOUDFLOW_SOURCE_DIR));
  const auto actor = must(KafkaActor::start(CLOUDFLOW_SOURCE_DIR, servers));
  const auto provider = must(KafkaProvider::open({{.name = "default", .bootstrap_servers = servers}}, real_clock()));
  const Resource mine = topic(fresh_name("mine"), {{"partitions", 1}, {"replicas", 1}});
  const Resource theirs = topic(fresh_name("theirs"), {{"partitions", 1}, {"replicas", 1}});
  for (const Resource* one : {&mine, &theirs}) {
    must(provider->apply(must(provider->compare(one, nullptr)), {}));
    REQUIRE(is_ready(*provider, one->id));
    must(actor->run(fmt::format("write {} 0 1700000000000 1700000000001", one->id.name)));
  }
  const std::string share = fresh_name("team.share");
  const std::string streams = fresh_name("team.streams");
  const std::string reader = fresh_name("reader.streams");
  must(actor->run(fmt::format("read share {} {} 2", share, theirs.id.name)));
  must(actor->run(fmt::format("read streams {} {} 2", streams, theirs.id.name)));
  const std::string unknown = "and whether it reads this topic now cannot be seen";

  const std::string refused = planned_removal(servers, mine.id.name, {}).refused.value_or("");
  CHECK(refused == fmt::format("group {}: it is a share or streams group, {}; group {}: it is a streams group that has "
                               "read {}, {}",
                               share, unknown, streams, theirs.id.name, unknown));
  // One pattern names both.
  const Change freed = planned_removal(servers, mine.id.name, {"team.*"});
  CHECK(freed.refused == std::nullopt);
  CHECK(losses_of(freed) == std::vector<std::string>{"the topic with 2 records in 1 partition"});
  CHECK(std::ranges::find(freed.notes,
                          fmt::format("cannot be looked into, and policy says that they read other topics: groups {}, "
                                      "{}",
                                      share, streams)) != freed.notes.end());
  // What is seen to read the topic is not believed to be unrelated.
  must(actor->run(fmt::format("read streams {} {} 2", reader, mine.id.name)));
  CHECK(planned_removal(servers, mine.id.name, {"team.*", "reader.*"}).refused.value_or("") ==
        fmt::format("group {}: it is a streams group that has read {}, {}", reader, mine.id.name, unknown));

  must(actor->run(fmt::format("forget share {}", share)));
  must(actor->run(fmt::format("forget streams {}", streams)));
  must(actor->run(fmt::format("forget streams {}", reader)));
}

}  // namespace cloudflow::testing
