// Which readers a plan gives up, told by the wiring in Secrets before and after.
#include "planner/rollout/readers.h"

#include <fmt/format.h>
#include <catch2/catch_all.hpp>

#include <algorithm>

#include "planner/plan/make_plan.h"
#include "planner/rollout/deployed_contracts.h"
#include "sdk/support/text.h"
#include "tests/support/fake_provider.h"

namespace cloudflow::testing {
namespace {

using Wiring = std::map<std::string, std::string>;  ///< port → topic

Json secret_of(const std::string& streamlet, const Wiring& wiring, const std::string& application = "app",
               const std::string& brokers = "b:9092") {
  Json ports = Json::object();
  Json told = Json::object();
  for (const auto& [port, topic] : wiring) {
    ports[port] = {{"id", "id-" + topic}, {"cluster", nullptr}, {"config", Json::object()}};
    told[port] = {{"id", "id-" + topic},
                  {"config", {{"topic", {{"name", topic}}}, {"bootstrap", {{"servers", brokers}}}}}};
  }
  const auto document = [](const Json& context) {
    return to_base64(dump(Json{{"cloudflow", {{"runner", {{"streamlet", context}}}}}}));
  };
  return {{"kind", "Secret"},
          {"metadata", {{"labels", {{"com.lightbend.cloudflow/streamlet-name", streamlet}}}}},
          {"data",
           {{"application.conf", document({{"streamlet_ref", streamlet},
                                           {"context", {{"app_id", application}, {"port_mappings", ports}}}})},
            {"secret.conf", document({{"context", {{"port_mappings", told}}}})}}}};
}

/// A workload as the built-in templates make it: the streamlet is named on its pods.
Json workload_of(const std::string& streamlet, int replicas = 1) {
  const std::string label = "com.lightbend.cloudflow/streamlet-name";
  const Json peers = {{"labelSelector", {{"matchLabels", {{label, "another"}}}}}};
  return {{"kind", "Deployment"},
          {"metadata", {{"labels", {{"app.kubernetes.io/component", "streamlet"}}}}},
          {"spec",
           {{"replicas", replicas},
            {"selector", {{"matchLabels", {{label, "another"}}}}},
            {"template", {{"spec", {{"affinity", peers}}}, {"metadata", {{"labels", {{label, streamlet}}}}}}}}}};
}

ResourceId id_of(const std::string& kind, const std::string& name) { return {"kubernetes", kind, "app", name}; }

/// Answers for every reader that it has 15 records left, or what it is told to.
class Kafka final : public Provider {
 public:
  std::vector<std::string> asked{};
  std::vector<Loss> left{{"15 records"}};
  std::vector<Loss> obstacles{};  ///< against waiting
  bool only_inlets = false;       ///< nobody reads by a port that is not called "in"
  std::string_view name() const override { return "kafka"; }
  Result<std::vector<Live>> read(std::span<const Resource>, const Inventory&, std::stop_token) override { return {}; }
  Result<Change> compare(const Resource*, const Live*) const override { return Change{}; }
  Result<std::vector<Error>> verify(std::span<Change>, std::stop_token) override { return {}; }
  Result<void> apply(const Change&, std::stop_token) override { return {}; }
  Result<std::vector<Readiness>> readiness(std::span<const ResourceId>, std::stop_token) override { return {}; }
  Result<std::vector<std::vector<Loss>>> unread(std::span<const ResourceId> readers, std::stop_token) override {
    std::vector<std::vector<Loss>> out;
    for (const ResourceId& id : readers) {
      asked.push_back(id.kind + " " + id.scope + " " + id.name);
      const bool idle = only_inlets && id.name.find(".in:") == std::string::npos;
      out.push_back(id.kind == "Drain" ? obstacles : idle ? std::vector<Loss>{} : left);
    }
    return out;
  }
};

struct Given {
  Kafka kafka{};
  Readers readers{.clusters = {{"b:9092", "main"}}};
  std::vector<Change> changes{};
  std::vector<Drain> drains{};
  std::map<ResourceId, std::vector<ResourceId>> stays_with{};
  std::string brokers = "b:9092";  ///< afterwards
  int replicas = 1;                ///< now

  /// The Secret and the Deployment of a streamlet change; empty wiring: they are not there before, or afterwards.
  void streamlet(const std::string& name, const Wiring& before, const Wiring& after,
                 const std::string& prefix = "app") {
    const Action action = before.empty() ? Action::create : after.empty() ? Action::remove : Action::update;
    for (const std::string kind : {"Secret", "Deployment.apps"}) {
      Change change{.id = id_of(kind, name), .action = action};
      if (!after.empty()) change.desired = {.id = change.id, .streamlet = name};
      if (!after.empty() && kind == "Secret") change.desired.spec = secret_of(name, after, prefix, brokers);
      changes.push_back(std::move(change));
      if (!before.empty())
        readers.live.emplace(id_of(kind, name),
                             dump(kind == "Secret" ? secret_of(name, before) : workload_of(name, replicas)));
    }
  }

