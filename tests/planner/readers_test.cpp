// Which readers a plan gives up, told by the wiring in Secrets before and after.
#include "planner/plan/readers.h"

#include <catch2/catch_all.hpp>

#include <algorithm>

#include "sdk/base/text.h"
#include "tests/support/fake_provider.h"

namespace cloudflow::testing {
namespace {

using Wiring = std::map<std::string, std::string>;  ///< port → topic

Json secret_of(const std::string& streamlet, const Wiring& wiring, const std::string& application = "app") {
  Json ports = Json::object();
  Json told = Json::object();
  for (const auto& [port, topic] : wiring) {
    ports[port] = {{"id", "id-" + topic}, {"cluster", nullptr}, {"config", Json::object()}};
    told[port] = {{"id", "id-" + topic},
                  {"config", {{"topic", {{"name", topic}}}, {"bootstrap", {{"servers", "b:9092"}}}}}};
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

ResourceId id_of(const std::string& kind, const std::string& name) { return {"kubernetes", kind, "app", name}; }

/// Answers for every reader that it has 15 records left.
class Kafka final : public Provider {
 public:
  std::vector<std::string> asked{};
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
      out.push_back({{"15 records"}});
    }
    return out;
  }
};

struct Given {
  Kafka kafka{};
  Readers readers{.clusters = {{"b:9092", "main"}}};
  std::vector<Change> changes{};

  /// The Secret and the Deployment of a streamlet change; empty wiring: they are not there before, or afterwards.
  void streamlet(const std::string& name, const Wiring& before, const Wiring& after,
                 const std::string& prefix = "app") {
    const Action action = before.empty() ? Action::create : after.empty() ? Action::remove : Action::update;
    for (const std::string kind : {"Secret", "Deployment.apps"}) {
      Change change{.id = id_of(kind, name), .action = action};
      if (!after.empty()) change.desired = {.id = change.id, .streamlet = name};
      if (!after.empty() && kind == "Secret") change.desired.spec = secret_of(name, after, prefix);
      changes.push_back(std::move(change));
      if (!before.empty()) readers.live.emplace(id_of(kind, name), dump(secret_of(name, before)));
    }
  }

  std::vector<std::string> said() {
    const std::vector<Provider*> providers{&kafka};
    REQUIRE(add_unread(readers, providers, changes, {}));
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

TEST_CASE("a reader that is removed loses what it has not read", "[plan][readers]") {
  Given given;
  given.streamlet("sink", {{"in", "calls"}}, {});
  CHECK(given.said() == Lines{"deployment/sink loses 15 records"});
  CHECK(given.kafka.asked == Lines{"Port main app.sink.in:calls"});
  CHECK(given.changes[1].notes ==
        Lines{"to have it read first: stop what writes to topic calls, wait until `cloudflow status` shows lag 0 for "
              "sink.in, apply"});
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

TEST_CASE("without a Kafka cluster what was not read is not known", "[plan][readers]") {
  Given given;
  given.streamlet("sink", {{"in", "calls"}}, {});
  REQUIRE(add_unread(given.readers, {}, given.changes, {}));
  REQUIRE(given.changes[1].losses.size() == 1);
  CHECK_FALSE(given.changes[1].losses[0].certain);
}

}  // namespace cloudflow::testing
