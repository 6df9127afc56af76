// Whose a topic is, by the real binary on real servers: adoption by name, by policy and as a whole; topics that others
// make under a name that this application asks for.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch_all.hpp>
#include <memory>
#include <optional>

#include "tests/e2e/running.h"
#include "tests/e2e/world.h"
#include "tests/support/kafka_actor.h"
#include "tests/support/kafka_proxy.h"
#include "tests/support/kafkabed.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;

namespace {

/// An application of one writer and one topic, and somebody else who works on the same Kafka.
struct Shared {
  World world{"whose"};
  std::unique_ptr<KafkaActor> others{};
  std::string bootstrap{};
  std::string topic = world.topic("calls");
  std::string id = "topic/" + topic;

  explicit Shared(std::string brokers = World::brokers()) : bootstrap(std::move(brokers)) {
    auto started = KafkaActor::start(CLOUDFLOW_SOURCE_DIR, bootstrap);
    REQUIRE(started);
    others = *std::move(started);
    ask_for(2);
  }

  void ask_for(int partitions, const std::string& policy = "") {
    world.write("cloudflow.yaml", fmt::format(R"(application: {0}
version: 1.0.0
blueprint: one.conf
environments:
  test:
    kubernetes: {{namespace: {1}}}
    kafka:
      default: {{bootstrap-servers: "{2}", partitions: {3}, replicas: 1}}
{4})",
                                              world.application(), world.ns(), bootstrap, partitions, policy));
    world.write("one.conf", fmt::format(R"(blueprint {{
  streamlets {{ writer {{ image = "registry.example.com/writer:1", outlets {{ out = bytearray }} }} }}
  topics {{ calls {{ producers = [writer.out], topic {{ name = {} }} }} }}
}}
)",
                                        topic));
    world.commit(fmt::format("{} partitions", partitions));
  }

  void do_as_others(const std::string& command) const {
    const Result<void> done = others->run(command);
    INFO((done ? "" : done.error().message));
    REQUIRE(done);
  }
  void make(int partitions, int records) const {
    do_as_others(fmt::format("make {} {}", topic, partitions));
    for (int i = 0; i < records; ++i) do_as_others(fmt::format("write {} 0 1700000000000", topic));
  }
  void make_again() const {
    do_as_others("drop " + topic);
    make(2, 1);
  }
  /// Somebody deletes the topic, which has to be there.
  void drop() const { do_as_others("drop " + topic); }

  /// What the record has in the place of the topic's id: "(none)" for a name alone, nothing when it is not recorded.
  std::optional<std::string> recorded() const {
    const Json map = world.get("api/v1", "configmaps", "cloudflow-" + world.application());
    if (map.is_null()) return std::nullopt;
    const Json record = Json::parse(map.at("data").at("inventory.json").get<std::string>());
    for (const auto& [cluster, topics] : record.at("topics").items()) {
      for (const Json& name : topics) {
        if (name != topic) continue;
        const Json* ids = find(record, {"topic_ids", cluster});
        return ids == nullptr ? "(none)" : ids->value(topic, "(none)");
      }
    }
    return std::nullopt;
  }
  bool is_recorded_with_id() const { return recorded().value_or("").size() > 16; }

  std::string planned() const { return world.run({"plan"}).output; }
  /// The topic stays, with its records, whatever this application does.
  void check_that_it_stays(const std::string& why, int destroyed = 0) {
    ask_for(3);
    CHECK_THAT(planned(), ContainsSubstring(why));
    const std::string output = world.expect(destroyed, {"destroy", "--delete-topics", "--yes"}).output;
    CHECK_THAT(output, !ContainsSubstring("loses the topic") || ContainsSubstring(why));
    CHECK(recorded().has_value() == (destroyed != 0));
    drop();
  }
};

constexpr const char* gone = "the topic that this application created is gone; somebody made this one";
constexpr const char* refused_with_ids = "is gone, and somebody made this one of the same name (id ";
constexpr const char* not_ours = "refused: the topic exists and was not created by this application";

/// The same on a Kafka of its own, behind a proxy that can act between any two requests.
struct Proxied {
  static constexpr int create_topics = 19;
  KafkaProxy proxy{};
  std::unique_ptr<Kafkabed> kafka{};
  std::unique_ptr<Shared> shared{};

  Proxied() {
    auto bed = start_behind(proxy);
    REQUIRE(bed);
    kafka = *std::move(bed);
    shared = std::make_unique<Shared>(fmt::format("127.0.0.1:{}", proxy.port()));
  }