  std::vector<std::string> said() {
    const std::vector<Provider*> providers{&kafka};
    const auto found = add_unread(readers, providers, changes, {});
    REQUIRE(found);
    drains = found->drains;
    stays_with = found->stays_with;
    std::vector<std::string> out;
    for (const Change& change : changes) {
      for (const Loss& loss : change.losses)
        out.push_back(change.id.text() + (loss.certain ? " loses " : " may lose ") + loss.what);
    }
    return out;
  }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("what a Secret wires is read from what the pods are told", "[plan][readers]") {
  const std::vector<WiredPort> ports = wired_ports(secret_of("sink", {{"in", "calls"}}));
  REQUIRE(ports.size() == 1);
  CHECK(ports[0].group == "app.sink.in");
  CHECK(ports[0].topic == "calls");
  CHECK(ports[0].cluster == "default");
  CHECK(ports[0].brokers == "b:9092");
  CHECK(wired_ports(Json::object()).empty());
  CHECK(wired_ports(Json{{"metadata", {{"labels", {{"com.lightbend.cloudflow/streamlet-name", "x"}}}}},
                         {"data", {{"application.conf", "%%"}}}})
            .empty());
}

TEST_CASE("the same groups in another namespace are named", "[plan][readers]") {
  const std::vector<WiredPort> own = wired_ports(secret_of("sink", {{"in", "calls"}}));
  const auto note = [&](const std::optional<std::vector<WiredPort>>& other) {
    return shared_readers_note("app", "blue", own, other);
  };
  CHECK(note(own) ==
        "app is deployed in namespace blue, too, and shares consumer groups with it, so each record goes to only one "
        "of both: app.sink.in (topic calls); a group-prefix in one of the two environments keeps them apart");
  CHECK(note(std::nullopt) ==
        "app is deployed in namespace blue, too; whether it reads the same topics by the same groups cannot be seen: "
        "a group-prefix in one of the two environments keeps them apart");
  CHECK(note(std::vector<WiredPort>()).empty());
  CHECK(note(wired_ports(secret_of("sink", {{"in", "others"}}))).empty());
  CHECK(note(wired_ports(secret_of("sink", {{"in", "calls"}}, "test-app"))).empty());
  CHECK(note(wired_ports(secret_of("sink", {{"in", "calls"}}, "app", "elsewhere:9092"))).empty());
  std::vector<WiredPort> many(5, own[0]);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].group = fmt::format("app.sink.in{}", i);
  CHECK_THAT(shared_readers_note("app", "blue", many, many),
             Catch::Matchers::ContainsSubstring("app.sink.in2 (topic calls), 2 more; a group-prefix"));
}

TEST_CASE("a reader that is removed loses what it has not read", "[plan][readers]") {
  Given given;
  given.streamlet("sink", {{"in", "calls"}}, {});
  CHECK(given.said() == Lines{"deployment/sink loses 15 records"});
  CHECK(given.kafka.asked == Lines{"Port main app.sink.in:calls"});
  CHECK(given.changes[1].notes == Lines{"to have topic calls read to its end by sink.in first: --drain"});
}

TEST_CASE("with --drain a reader that is given up reads first what it has not read", "[plan][readers]") {
  Given given;
  given.readers.drain = true;
  given.readers.inlets = {"sink.in", "peer.in"};
  const ResourceId drain{"kafka", "Drain", "main", "app.sink.in:calls"};
  const std::vector<ResourceId> held{id_of("Deployment.apps", "sink"), id_of("Secret", "sink")};
  SECTION("when what writes has left the topic, and is removed then") {
    given.readers.outlets = {"source.out"};
    given.streamlet("source", {{"out", "calls"}}, {});
    given.streamlet("sink", {{"in", "calls"}}, {});
    CHECK(given.said().empty());
    REQUIRE(given.drains.size() == 1);
    CHECK(given.drains[0].id == drain);
    CHECK(given.drains[0].writers == std::vector{id_of("Deployment.apps", "source")});
    CHECK(given.drains[0].held == held);
    CHECK(given.changes[3].risk == Risk::none);
    CHECK(given.changes[3].notes ==
          Lines{"--drain: waits for source.out to leave the topic, and until sink.in has read what topic calls holds "
                "then; now there are 15 records"});
  }
  SECTION("at once when an earlier run has removed the pods of what wrote") {
    given.readers.outlets = {"source.out"};
    given.streamlet("source", {{"out", "calls"}}, {});
    given.changes.pop_back();
    given.streamlet("sink", {{"in", "calls"}}, {});
    CHECK(given.said().empty());
    REQUIRE(given.drains.size() == 1);
    CHECK(given.drains[0].writers.empty());
  }
  SECTION("of what others go on to write it reads what is there then") {
    given.streamlet("sink", {{"in", "calls"}}, {});
    CHECK(given.said().empty());
    REQUIRE(given.drains.size() == 1);
    CHECK(given.drains[0].writers.empty());
    CHECK(given.changes[1].notes ==
          Lines{"--drain: waits until sink.in has read what topic calls holds then; now there are 15 records"});
  }
  SECTION("also when there is nothing now: records may come until then") {
    given.kafka.left.clear();
    given.streamlet("sink", {{"in", "calls"}}, {{"in", "calls2"}});
    CHECK(given.said().empty());
    REQUIRE(given.drains.size() == 1);
    CHECK(given.drains[0].held == held);
    CHECK(given.changes[1].notes ==
          Lines{"--drain: waits until sink.in has read what topic calls holds then",
                "sink.in read topic calls and will read calls2; to keep the topic under its name: topic { name = "
                "\"calls\" }"});
  }
  SECTION("a port of which nothing shows that it reads counts as one that writes") {
    given.readers.inlets = {"sink.in"};
    given.kafka.left.clear();
    given.streamlet("other", {{"port", "calls"}}, {{"port", "calls2"}});
    given.streamlet("sink", {{"in", "calls"}}, {});
    CHECK(given.said().empty());
    REQUIRE(given.drains.size() == 1);
    CHECK(given.drains[0].writers == std::vector{id_of("Deployment.apps", "other")});
  }
  SECTION("readers of one topic do not wait for each other, nor one for itself") {
    given.readers.outlets = {"sink.out"};
    given.streamlet("sink", {{"in", "calls"}, {"out", "calls"}}, {});
    given.streamlet("peer", {{"in", "calls"}}, {});
    CHECK(given.said().empty());
    REQUIRE(given.drains.size() == 2);
    CHECK(given.drains[0].writers.empty());
    CHECK(given.drains[1].writers == std::vector{id_of("Deployment.apps", "sink")});
  }
  SECTION("unless its end cannot be waited for: then the loss stays one") {
    given.kafka.left = given.kafka.obstacles = {{"what cannot be found out", false}};
    given.streamlet("sink", {{"in", "calls"}}, {});
    CHECK(given.said() == Lines{"deployment/sink may lose what cannot be found out"});
    CHECK(given.drains.empty());
    CHECK(given.changes[1].notes == Lines{"--drain cannot wait for group app.sink.in on topic calls"});
  }
  SECTION("nor where it has no pods to wait for") {
    given.replicas = 0;
    given.streamlet("sink", {{"in", "calls"}}, {{"in", "calls2"}});
    CHECK(given.said() == Lines{"deployment/sink loses 15 records"});
    CHECK(given.drains.empty());
    CHECK(given.changes[1].notes.back() == "--drain cannot wait for group app.sink.in on topic calls");
  }
  SECTION("nor where its pods are gone already") {
    given.streamlet("sink", {{"in", "calls"}}, {});
    given.changes.pop_back();
    CHECK(given.said() == Lines{"secret/sink loses 15 records"});
    CHECK(given.drains.empty());
  }
}

TEST_CASE("a topic that is renamed loses what was not read under its old name", "[plan][readers]") {
  Given given;
  given.streamlet("sink", {{"in", "calls"}}, {{"in", "calls2"}});
  given.readers.inlets = {"sink.in"};
  CHECK(given.said() == Lines{"deployment/sink loses 15 records"});
  CHECK(given.kafka.asked == Lines{"ConsumerGroup main app.sink.in:calls"});
  CHECK(given.changes[1].notes.front() ==
        "sink.in read topic calls and will read calls2; to keep the topic under its name: topic { name = \"calls\" }");
}

TEST_CASE("what is written to a topic until its reader leaves it may be lost", "[plan][readers]") {
  Given given;
  given.readers.inlets = {"sink.in"};
  given.readers.outlets = {"source.out"};
  given.kafka.left.clear();
  const std::string loss =
      "deployment/sink may lose what source.out still writes to topic calls before sink.in leaves it";
  const std::string hint = "to have topic calls read to its end by sink.in first: --drain";
  SECTION("also when all was read, and the writer leaves it in the same plan") {
    given.streamlet("source", {{"out", "calls"}}, {{"out", "calls2"}});
    given.streamlet("sink", {{"in", "calls"}}, {{"in", "calls2"}});
    CHECK(given.said() == Lines{loss});
    CHECK(given.changes[3].notes.back() == hint);
  }
  SECTION("beside what is not read now") {
    given.kafka.left = {{"15 records"}};
    given.streamlet("source", {{"out", "calls"}}, {});
    given.streamlet("sink", {{"in", "calls"}}, {});
    CHECK(given.said() == Lines{"deployment/sink loses 15 records", loss});
  }
  SECTION("when its writer does not change at all") {
    given.readers.live.emplace(id_of("Secret", "source"), dump(secret_of("source", {{"out", "calls"}})));
    given.streamlet("sink", {{"in", "calls"}}, {});
    CHECK(given.said() == Lines{loss});
    CHECK(given.changes[1].notes == Lines{hint});
  }
  SECTION("not when its writer has no pods, and does not change") {
    given.readers.stopped = {"source"};
    given.readers.live.emplace(id_of("Secret", "source"), dump(secret_of("source", {{"out", "calls"}})));
    given.streamlet("sink", {{"in", "calls"}}, {});
    CHECK(given.said().empty());
  }
  SECTION("but when its pods are only ended by this plan") {
    given.readers.stopped = {"source"};
    given.streamlet("source", {{"out", "calls"}}, {{"out", "calls"}});
    given.changes[0].action = Action::none;
    given.streamlet("sink", {{"in", "calls"}}, {});
    CHECK(given.said() == Lines{loss});
  }
  SECTION("not when the writer has no pods") {
    given.replicas = 0;
    given.streamlet("source", {{"out", "calls"}}, {{"out", "calls2"}});
    given.replicas = 1;
    given.streamlet("sink", {{"in", "calls"}}, {{"in", "calls2"}});
    CHECK(given.said().empty());
  }
  SECTION("nor when it writes to another topic, has left already, or comes only now") {
    given.readers.live.emplace(id_of("Secret", "source"), dump(secret_of("source", {{"out", "other"}})));
    given.streamlet("source", {}, {{"out", "calls"}});
    given.changes[0].id = given.changes[0].desired.id = id_of("Secret", "new");
    given.streamlet("sink", {{"in", "calls"}}, {});
    CHECK(given.said().empty());
  }
}

TEST_CASE("records of a topic to which their reader never came may be lost when the writer leaves it",
          "[plan][readers]") {
  Given given;
  given.kafka.left = {{"5 records", false}};
  const auto unchanged = [&](const std::string& name, const Wiring& wiring) {
    given.readers.live.emplace(id_of("Secret", name), dump(secret_of(name, wiring)));
  };
  given.readers.inlets = {"sink.in", "peer.in"};
  given.readers.outlets = {"source.out"};
  const Lines lost{"deployment/source may lose 5 records"};
  SECTION("as an apply that moved only the writer is gone back on") {
    given.readers.recorded = {{"source.out", "calls"}, {"sink.in", "calls"}};
    given.streamlet("source", {{"out", "calls2"}}, {{"out", "calls"}});
    SECTION("while the reader does not change") {
      unchanged("sink", {{"in", "calls"}});
      CHECK(given.said() == lost);
      CHECK(given.kafka.asked == Lines{"ConsumerGroup main app.sink.in:calls2"});
      CHECK(given.changes[1].notes ==
            Lines{"source.out leaves topic calls2, to which sink.in has not come; to have it read: apply to the end "
                  "what wired them to it, then go back with --drain"});
    }
    SECTION("while one of two readers had come") {
      unchanged("peer", {{"in", "calls2"}});
      unchanged("sink", {{"in", "calls"}});
      CHECK(given.said() == lost);
      CHECK(given.kafka.asked == Lines{"ConsumerGroup main app.sink.in:calls2"});
    }
    SECTION("not once the group has read them") {
      unchanged("sink", {{"in", "calls"}});
      given.kafka.left.clear();
      CHECK(given.said().empty());
    }
    SECTION("nor when the reader is wired to both") {
      unchanged("sink", {{"in", "calls2"}});
      CHECK(given.said().empty());
      CHECK(given.kafka.asked.empty());
    }
  }
  SECTION("as such an apply is followed by one that goes elsewhere, or removes all") {
    given.readers.recorded = {{"source.out", "calls"}, {"sink.in", "calls"}};
    given.streamlet("source", {{"out", "calls2"}}, GENERATE(Wiring{}, Wiring{{"out", "calls3"}}));
    unchanged("sink", {{"in", "calls"}});
    CHECK(given.said() == lost);
  }
  SECTION("also where nothing is recorded") {
    given.readers.outlets.clear();
    given.readers.inlets.clear();
    given.kafka.only_inlets = true;
    given.streamlet("source", {{"out", "calls2"}}, {{"out", "calls"}});
    unchanged("sink", {{"in", "calls"}});
    CHECK(given.said() == lost);
    CHECK(given.kafka.asked == Lines{"Port main app.source.out:calls2", "Port main app.sink.in:calls2"});
  }
  SECTION("not what is recorded to be for others to read, or has a reader") {
    given.readers.recorded = {{"source.out", "exported"}};
    given.streamlet("source", {{"out", "exported"}}, {{"out", "calls"}});
    unchanged("sink", {{"in", "calls"}});
    CHECK(given.said().empty());
  }
}

TEST_CASE("a reader stays on its topic with those who write to it", "[plan][readers]") {
  Given given;
  given.readers.inlets = {"sink.in", "other.in"};
  given.readers.outlets = {"source.out", "sink.out"};
  given.kafka.left.clear();
  given.streamlet("source", {{"out", "calls"}}, {{"out", "calls2"}});
  given.streamlet("sink", {{"in", "calls"}, {"out", "calls"}}, {{"in", "calls2"}});
  given.streamlet("other", {{"in", "other"}}, {{"in", "calls2"}});
  given.said();
  const std::vector<ResourceId> writer{id_of("Deployment.apps", "source")};
  CHECK(given.stays_with == std::map<ResourceId, std::vector<ResourceId>>{{id_of("Deployment.apps", "sink"), writer},
                                                                          {id_of("Secret", "sink"), writer}});
}

TEST_CASE("a writer whose pods an earlier run has ended holds no reader", "[plan][readers]") {
  Given given;
  given.readers.inlets = {"sink.in"};
  given.readers.outlets = {"source.out"};
  given.kafka.left.clear();
  given.streamlet("source", {{"out", "calls"}}, {});
  given.changes.pop_back();  // its Deployment is gone, its Secret is left
  given.streamlet("sink", {{"in", "calls"}}, {});
  given.said();
  CHECK(given.stays_with.empty());
}

TEST_CASE("a reader whose cluster gets other brokers leaves its topic there", "[plan][readers]") {
  Given given;
  given.readers.inlets = {"sink.in"};
  SECTION("and what it has not read is not asked of the cluster that has the name now") {
    given.brokers = "k2:9092";
    given.readers.clusters = {{"k2:9092", "default"}};
    given.readers.drain = GENERATE(false, true);
    given.streamlet("sink", {{"in", "calls"}}, {{"in", "calls"}});
    CHECK(given.said() == Lines{"deployment/sink may lose what group app.sink.in has not read of topic calls, which "
                                "cannot be found out: the cluster at b:9092 is not configured any more"});
    CHECK(given.kafka.asked.empty());
    CHECK(given.drains.empty());
  }
  SECTION("unless one address is among both") {
    given.brokers = "k2:9092, b:9092";
    given.streamlet("sink", {{"in", "calls"}}, {{"in", "calls"}});
    CHECK(given.said().empty());
  }
  SECTION("which is asked when it is still configured") {
    given.brokers = "k2:9092";
    given.readers.clusters = {{"a:9092,b:9092", "main"}, {"k2:9092", "default"}};
    given.streamlet("sink", {{"in", "calls"}}, {{"in", "calls"}});
    CHECK(given.said() == Lines{"deployment/sink loses 15 records"});
    CHECK(given.kafka.asked == Lines{"ConsumerGroup main app.sink.in:calls"});
  }
}

TEST_CASE("readers that go on lose nothing, and writers are not asked", "[plan][readers]") {
  Given given;
  given.streamlet("sink", {{"in", "calls"}, {"out", "old"}}, {{"in", "calls"}, {"out", "new"}});
  given.readers.outlets = {"sink.out"};
  CHECK(given.said().empty());
  CHECK(given.kafka.asked.empty());
}

TEST_CASE("a reader under another name may read again what the old one had not read", "[plan][readers]") {
  const Lines said{
      "deployment/sink may lose 15 records, unless the new reader of that topic in this plan begins at its start"};
  Given renamed;
  renamed.streamlet("sink", {{"in", "calls"}}, {});
  renamed.streamlet("store", {}, {{"in", "calls"}});
  CHECK(renamed.said() == said);
  Given prefixed;
  prefixed.streamlet("sink", {{"in", "calls"}}, {{"in", "calls"}}, "test-app");
  CHECK(prefixed.said() == said);
}

TEST_CASE("a plan makes readers wait for what they read first, and that for those who write", "[plan][readers]") {
  FakeProvider kubernetes{"kubernetes"};
  Kafka kafka;
  kafka.only_inlets = true;
  const std::vector<Provider*> providers{&kubernetes, &kafka};
  std::vector<Resource> desired;
  const auto streamlet = [&](const std::string& name, const Wiring& before, const Wiring& after) {
    const ResourceId secret = id_of("Secret", name);
    const ResourceId pods = id_of("Deployment.apps", name);
    kubernetes.put(secret, secret_of(name, before));
    kubernetes.put(pods, {{"version", 1}});
    desired.push_back({.id = secret, .spec = secret_of(name, after), .streamlet = name});
    desired.push_back({.id = pods, .spec = {{"version", 2}}, .after = {secret}, .streamlet = name});
  };
  const auto plan = [&](bool drain) {
    return make_plan({.desired = desired,
                      .providers = providers,
                      .application = "app",
                      .kafka_clusters = {{"b:9092", "main"}},
                      .drain = drain},
                     {});
  };
  streamlet("reader", {{"in", "calls"}}, {{"in", "calls2"}});
  streamlet("writer", {{"out", "calls"}}, {{"out", "calls2"}});
  SECTION("in this order") {
    const Result<Plan> made = plan(true);
    REQUIRE(made);
    Lines order;
    for (const Change& change : made->changes) order.push_back(change.id.text());
    CHECK(order == Lines{"secret/writer", "deployment/writer", "secret/reader", "deployment/reader"});
    const ResourceId drain{"kafka", "Drain", "main", "app.reader.in:calls"};
    CHECK(made->awaits == std::map<ResourceId, std::vector<ResourceId>>{{id_of("Secret", "reader"), {drain}},
                                                                        {id_of("Deployment.apps", "reader"), {drain}},
                                                                        {drain, {id_of("Deployment.apps", "writer")}}});
    CHECK_FALSE(count(*made).loses_data);
  }
  SECTION("only where that is asked for") {
    const Result<Plan> made = plan(false);
    REQUIRE(made);
    CHECK(made->awaits.empty());
    CHECK(count(*made).loses_data);
  }
  SECTION("those who write to each other cannot wait for each other") {
    streamlet("there", {{"in", "x"}, {"out", "y"}}, {{"in", "x2"}, {"out", "y2"}});
    streamlet("back", {{"in", "y"}, {"out", "x"}}, {{"in", "y2"}, {"out", "x2"}});
    const Result<Plan> made = plan(true);
    REQUIRE_FALSE(made);
    CHECK(made.error().message ==
          "these wait for each other: deployment/back → secret/back → deployment/there → secret/there → "
          "deployment/back");
    CHECK(made.error().hint ==
          "without --drain they need not; then stop what writes yourself, wait until `cloudflow status` shows lag 0, "
          "and apply");
    CHECK(plan(false));
  }
}

TEST_CASE("without a Kafka cluster what was not read is not known", "[plan][readers]") {
  Given given;
  given.streamlet("sink", {{"in", "calls"}}, {});
  const auto lost = [&] {
    REQUIRE(add_unread(given.readers, {}, given.changes, {}));
    REQUIRE(given.changes[1].losses.size() == 1);
    CHECK_FALSE(given.changes[1].losses[0].certain);
    return given.changes[1].losses[0].what;
  };
  const std::string why = ", which cannot be found out: the application has no Kafka cluster any more";
  SECTION("of a port that is known to read") {
    given.readers.inlets = {"sink.in"};
    CHECK(lost() == "what group app.sink.in has not read of topic calls" + why);
  }
  SECTION("of one that may write") {
    CHECK(lost() == "what group app.sink.in has not read of topic calls, if it reads there and does not write" + why);
  }
}

TEST_CASE("what may be lost of a port does not show that it reads", "[plan][readers]") {
  Given given;
  given.readers.drain = true;
  given.kafka.left = {{"records, if it reads there", false}};
  given.streamlet("other", {{"port", "calls"}}, {{"port", "calls2"}});
  SECTION("so nothing waits for it") {
    CHECK(given.said() == Lines{"deployment/other may lose records, if it reads there"});
    CHECK(given.drains.empty());
    CHECK(given.changes[1].notes.back() == "--drain cannot wait for group app.other.port on topic calls");
  }
  SECTION("and a reader waits for it as for one that writes") {
    given.readers.inlets = {"sink.in"};
    given.streamlet("sink", {{"in", "calls"}}, {});
    given.said();
    REQUIRE(given.drains.size() == 1);
    CHECK(given.drains[0].writers == std::vector{id_of("Deployment.apps", "other")});
  }
}

namespace {

/// writer.out and reader.in on a topic, both without a schema, as rendering and an apply make them.
struct WithoutSchemas {
  FakeProvider kubernetes{"kubernetes"};
  Kafka kafka{};
  std::vector<Resource> desired{};
  std::map<std::string, std::string> clusters{{"b:9092", "main"}};
  ResourceId record = id_of("ConfigMap", "contracts");

