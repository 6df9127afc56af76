// What an application's readers have not read, when a plan gives them up.
#include <fmt/format.h>
#include <catch2/catch_all.hpp>

#include <algorithm>
#include <chrono>
#include <memory>

#include "sdk/support/text.h"
#include "tests/e2e/world.h"
#include "tests/support/eventually.h"
#include "tests/support/kafka_actor.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::eventually;
using cloudflow::testing::KafkaActor;
using cloudflow::testing::World;

namespace {

/// The application with five records for its logger, of which it has read two.
struct Behind {
  World world{"readers"};
  std::unique_ptr<KafkaActor> actor{};
  std::string topic = world.topic("invalid-records");
  std::string group = world.application() + ".logger.in";

  Behind() {
    world.expect(0, {"apply", "--yes"});
    auto started = KafkaActor::start(CLOUDFLOW_SOURCE_DIR, World::brokers());
    REQUIRE(started);
    actor = *std::move(started);
    write(5);
    read_up_to(2);
  }

  void write(int records) const {
    const long long now =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    for (int i = 0; i < records; ++i) REQUIRE(actor->run(fmt::format("write {} 0 {}", topic, now)));
  }

  void read_up_to(int offset) const { REQUIRE(actor->run(fmt::format("commit {} {} 0 {}", group, topic, offset))); }
  bool runs(const std::string& streamlet) const {
    return !world.get("apis/apps/v1", "deployments", world.application() + "-" + streamlet).is_null();
  }
  std::string lag() const {
    return fmt::format(
        "drain/{0}:{1}: not ready after 4 s: group {0}, whose members Kafka does not know, has a lag of 3 records on "
        "topic {1}",
        group, topic);
  }
};

}  // namespace

TEST_CASE("a topic that is renamed before it is read loses records, and the plan says which", "[e2e][servers]") {
  Behind behind;
  World& world = behind.world;
  const std::string& topic = behind.topic;
  const std::string& group = behind.group;
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  CHECK_THAT(world.expect(0, {"status"}).output, ContainsSubstring(group));

  world.replace("cloudflow.yaml", topic, topic + "-v2");
  world.commit("Rename a topic");
  const std::string loss = fmt::format("! loses 3 records of topic {} that group {} has not read", topic, group);
  CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring(loss) &&
                                                   ContainsSubstring(fmt::format("topic {{ name = \"{}\" }}", topic)) &&
                                                   ContainsSubstring("loses data."));
  // It reads the old one until that is applied.
  const Json status = Json::parse(world.expect(0, {"status", "--format", "json"}).output);
  const auto inlet =
      std::ranges::find_if(status.at("inlets"), [](const Json& one) { return one.at("streamlet") == "logger"; });
  REQUIRE(inlet != status.at("inlets").end());
  CHECK(inlet->at("topic") == topic);
  CHECK(inlet->at("lag") == 3);
  // Once it has been read, its writer still writes until both change.
  behind.read_up_to(5);
  CHECK_THAT(world.expect(0, {"plan"}).output,
             ContainsSubstring(fmt::format("! may lose what validation.invalid still writes to topic {} before "
                                           "logger.in leaves it",
                                           topic)) &&
                 ContainsSubstring(fmt::format("to have topic {} read to its end by logger.in first: --drain", topic)));
  // Once that is stopped as well, nothing is lost.
  const std::string writer = world.application() + "-validation";
  world.merge_patch("apis/apps/v1", "deployments/" + writer, {{"spec", {{"replicas", 0}}}}, "kubectl");
  REQUIRE(eventually(
      [&] { return int_at(world.get("apis/apps/v1", "deployments", writer), {"status", "replicas"}, 0) == 0; }));
  CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring("loses no data."));
}