  /// Runs apply; `what` happens before it asks Kafka to really make the topic, and says whether it may: first it only
  /// asks whether Kafka would.
  ProcessOutput apply(const std::function<bool(Running&)>& what) {
    Running apply(shared->world, {"apply", "--yes"});
    bool came = false;
    proxy.before(
        2,
        [&] {
          came = true;
          return what(apply);
        },
        create_topics);
    ProcessOutput output = apply.end();
    proxy.before(0, {});
    INFO(output.output << output.errors);
    CHECK(came);
    return output;
  }
};

}  // namespace

TEST_CASE("a topic that is adopted by name is this application's until others make it again",
          "[e2e][servers][ownership]") {
  Shared shared;
  World& world = shared.world;
  shared.make(2, 1);
  CHECK_THAT(world.expect(0, {"apply", "--yes"}).output + shared.planned(),
             ContainsSubstring("exists, was not created by this application and is used as it is"));
  CHECK(shared.recorded() == std::nullopt);
  const std::string taken = "note: " + shared.id +
                            " is taken over as it is; what differs is for the next plan\n\nPlan: 1 topic to take over, "
                            "as it is. Nothing else changes.\n";
  CHECK_THAT(world.expect(0, {"adopt", "--dry-run", shared.id}).output,
             ContainsSubstring(taken) && !ContainsSubstring("No changes"));
  CHECK(shared.recorded() == std::nullopt);

  CHECK_THAT(world.expect(0, {"adopt", "--yes", shared.id}).output,
             ContainsSubstring(taken) && !ContainsSubstring("No changes"));
  CHECK(shared.is_recorded_with_id());
  CHECK_THAT(world.expect(0, {"adopt", "--yes", shared.id}).output,
             Catch::Matchers::EndsWith("note: " + shared.id +
                                       " is this application's already\n\nNothing is to be taken over.\n"));
  world.expect(0, {"plan", "--detailed-exitcode"});

  const auto first = shared.recorded();
  shared.make_again();
  CHECK_THAT(shared.planned(), ContainsSubstring(gone));
  world.expect(0, {"apply", "--yes"});
  CHECK(shared.recorded() == first);

  SECTION("which leaves it theirs") { shared.check_that_it_stays(refused_with_ids, 3); }
  SECTION("and it is adopted again") {
    CHECK_THAT(world.expect(0, {"adopt", "--yes", shared.id}).output,
               ContainsSubstring(shared.id + " is taken over as it is"));
    CHECK(shared.is_recorded_with_id());
    CHECK(shared.recorded() != first);
    shared.ask_for(3);
    world.expect(0, {"apply", "--yes"});
    world.expect(0, {"destroy", "--delete-topics", "--yes"});
    CHECK_FALSE(shared.others->run("drop " + shared.topic));
  }
}

TEST_CASE("a topic that the policy names is taken over once, and not what takes its place",
          "[e2e][servers][ownership]") {
  Shared shared;
  World& world = shared.world;
  const std::string policy = "    policy: {adopt: [\"topic/*\"]}\n";
  shared.ask_for(2, policy);
  shared.make(2, 1);
  CHECK_THAT(shared.planned(), ContainsSubstring("1 topic exists already and is taken over: " + shared.topic));
  const Json document = world.plan();
  CHECK(document.at("takes_over") == Json::array({shared.id}));
  CHECK(document.at("has_changes") == true);
  world.expect(2, {"plan", "--detailed-exitcode"});
  world.expect(0, {"apply", "--yes"});
  CHECK(world.plan().at("takes_over") == Json::array());
  CHECK(shared.is_recorded_with_id());
  const auto first = shared.recorded();

  shared.make_again();
  CHECK_THAT(shared.planned(), ContainsSubstring(gone) && !ContainsSubstring("taken over"));
  world.expect(0, {"apply", "--yes"});
  CHECK(shared.recorded() == first);
  shared.ask_for(3, policy);
  CHECK_THAT(world.expect(3, {"apply", "--yes"}).output, ContainsSubstring(refused_with_ids));
  shared.check_that_it_stays(refused_with_ids, 3);
}

TEST_CASE("topics that a whole application's adoption takes over are recorded with their ids",
          "[e2e][servers][ownership]") {
  Shared shared;
  World& world = shared.world;
  shared.make(2, 1);
  world.expect(0, {"apply", "--yes"});
  const std::vector<std::string> adopt{"adopt", "--yes", "--operator-namespace", world.ns()};
  CHECK_THAT(world.expect(0, adopt).output, ContainsSubstring("1 topic taken over as they are: " + shared.topic));
  CHECK(shared.is_recorded_with_id());
  const auto first = shared.recorded();
  CHECK_THAT(world.expect(0, adopt).output, !ContainsSubstring("taken over"));

  shared.make_again();
  SECTION("what takes their place is not this application's") { shared.check_that_it_stays(refused_with_ids, 3); }
  SECTION("unless it is adopted as well") {
    CHECK_THAT(world.expect(0, adopt).output, ContainsSubstring("1 topic taken over as they are: " + shared.topic));
    CHECK(shared.is_recorded_with_id());
    CHECK(shared.recorded() != first);
  }
}