  static Json record_of(const std::string& topic) {
    DeployedContracts contracts;
    for (const std::string port : {"reader.in", "writer.out"}) {
      const std::string streamlet = port.substr(0, port.find('.'));
      contracts.ports.push_back({.streamlet = streamlet,
                                 .port = port.substr(port.find('.') + 1),
                                 .produces = streamlet == "writer",
                                 .topic = topic,
                                 .cluster = "main",
                                 .schema = {.format = "bytearray"}});
      contracts.workloads[streamlet] = {id_of("Deployment.apps", streamlet)};
    }
    int left_out = 0;
    return {{"data", contracts_data(contracts, 100'000, left_out)}};
  }

  void deploy(bool recorded) {
    for (const auto& [name, port] : ports) {
      kubernetes.put(id_of("Secret", name), secret_of(name, {{port, "calls"}}));
      kubernetes.put(id_of("Deployment.apps", name), workload_of(name));
    }
    if (recorded) kubernetes.put(record, record_of("calls"));
  }

  void ask(const std::string& topic, const std::string& brokers = "b:9092") {
    Resource asked{.id = record, .spec = record_of(topic)};
    for (const auto& [name, port] : ports) {
      const ResourceId pods = id_of("Deployment.apps", name);
      desired.push_back(
          {.id = id_of("Secret", name), .spec = secret_of(name, {{port, topic}}, "app", brokers), .streamlet = name});
      Json workload = workload_of(name);
      if (topic != "calls" || brokers != "b:9092") workload["changed"] = true;
      desired.push_back({.id = pods, .spec = workload, .streamlet = name});
      asked.after.push_back(pods);
    }
    desired.push_back(asked);
  }

  Plan plan(bool drain = false) {
    const std::vector<Provider*> providers{&kubernetes, &kafka};
    Result<Plan> made = make_plan({.desired = desired,
                                   .providers = providers,
                                   .application = "app",
                                   .kafka_clusters = clusters,
                                   .contracts = record,
                                   .drain = drain},
                                  {});
    REQUIRE(made);
    return *std::move(made);
  }

  static Lines losses(const Plan& plan) {
    Lines out;
    for (const Change& change : plan.changes) {
      for (const Loss& loss : change.losses)
        out.push_back(change.id.text() + (loss.certain ? " loses " : " may lose ") + loss.what);
    }
    return out;
  }

  Wiring ports{{"writer", "out"}, {"reader", "in"}};  ///< streamlet → port
};

}  // namespace

TEST_CASE("who reads and who writes is known of ports without a schema, too", "[plan][readers]") {
  WithoutSchemas given;
  const bool recorded = GENERATE(true, false);
  CAPTURE(recorded);
  given.deploy(recorded);
  const Lines still{
      "deployment/reader may lose what writer.out still writes to topic calls before reader.in leaves it"};
  SECTION("a topic is renamed whose reader has committed nothing") {
    given.ask("calls2");
    given.kafka.left = {{"records of topic calls", false}};
    CHECK(WithoutSchemas::losses(given.plan()) == Lines{"deployment/reader may lose records of topic calls", still[0]});
    CHECK(given.kafka.asked == Lines{"ConsumerGroup main app.reader.in:calls"});
  }
  SECTION("or has read all, while its writer runs") {
    given.ask("calls2");
    given.kafka.left.clear();
    CHECK(WithoutSchemas::losses(given.plan()) == still);
  }
  SECTION("or is waited for") {
    given.ask("calls2");
    given.kafka.left.clear();
    const Plan plan = given.plan(true);
    CHECK(WithoutSchemas::losses(plan).empty());
    const ResourceId drain{"kafka", "Drain", "main", "app.reader.in:calls"};
    CHECK(plan.awaits.at(drain) == std::vector{id_of("Deployment.apps", "writer")});
    CHECK(plan.awaits.at(id_of("Deployment.apps", "reader")) == std::vector{drain});
  }
  SECTION("the Kafka cluster gets another address: only the reader loses") {
    given.clusters = {{"k2:9092", "main"}};
    given.ask("calls", "k2:9092");
    CHECK(WithoutSchemas::losses(given.plan()) ==
          Lines{"deployment/reader may lose what group app.reader.in has not read of topic calls, which cannot be "
                "found out: the cluster at b:9092 is not configured any more",
                still[0]});
  }
  SECTION("the reader is removed") {
    given.ask("calls");
    std::erase_if(given.desired, [](const Resource& resource) { return resource.streamlet == "reader"; });
    const Json data = WithoutSchemas::record_of("calls").at("data");
    const std::string writer = data.at("writer.out").get<std::string>();
    given.desired.back().spec = {{"data", {{"writer.out", writer}}}};
    given.kafka.left = {{"records of topic calls", false}};
    CHECK(WithoutSchemas::losses(given.plan()) == Lines{"deployment/reader may lose records of topic calls", still[0]});
    // What is not recorded may be a writer: then the topic's provider words what may be lost.
    CHECK(given.kafka.asked == Lines{std::string(recorded ? "ConsumerGroup" : "Port") + " main app.reader.in:calls"});
  }
  SECTION("nothing says that an order of schemas is not checked") {
    given.ask("calls2");
    given.kafka.left.clear();
    CHECK(given.plan().notes.empty());
  }
}

namespace {

/// A streamlet's Secret with the group that the consumer settings of a port name.
Json with_group(Json secret, const std::string& port, const std::string& group) {
  std::string text;
  REQUIRE(from_base64(string_at(secret, {"data", "secret.conf"}), text));
  Json document = Json::parse(text);
  document["cloudflow"]["runner"]["streamlet"]["context"]["port_mappings"][port]["config"]["consumer-config"] = {
      {"group", {{"id", group}}}};
  secret["data"]["secret.conf"] = to_base64(dump(document));
  return secret;
}

}  // namespace

TEST_CASE("the group that consumer settings name is the one that reads", "[plan][readers]") {
  Given given;
  given.readers.inlets = given.readers.asked_inlets = {"snk.in", "too.in"};
  given.readers.deployed = {{.streamlet = "snk", .port = "in", .topic = "calls", .cluster = "main"}};
  given.readers.groups = "app";
  given.streamlet("snk", {{"in", "calls"}}, {{"in", "calls"}});
  std::string& live = given.readers.live[id_of("Secret", "snk")];
  Json& desired = given.changes.front().desired.spec;
  const Json secret = secret_of("snk", {{"in", "calls"}});
  SECTION("another one begins anew") {
    live = dump(with_group(secret, "in", "mine"));
    desired = with_group(secret, "in", "other");
    CHECK_FALSE(given.said().empty());
    CHECK(given.kafka.asked == std::vector<std::string>{"ConsumerGroup main mine:calls"});
  }
  SECTION("without its name it is the runtime's again") {
    live = dump(with_group(secret, "in", "mine"));
    CHECK_FALSE(given.said().empty());
    CHECK(given.kafka.asked == std::vector<std::string>{"ConsumerGroup main mine:calls"});
  }
  SECTION("the same one goes on") {
    live = dump(with_group(secret, "in", "mine"));
    desired = with_group(secret, "in", "mine");
    CHECK(given.said().empty());
  }
  SECTION("a Secret that is gone is taken to have named it, too") {
    given.readers.live.erase(id_of("Secret", "snk"));
    desired = with_group(secret_of("snk", {{"in", "else"}}), "in", "mine");
    CHECK_FALSE(given.said().empty());
    CHECK(given.kafka.asked == std::vector<std::string>{"ConsumerGroup main mine:calls"});
  }
  SECTION("where somebody has edited the topic, its pods may read the recorded one by that group") {
    live = dump(with_group(secret_of("snk", {{"in", "others"}}), "in", "mine"));
    desired = with_group(secret_of("snk", {{"in", "calls2"}}), "in", "mine");
    CHECK_FALSE(given.said().empty());
    CHECK(given.kafka.asked ==
          std::vector<std::string>{"ConsumerGroup main mine:others", "ConsumerGroup main mine:calls"});
  }
  SECTION("another streamlet of the same group goes on with what is left") {
    live = dump(with_group(secret, "in", "mine"));
    desired = with_group(secret, "in", "other");
    given.readers.live[id_of("Secret", "too")] = dump(with_group(secret_of("too", {{"in", "calls"}}), "in", "mine"));
    CHECK(given.said().empty());
  }
}

TEST_CASE("what a streamlet reads whose Secret is gone or was edited is known from the record", "[plan][readers]") {
  WithoutSchemas given;
  given.deploy(true);
  const ResourceId secret = id_of("Secret", "reader");
  const Lines lost{"deployment/reader loses 15 records",
                   "deployment/reader may lose what writer.out still writes to topic calls before reader.in leaves it"};
  const auto remove_reader = [&] {
    given.ask("calls");
    std::erase_if(given.desired, [](const Resource& resource) { return resource.streamlet == "reader"; });
    const std::string writer = WithoutSchemas::record_of("calls").at("data").at("writer.out").get<std::string>();
    given.desired.back().spec = {{"data", {{"writer.out", writer}}}};
  };
  SECTION("it was deleted") {
    given.kubernetes.take(secret);
    SECTION("and the topic is renamed") { given.ask("calls2"); }
    SECTION("and the streamlet goes") { remove_reader(); }
    CHECK(WithoutSchemas::losses(given.plan()) == lost);
    CHECK(given.kafka.asked == Lines{"ConsumerGroup main app.reader.in:calls"});
  }
  SECTION("its documents are gone") {
    given.kubernetes.put(secret, {{"kind", "Secret"}, {"data", {{"application.conf", "%%"}}}});
    SECTION("and the topic is renamed") { given.ask("calls2"); }
    SECTION("and the streamlet goes") { remove_reader(); }
    CHECK(WithoutSchemas::losses(given.plan()) == lost);
  }
  SECTION("its label is gone: it tells what it wires all the same") {
    Json edited = secret_of("reader", {{"in", "others"}});
    edited.erase("metadata");
    given.kubernetes.put(secret, edited);
    given.ask("calls2");
    CHECK(WithoutSchemas::losses(given.plan()) == Lines{lost[0], lost[0], lost[1]});
    CHECK(given.kafka.asked ==
          Lines{"ConsumerGroup main app.reader.in:others", "ConsumerGroup main app.reader.in:calls"});
  }
  SECTION("its groups begin as those of the other Secrets say") {
    given.kubernetes.take(secret);
    given.kubernetes.put(id_of("Secret", "writer"), secret_of("writer", {{"out", "calls"}}, "old-app"));
    given.ask("calls");
    Json workload = workload_of("reader");
    workload["changed"] = true;
    given.kubernetes.put(id_of("Deployment.apps", "reader"), workload);
    given.plan();
    CHECK(given.kafka.asked == Lines{"ConsumerGroup main old-app.reader.in:calls"});
  }
  SECTION("it is made again as it was: nothing is given up") {
    given.kubernetes.take(secret);
    given.ask("calls");
    CHECK(WithoutSchemas::losses(given.plan()).empty());
    CHECK(given.kafka.asked.empty());
  }
  SECTION("it is waited for with --drain") {
    given.kubernetes.take(secret);
    SECTION("where the topic is renamed") { given.ask("calls2"); }
    SECTION("where the streamlet goes") { remove_reader(); }
    const Plan plan = given.plan(true);
    CHECK(WithoutSchemas::losses(plan).empty());
    CHECK(plan.awaits.at(id_of("Deployment.apps", "reader")) ==
          std::vector{ResourceId{"kafka", "Drain", "main", "app.reader.in:calls"}});
  }
}

TEST_CASE("a reader whose Secret names another topic than the record may read either", "[plan][readers]") {
  WithoutSchemas given;
  given.deploy(true);
  const ResourceId secret = id_of("Secret", "reader");
  const ResourceId pods = id_of("Deployment.apps", "reader");
  const auto edit = [&](const Json& edited) { given.kubernetes.put(secret, edited); };
  const auto remove_reader = [&] {
    given.ask("calls");
    std::erase_if(given.desired, [](const Resource& resource) { return resource.streamlet == "reader"; });
    const std::string writer = WithoutSchemas::record_of("calls").at("data").at("writer.out").get<std::string>();
    given.desired.back().spec = {{"data", {{"writer.out", writer}}}};
  };
  const auto notes_of = [](const Plan& plan, const ResourceId& id) {
    const auto found = std::ranges::find(plan.changes, id, &Change::id);
    REQUIRE(found != plan.changes.end());
    return found->notes;
  };
  const Lines both{"ConsumerGroup main app.reader.in:others", "ConsumerGroup main app.reader.in:calls"};
  const std::string either =
      "reader.in is wired to topic others only in pods that started since its Secret was changed, and to topic calls "
      "in others";
  const std::string way =
      "to have it read first: apply what was last applied in full, which puts the Secret of reader right, and then "
      "this with --drain";
  SECTION("somebody edited its topic") {
    edit(secret_of("reader", {{"in", "others"}}));
    SECTION("and its topic is renamed") {
      given.ask("calls2");
      CHECK(notes_of(given.plan(), pods) ==
            Lines{either, way,
                  "reader.in read topic calls and will read calls2; to keep the topic under its name: topic { name = "
                  "\"calls\" }"});
    }
    SECTION("and it is removed") {
      remove_reader();
      given.plan();
    }
    CHECK(given.kafka.asked == both);
  }
  SECTION("the plan puts it right: what its pods read since they started anew is given up") {
    edit(secret_of("reader", {{"in", "others"}}));
    given.ask("calls");
    const Plan plan = given.plan();
    CHECK(WithoutSchemas::losses(plan) == Lines{"secret/reader loses 15 records"});
    CHECK(
        notes_of(plan, secret) ==
        Lines{either,
              "to have it read first: stop what writes to topic others, wait until `cloudflow status` shows lag 0 for "
              "reader.in, apply"});
    CHECK(given.kafka.asked == Lines{both[0]});
  }
  SECTION("git asks for what somebody wrote there") {
    edit(secret_of("reader", {{"in", "calls2"}}));
    given.ask("calls2");
    CHECK(WithoutSchemas::losses(given.plan()).front() == "deployment/reader loses 15 records");
    CHECK(given.kafka.asked == Lines{"ConsumerGroup main app.reader.in:calls"});
  }
  SECTION("its pods do not change") {
    edit(secret_of("reader", {{"in", "calls2"}}));
    given.ask("calls2");
    for (Resource& resource : given.desired) {
      if (resource.id == pods) resource.spec = workload_of("reader");
    }
    CHECK(WithoutSchemas::losses(given.plan()).empty());
  }
  SECTION("its brokers, its port or its application are edited") {
    SECTION("brokers") { edit(secret_of("reader", {{"in", "calls"}}, "app", "elsewhere:9092")); }
    SECTION("port") { edit(secret_of("reader", {})); }
    SECTION("application") { edit(secret_of("reader", {{"in", "calls"}}, "mine")); }
    given.ask("calls2");
    given.plan();
    CHECK(std::ranges::count(given.kafka.asked, "ConsumerGroup main app.reader.in:calls") == 1);
  }
  SECTION("of a writer both topics count as written to") {
    given.kubernetes.put(id_of("Secret", "writer"), secret_of("writer", {{"out", "others"}}));
    given.ask("calls2");
    given.kafka.left.clear();
    CHECK(WithoutSchemas::losses(given.plan()) ==
          Lines{"deployment/reader may lose what writer.out still writes to topic calls before reader.in leaves it"});
  }
  SECTION("nothing is waited for of which it is not known whether it is read") {
    edit(secret_of("reader", {{"in", "others"}}));
    given.ask("calls2");
    SECTION("where the group has committed nothing") {
      given.kafka.left = {{"records", false}};
      const Plan plan = given.plan(true);
      CHECK_FALSE(plan.awaits.contains(pods));
      CHECK(std::ranges::count(notes_of(plan, pods), "--drain cannot wait for group app.reader.in on topic others") ==
            1);
      CHECK(std::ranges::count(notes_of(plan, pods), "--drain cannot wait for group app.reader.in on topic calls") ==
            1);
    }
    SECTION("but where the group has read, it is") {
      const Plan plan = given.plan(true);
      CHECK(plan.awaits.at(pods) == std::vector{ResourceId{"kafka", "Drain", "main", "app.reader.in:others"}});
      CHECK(std::ranges::count(notes_of(plan, pods), "--drain cannot wait for group app.reader.in on topic calls") ==
            1);
    }
  }
  SECTION("both agree: it is asked once") {
    given.ask("calls2");
    given.plan();
    CHECK(given.kafka.asked == Lines{both[1]});
  }
}

TEST_CASE("what a streamlet has not read is said of its record where all else of it has gone", "[plan][readers]") {
  WithoutSchemas given;
  given.deploy(true);
  given.kubernetes.take(id_of("Secret", "reader"));
  given.kubernetes.take(id_of("Deployment.apps", "reader"));
  const Lines lost{"configmap/contracts loses 15 records"};
  SECTION("when it leaves the source") {
    given.ask("calls");
    std::erase_if(given.desired, [](const Resource& resource) { return resource.streamlet == "reader"; });
    const std::string writer = WithoutSchemas::record_of("calls").at("data").at("writer.out").get<std::string>();
    given.desired.back().spec = {{"data", {{"writer.out", writer}}}};
    const Plan plan = given.plan(GENERATE(true, false));
    CHECK(WithoutSchemas::losses(plan) == lost);
    CHECK(std::ranges::none_of(plan.awaits, [](const auto& one) { return one.first.kind == "Drain"; }));
    CHECK(given.kafka.asked.front() == "ConsumerGroup main app.reader.in:calls");
  }
  SECTION("when the application goes") {
    const Plan plan = given.plan();
    CHECK(WithoutSchemas::losses(plan) == lost);
    const auto record = std::ranges::find(plan.changes, given.record, &Change::id);
    REQUIRE(record != plan.changes.end());
    CHECK(record->notes ==
          Lines{"nothing runs any more that could read topic calls as reader.in; to have it read first: ask for reader "
                "again, apply, wait until `cloudflow status` shows lag 0 for it"});
  }
  SECTION("not when it was read, or is made again") {
    given.ask("calls");
    CHECK(WithoutSchemas::losses(given.plan()).empty());
    given.desired.clear();
    given.kafka.left.clear();
    CHECK(WithoutSchemas::losses(given.plan()).empty());
  }
  SECTION("when it is made again for another topic, it is said of that") {
    given.ask("calls2");
    CHECK(WithoutSchemas::losses(given.plan()).front() == "deployment/reader loses 15 records");
  }
}

TEST_CASE("what a streamlet reads is not known where its Secret and the record are gone", "[plan][readers]") {
  WithoutSchemas given;
  given.deploy(false);
  given.kubernetes.take(id_of("Secret", "reader"));
  given.ask("calls2");
  given.kafka.left.clear();
  CHECK(WithoutSchemas::losses(given.plan()) ==
        Lines{"deployment/reader may lose what reader has not read of topics that it reads now and not afterwards, "
              "which cannot be found out: its Secret is gone or was edited, and no contracts are recorded"});
}

TEST_CASE("of a workload that is taken over from somebody else nothing is said to be read", "[plan][readers]") {
  Given given;
  const bool is_theirs = GENERATE(true, false);
  given.streamlet("sink", {}, {{"in", "calls"}});
  given.changes[1].action = Action::update;
  given.changes[1].adoptable = is_theirs;
  given.readers.live.emplace(id_of("Deployment.apps", "sink"), dump(workload_of("sink")));
  CHECK(given.said().size() == (is_theirs ? 0 : 1));
}

TEST_CASE("an inlet that becomes an outlet of its topic does not read any more", "[plan][readers]") {
  WithoutSchemas given;
  const bool secret_changes = GENERATE(true, false);
  given.deploy(true);
  given.ask("calls");
  Json workload = workload_of("reader");
  workload["changed"] = true;
  DeployedContracts contracts = read_contracts(WithoutSchemas::record_of("calls").at("data"));
  for (DeployedPort& port : contracts.ports) port.produces = true;
  int left_out = 0;
  for (Resource& resource : given.desired) {
    if (resource.id == id_of("Secret", "reader") && secret_changes) resource.spec["changed"] = true;
    if (resource.id == id_of("Deployment.apps", "reader")) resource.spec = workload;
    if (resource.id == given.record) resource.spec = {{"data", contracts_data(contracts, 100'000, left_out)}};
  }
  CHECK(WithoutSchemas::losses(given.plan()) ==
        Lines{"deployment/reader loses 15 records",
              "deployment/reader may lose what writer.out still writes to topic calls before reader.in leaves it"});
}

TEST_CASE("an application deployed before its ports were recorded gets the record alone", "[plan][readers]") {
  WithoutSchemas given;
  given.deploy(false);
  given.ask("calls");
  const Plan plan = given.plan();
  REQUIRE(plan.changes.size() == 1);
  CHECK(plan.changes[0].id == given.record);
  CHECK(plan.changes[0].action == Action::create);
  CHECK(plan.changes[0].restarts == 0);
  CHECK(count(plan).restarts == 0);
}

}  // namespace cloudflow::testing