TEST_CASE("what a streamlet has not read is said although its Secret was edited or deleted", "[e2e][servers]") {
  Behind behind;
  World& world = behind.world;
  const std::string loss =
      fmt::format("! loses 3 records of topic {} that group {} has not read", behind.topic, behind.group);
  world.replace("cloudflow.yaml", behind.topic, behind.topic + "-v2");
  world.commit("Rename a topic");
  world.merge_patch("api/v1", "secrets/logger", {{"data", {{"application.conf", nullptr}}}}, "kubectl");
  CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring(loss));
  world.remove("api/v1", "secrets", "logger");
  CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring(loss));
  CHECK_THAT(world.run({"destroy"}).output, ContainsSubstring(loss));
}

TEST_CASE("what a reader wired to another topic by hand has not read is said of both topics", "[e2e][servers]") {
  Behind behind;
  World& world = behind.world;
  const std::string loss =
      fmt::format("! loses 3 records of topic {} that group {} has not read", behind.topic, behind.group);
  const std::string other = behind.topic + "-other";
  REQUIRE(behind.actor->run(fmt::format("make {} 1", other)));
  REQUIRE(behind.actor->run(fmt::format("write {} 0 1700000000000", other)));
  std::string text;
  REQUIRE(from_base64(string_at(world.get("api/v1", "secrets", "logger"), {"data", "secret.conf"}), text));
  const std::string name = dump(Json(behind.topic));
  REQUIRE(text.find(name) != std::string::npos);
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
    text.replace(at, name.size(), dump(Json(other)));
  world.merge_patch("api/v1", "secrets/logger", {{"data", {{"secret.conf", to_base64(text)}}}}, "kubectl");
  const std::string other_loss = fmt::format(
      "! may lose records of topic {} that group {} has not read: it has committed nothing, and the topic holds 1 "
      "record",
      other, behind.group);
  // The plan that only takes that back leaves the pods where they are.
  CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring(other_loss) && !ContainsSubstring(loss));
  world.replace("cloudflow.yaml", behind.topic, behind.topic + "-v2");
  world.commit("Rename a topic");
  CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring(other_loss) && ContainsSubstring(loss));
  CHECK_THAT(world.expect(0, {"plan", "--drain"}).output,
             ContainsSubstring(loss) && ContainsSubstring(fmt::format("--drain cannot wait for group {} on topic {}\n",
                                                                      behind.group, behind.topic)));
  CHECK_THAT(world.run({"destroy"}).output, ContainsSubstring(other_loss) && ContainsSubstring(loss));
}

TEST_CASE("what a streamlet has not read is said although all of it was deleted by hand", "[e2e][servers]") {
  Behind behind;
  World& world = behind.world;
  const std::string loss =
      fmt::format("! loses 3 records of topic {} that group {} has not read", behind.topic, behind.group);
  world.remove("api/v1", "secrets", "logger");
  world.remove("apis/apps/v1", "deployments", world.application() + "-logger");
  CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring("loses no data."));  // it is made again
  const std::string record = "configmap/cloudflow-" + world.application() + "-contracts";
  CHECK_THAT(world.run({"destroy"}).output, ContainsSubstring("- " + record) && ContainsSubstring(loss));
  behind.read_up_to(5);
  CHECK_THAT(world.run({"destroy"}).output, !ContainsSubstring("- " + record) && !ContainsSubstring(loss));
}