TEST_CASE("an apply that changes nothing completes the record of an older version with ids",
          "[e2e][servers][ownership]") {
  Shared shared;
  World& world = shared.world;
  world.expect(0, {"apply", "--yes"});
  REQUIRE(shared.is_recorded_with_id());
  const auto first = shared.recorded();
  const std::string name = "cloudflow-" + world.application();
  Json record = Json::parse(world.get("api/v1", "configmaps", name).at("data").at("inventory.json").get<std::string>());
  record.erase("topic_ids");
  world.merge_patch("api/v1", "configmaps/" + name, {{"data", {{"inventory.json", dump(record)}}}}, "cloudflow");
  REQUIRE(shared.recorded() == "(none)");
  CHECK_THAT(world.expect(0, {"apply", "--yes"}).output, ContainsSubstring("No changes."));
  CHECK(shared.recorded() == first);
  shared.make_again();
  shared.check_that_it_stays(refused_with_ids, 3);
}

TEST_CASE("a topic that others make between the plan and its creation stays theirs", "[e2e][servers][ownership]") {
  Proxied proxied;
  Shared& shared = *proxied.shared;
  SECTION("as it was asked for") {
    const ProcessOutput output = proxied.apply([&](Running&) {
      shared.make(2, 1);
      return true;
    });
    CHECK(output.status == 0);
    CHECK_THAT(
        output.output + output.errors,
        ContainsSubstring(shared.id + " was made by somebody else meanwhile, as it is asked for: it stays theirs"));
  }
  SECTION("otherwise") {
    const ProcessOutput output = proxied.apply([&](Running&) {
      shared.make(1, 1);
      return true;
    });
    CHECK(output.status != 0);
    CHECK_THAT(output.errors, ContainsSubstring("was created by somebody else since the plan and differs"));
  }
  CHECK(shared.recorded() == std::nullopt);
  shared.check_that_it_stays(not_ours);
}

TEST_CASE("a topic that others make after a run was killed before it made it", "[e2e][servers][ownership][kill]") {
  Proxied proxied;
  Shared& shared = *proxied.shared;
  World& world = shared.world;
  proxied.apply([](Running& run) {
    run.signal(SIGKILL);
    return false;
  });
  world.run({"unlock"});
  REQUIRE(shared.recorded() == "");
  SECTION("stays theirs once it holds records") {
    shared.make(2, 1);
    CHECK_THAT(shared.planned(), ContainsSubstring("exists, was not created by this application and is used as it is"));
    world.expect(0, {"apply", "--yes"});
    CHECK(shared.recorded() == "");
    shared.check_that_it_stays(not_ours);
  }
  SECTION("is taken for this application's while it is empty, and that is said") {
    shared.make(2, 0);
    CHECK_THAT(shared.planned(),
               ContainsSubstring("is taken for the topic that an apply was about to create when it was cut short"));
    world.expect(0, {"apply", "--yes"});
    CHECK(shared.is_recorded_with_id());
    shared.do_as_others(fmt::format("write {} 0 1700000000000", shared.topic));
    CHECK_THAT(shared.planned(), !ContainsSubstring("is taken for"));
    world.expect(0, {"destroy", "--delete-topics", "--yes"});
    CHECK_FALSE(shared.others->run("drop " + shared.topic));
  }
}

