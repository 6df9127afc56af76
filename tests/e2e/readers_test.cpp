// What an application's readers have not read, when a plan gives them up.
#include <fmt/format.h>
#include <catch2/catch_all.hpp>

#include <chrono>

#include "tests/e2e/world.h"
#include "tests/support/kafka_actor.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::KafkaActor;
using cloudflow::testing::World;

TEST_CASE("a topic that is renamed before it is read loses records, and the plan says which", "[e2e]") {
  World world("readers");
  world.expect(0, {"apply", "--yes"});
  auto actor = KafkaActor::start(CLOUDFLOW_SOURCE_DIR, World::brokers());
  REQUIRE(actor);
  const std::string topic = world.topic("invalid-records");
  const std::string group = world.application() + ".logger.in";
  const long long now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  REQUIRE((*actor)->run(fmt::format("write {} 0 {} {} {} {} {}", topic, now, now, now, now, now)));
  REQUIRE((*actor)->run(fmt::format("commit {} {} 0 2", group, topic)));
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  CHECK_THAT(world.expect(0, {"status"}).output, ContainsSubstring(group));

  world.replace("cloudflow.yaml", topic, topic + "-v2");
  world.commit("Rename a topic");
  const std::string loss = fmt::format("! loses 3 records of topic {} that group {} has not read", topic, group);
  CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring(loss) &&
                                                   ContainsSubstring(fmt::format("topic {{ name = \"{}\" }}", topic)) &&
                                                   ContainsSubstring("loses data."));
  // Once it has been read, nothing is lost.
  REQUIRE((*actor)->run(fmt::format("commit {} {} 0 5", group, topic)));
  CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring("loses no data."));
}