TEST_CASE("a topic whose ports have no schema is renamed before it is read, and the plan says what may be lost",
          "[e2e][servers]") {
  World world("bytes");
  const std::string topic = world.topic("greetings");
  const auto project = [&](const std::string& name) {
    return fmt::format(R"(application: {0}
version: 1.0.0
blueprint: blueprint.yaml
environments:
  test:
    kubernetes: {{namespace: {1}}}
    kafka:
      default: {{bootstrap-servers: "{2}", partitions: 1, replicas: 1}}
    values: {{cloudflow: {{topics: {{greetings: {{topic: {{name: {3}}}}}}}}}}}
)",
                       world.application(), world.ns(), World::brokers(), name);
  };
  const std::string greeter = "    greeter: {image: \"registry.example.com/greeter:1\", outlets: {out: bytearray}}\n";
  const std::string printer = "    printer: {image: \"registry.example.com/printer:1\", inlets: {in: bytearray}}\n";
  const std::string consumers = ", consumers: [printer.in]";
  world.write("blueprint.yaml", "blueprint:\n  streamlets:\n" + greeter + printer +
                                    "  topics: {greetings: {producers: [greeter.out]" + consumers + "}}\n");
  world.write("cloudflow.yaml", project(topic));
  world.commit("Without schemas");
  world.expect(0, {"apply", "--yes"});
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  const auto actor = KafkaActor::start(CLOUDFLOW_SOURCE_DIR, World::brokers());
  REQUIRE(actor);
  const long long now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  for (int i = 0; i < 3; ++i) REQUIRE((*actor)->run(fmt::format("write {} 0 {}", topic, now)));

  world.write("cloudflow.yaml", project(topic + "-v2"));
  world.commit("Rename the topic");
  const std::string group = world.application() + ".printer.in";
  const std::string unread = fmt::format(
      "! may lose records of topic {} that group {} has not read: it has committed nothing, and the topic holds 3 "
      "records",
      topic, group);
  const std::string still = fmt::format("may lose what greeter.out still writes to topic {}", topic);
  CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring(unread) && ContainsSubstring(still));
  // As a version deployed it that recorded no ports without a schema.
  world.remove("api/v1", "configmaps", "cloudflow-" + world.application() + "-contracts");
  CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring(unread) && ContainsSubstring(still));
  world.write("cloudflow.yaml", project(topic));
  world.replace("blueprint.yaml", printer, "");
  world.replace("blueprint.yaml", consumers, "");
  world.commit("Nobody reads");
  CHECK_THAT(world.expect(0, {"plan"}).output,
             ContainsSubstring(
                 fmt::format("! may lose records of topic {} if {} reads them, which is not recorded", topic, group)) &&
                 !ContainsSubstring("loses no data"));
}

TEST_CASE("with --drain a topic is renamed when it has been read", "[e2e][servers]") {
  Behind behind;
  World& world = behind.world;
  world.replace("cloudflow.yaml", behind.topic, behind.topic + "-v2");
  world.commit("Rename a topic");
  CHECK_THAT(
      world.expect(0, {"plan"}).output,
      ContainsSubstring(fmt::format("to have topic {} read to its end by logger.in first: --drain", behind.topic)));
  CHECK_THAT(world.expect(0, {"plan", "--drain"}).output,
             ContainsSubstring(fmt::format("--drain: waits for validation.invalid to leave the topic, and until "
                                           "logger.in has read what topic {0} holds then; now there are 3 records of "
                                           "topic {0} that group {1} has not read",
                                           behind.topic, behind.group)) &&
                 ContainsSubstring("loses no data."));
  const ProcessOutput waited = world.expect(4, {"apply", "--drain", "--yes", "--deadline", "4"});
  CHECK_THAT(waited.errors, ContainsSubstring(behind.lag()));
  const std::vector<std::string> left = world.planned();
  const auto is_left = [&](const std::string& change) { return std::ranges::find(left, change) != left.end(); };
  CHECK(is_left("update deployment/" + world.application() + "-logger"));
  CHECK_FALSE(is_left("update deployment/" + world.application() + "-validation"));

  behind.read_up_to(5);
  world.expect(0, {"apply", "--drain", "--yes", "--deadline", "60"});
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
}