TEST_CASE("a topic of another application is named when it is adopted, and goes when one of the two is gone",
          "[e2e][servers][ownership]") {
  Shared first;
  first.world.expect(0, {"apply", "--yes"});
  Shared second;
  second.topic = first.topic;
  second.id = first.id;
  const std::string owner = fmt::format("application {} of namespace {}", first.world.application(), first.world.ns());

  // A policy means what is nobody's.
  second.ask_for(2, "    policy: {adopt: [\"topic/*\"]}\n");
  CHECK_THAT(second.world.expect(0, {"apply", "--yes"}).output, ContainsSubstring(second.id + " was made by " + owner));
  CHECK_FALSE(second.recorded());
  CHECK_THAT(second.world.expect(0, {"adopt", second.id, "--yes"}).output,
             ContainsSubstring(second.id + " is in the record of " + owner + ": while both run neither deletes it"));
  CHECK(second.recorded() == first.recorded());

  CHECK_THAT(second.world.expect(0, {"destroy", "--yes", "--delete-topics"}).output,
             ContainsSubstring(second.id + " stays: " + owner + " has it in its record, too"));
  CHECK_THAT(first.world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  CHECK_THAT(first.world.expect(0, {"destroy", "--yes", "--delete-topics"}).output,
             ContainsSubstring("- " + first.id) && ContainsSubstring("6 removed"));
}

TEST_CASE("a topic that another application uses goes only when that one is gone", "[e2e][servers][ownership]") {
  Shared first;
  first.world.expect(0, {"apply", "--yes"});
  Shared second;
  second.topic = first.topic;
  const bool is_checked = GENERATE(true, false);
  CAPTURE(is_checked);
  second.ask_for(2);
  if (is_checked) second.world.replace("one.conf", "topic {", "managed = no, topic {");
  if (is_checked) second.world.commit("Somebody else manages it");
  second.world.expect(0, {"apply", "--yes"});
  CHECK_FALSE(second.recorded());
  const std::string stays = fmt::format("{} stays: application {} of namespace {} uses it", first.id,
                                        second.world.application(), second.world.ns());

  first.world.replace("one.conf", "name = " + first.topic, "name = " + first.topic + "-v2");
  first.world.commit("Writes to another topic");
  CHECK_THAT(first.world.expect(0, {"plan", "--delete-topic", first.topic}).output,
             ContainsSubstring(stays) && !ContainsSubstring("- " + first.id));
  first.ask_for(2);
  // As it is where an older version has deployed the other one: an apply that changes nothing writes it down.
  const std::string map = "cloudflow-" + second.world.application();
  Json record =
      Json::parse(second.world.get("api/v1", "configmaps", map).at("data").at("inventory.json").get<std::string>());
  record["last"].erase("uses");
  second.world.merge_patch("api/v1", "configmaps/" + map, {{"data", {{"inventory.json", dump(record)}}}}, "kubectl");
  CHECK_THAT(second.world.expect(0, {"apply", "--yes"}).output, ContainsSubstring("No changes."));

  CHECK_THAT(first.world.expect(0, {"destroy", "--yes", "--delete-topics"}).output, ContainsSubstring(stays));
  CHECK_THAT(second.world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  second.world.expect(0, {"destroy", "--yes"});
  CHECK_THAT(first.world.expect(0, {"destroy", "--yes", "--delete-topics"}).output,
             ContainsSubstring("- " + first.id) && ContainsSubstring("1 removed"));
}

TEST_CASE("the last topic that leaves the source is not forgotten", "[e2e][servers][ownership]") {
  Shared shared;
  shared.world.expect(0, {"apply", "--yes"});
  shared.world.write("one.conf", "blueprint { streamlets { web { image = \"registry.example.com/web:1\" } } }\n");
  shared.world.commit("No topic");
  CHECK_THAT(shared.planned(), ContainsSubstring(shared.id + " is no longer in the blueprint and stays as it is"));
  CHECK_THAT(shared.world.expect(0, {"plan", "--delete-topic", shared.topic}).output,
             ContainsSubstring("- " + shared.id) && !ContainsSubstring("deletes nothing"));
  shared.world.expect(0, {"apply", "--yes"});
  CHECK(shared.is_recorded_with_id());
  CHECK_THAT(shared.world.expect(0, {"destroy", "--yes", "--delete-topics"}).output,
             ContainsSubstring("- " + shared.id));
  CHECK_FALSE(shared.recorded());
  CHECK_FALSE(shared.others->run("drop " + shared.topic));
}

TEST_CASE("a destroy leaves only what is refused, and says so each time", "[e2e][servers][ownership]") {
  Shared shared;
  World& world = shared.world;
  shared.ask_for(2, fmt::format("    policy: {{protect: [\"{}\"]}}\n", shared.id));
  world.expect(0, {"apply", "--yes"});
  const std::string refused = "refused: the environment's policy protects it";
  const std::string stays = "what is refused stays, and the record with it; all else goes";
  CHECK_THAT(world.expect(3, {"destroy", "--yes", "--delete-topics"}).output,
             ContainsSubstring(refused) && ContainsSubstring(stays) && ContainsSubstring("removed, 1 refused") &&
                 !ContainsSubstring("it waits for"));
  CHECK(world.get("apis/apps/v1", "deployments", world.application() + "-writer").is_null());
  CHECK(world.get("api/v1", "secrets", "writer").is_null());
  CHECK(world.get("api/v1", "configmaps", "cloudflow-" + world.application() + "-contracts").is_null());
  CHECK(shared.is_recorded_with_id());
  // Again: the same reason, and nothing of what has gone.
  CHECK_THAT(world.expect(3, {"destroy", "--yes", "--delete-topics"}).output,
             ContainsSubstring(refused) && ContainsSubstring(stays) && ContainsSubstring("0 removed, 1 refused") &&
                 !ContainsSubstring("secret/"));
  // Who does not ask for it to go has all that was asked for.
  CHECK_THAT(world.expect(0, {"destroy", "--yes"}).output, !ContainsSubstring(refused));
  CHECK(shared.is_recorded_with_id());
  shared.ask_for(2);
  world.expect(0, {"destroy", "--yes", "--delete-topics"});
  CHECK_FALSE(shared.recorded());
  CHECK_FALSE(shared.others->run("drop " + shared.topic));
}

TEST_CASE("the last topic on one of two clusters that leaves the source is not forgotten",
          "[e2e][servers][ownership]") {
  auto bed = Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {});
  REQUIRE(bed);
  Shared shared;
  World& world = shared.world;
  const std::string far = world.topic("far");
  const auto ask = [&](const std::string& streamlets, const std::string& topics) {
    world.write(
        "one.conf",
        fmt::format("blueprint {{\n  streamlets {{ writer {{ image = \"registry.example.com/writer:1\", outlets "
                    "{{ out = bytearray }} }}\n {} }}\n  topics {{ calls {{ producers = [writer.out], topic {{ "
                    "name = {} }} }}\n {} }}\n}}\n",
                    streamlets, shared.topic, topics));
    world.commit("Topics on two clusters");
  };
  const std::string streamlet =
      "sink { image = \"registry.example.com/sink:1\", inlets { in = bytearray } }, source { image = "
      "\"registry.example.com/source:1\", outlets { out = bytearray } }";
  world.replace("cloudflow.yaml", "      default:",
                fmt::format("      far: {{bootstrap-servers: \"{}\", partitions: 1, "
                            "replicas: 1}}\n      default:",
                            (*bed)->bootstrap()));
  ask(streamlet,
      fmt::format("far {{ cluster = far, producers = [source.out], consumers = [sink.in], topic {{ name = {} "
                  "}} }}",
                  far));
  world.expect(0, {"apply", "--yes"});
  auto there = KafkaActor::start(CLOUDFLOW_SOURCE_DIR, (*bed)->bootstrap());
  REQUIRE(there);
  REQUIRE((*there)->run(fmt::format("write {} 0 1700000000000", far)));

  ask("", "");
  CHECK_THAT(shared.planned(),
             ContainsSubstring(fmt::format("topic/{} is no longer in the blueprint and stays as it is", far)) &&
                 ContainsSubstring(fmt::format("may lose records of topic {0} that group {1}.sink.in has not read", far,
                                               world.application())) &&
                 ContainsSubstring("kafka far ") && !ContainsSubstring("not configured"));
  world.expect(0, {"apply", "--yes"});
  CHECK_THAT(shared.planned(), ContainsSubstring(far) && ContainsSubstring("No changes."));

  // A cluster that the environment does not name any more is not looked at, which is said.
  const std::string with = world.get("api/v1", "configmaps", "cloudflow-" + world.application()).dump();
  CHECK_THAT(with, ContainsSubstring(far));
  world.replace("cloudflow.yaml", "      far:", "      elsewhere:");
  world.replace("cloudflow.yaml", (*bed)->bootstrap(), World::brokers());
  CHECK_THAT(shared.planned(), ContainsSubstring("this application made 1 topic on Kafka cluster ") &&
                                   ContainsSubstring(fmt::format("({})", far)));
  world.replace("cloudflow.yaml", "      elsewhere: {bootstrap-servers: \"" + World::brokers(),
                "      far: {bootstrap-servers: \"" + (*bed)->bootstrap());

  world.expect(0, {"destroy", "--yes", "--delete-topics"});
  CHECK_FALSE(shared.recorded());
  CHECK_FALSE((*there)->run("drop " + far));
}

TEST_CASE("a destroy without the record says that topics are not known any more", "[e2e][servers][ownership]") {
  Shared shared;
  shared.world.expect(0, {"apply", "--yes"});
  shared.world.remove("api/v1", "configmaps", "cloudflow-" + shared.world.application());
  const ProcessOutput destroyed = shared.world.expect(0, {"destroy", "--yes", "--delete-topics"});
  CHECK_THAT(destroyed.output, ContainsSubstring("those that this application made stay, unless they are adopted"));
}