TEST_CASE("with --drain an application goes when what it wrote has been read, and its topics with it",
          "[e2e][servers]") {
  Behind behind;
  World& world = behind.world;
  const std::vector<std::string> command{"destroy", "--drain", "--delete-topics", "--yes", "--deadline"};
  const auto within = [&](const std::string& seconds) {
    std::vector<std::string> all = command;
    all.push_back(seconds);
    return all;
  };
  const ProcessOutput waited = world.expect(4, within("4"));
  CHECK_THAT(waited.output, ContainsSubstring("--drain: waits for validation.invalid to leave the topic"));
  CHECK_THAT(waited.errors, ContainsSubstring(behind.lag()));
  CHECK_FALSE(behind.runs("validation"));
  CHECK(behind.runs("logger"));
  // Whoever looks now is told, also that a plan would make it all again.
  CHECK_THAT(world.expect(0, {"status"}).output,
             ContainsSubstring("a destroy was begun at") &&
                 ContainsSubstring("and did not end; `cloudflow destroy` goes on with it"));
  CHECK_THAT(world.expect(0, {"plan"}).output,
             ContainsSubstring("a destroy was begun at") && ContainsSubstring("this plan makes again what it removed"));
  behind.write(1);

  behind.read_up_to(6);
  world.expect(0, within("60"));
  CHECK_FALSE(behind.runs("logger"));
  CHECK(world.list("api/v1", "configmaps").size() <= 1);  // Kubernetes has one of its own in every namespace
  const Result<void> gone = behind.actor->run(fmt::format("commit {} {} 0 1", behind.group, behind.topic));
  REQUIRE_FALSE(gone);
  CHECK_THAT(gone.error().message, ContainsSubstring("UnknownTopicOrPartition"));
}

TEST_CASE("a topic's setting that somebody changes by hand is drift, and one that git changes is git's",
          "[e2e][servers]") {
  Behind behind;
  World& world = behind.world;
  const auto causes = [&] {
    std::map<std::string, std::string> out;
    const Json plan = world.plan();
    for (const Json& change : plan.at("changes")) {
      if (change.at("address") != "topic/" + behind.topic) continue;
      for (const Json& field : change.at("fields")) out.emplace(field.at("path"), field.at("cause"));
    }
    return out;
  };
  REQUIRE(behind.actor->run(fmt::format("alter {} retention.ms 86400000", behind.topic)));
  REQUIRE(eventually([&] { return !causes().empty(); }));
  CHECK(causes() == std::map<std::string, std::string>{{"retention.ms", "drift"}});
  CHECK_THAT(world.expect(0, {"plan"}).output,
             ContainsSubstring("drift: changed since the last apply; by whom is not recorded"));
  world.replace("cloudflow.yaml", "name: " + behind.topic, "segment.ms: 3600000, name: " + behind.topic);
  world.commit("Another segment");
  CHECK(causes() == std::map<std::string, std::string>{{"retention.ms", "drift"}, {"segment.ms", "git"}});
}

TEST_CASE("a topic that another application made is used with its maker's name", "[e2e][servers]") {
  const World maker("maker");
  World user("user");
  maker.expect(0, {"apply", "--yes"});
  user.replace("cloudflow.yaml", user.topic("call-stats"), maker.topic("call-stats"));
  user.commit("Use a topic of others");
  const std::string note = fmt::format("topic/{} was made by application {} of namespace {}", maker.topic("call-stats"),
                                       maker.application(), maker.ns());
  CHECK_THAT(user.expect(0, {"plan"}).output, ContainsSubstring(note));
  // Once it is gone, and made again by this application, nobody else made it.
  maker.expect(0, {"destroy", "--delete-topics", "--yes"});
  CHECK_THAT(user.expect(0, {"plan"}).output, !ContainsSubstring("was made by application"));
}

TEST_CASE("the same application in a second namespace is named where both read by the same groups", "[e2e][servers]") {
  const World world("twice");
  world.expect(0, {"apply", "--yes"});
  const std::string other = world.ns() + "-b";
  const std::string note = fmt::format("{} is deployed in namespace {}, too, and shares consumer groups with it",
                                       world.application(), world.ns());
  CHECK_THAT(world.expect(0, {"plan", "-n", other}).output, ContainsSubstring(note));
  const Json plan = Json::parse(world.expect(0, {"plan", "-n", other, "--format", "json"}).output);
  CHECK_THAT(dump(plan.at("notes")), ContainsSubstring(note));
  CHECK_THAT(world.expect(0, {"plan"}).output, !ContainsSubstring("is deployed in namespace"));
}
