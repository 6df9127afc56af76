#include "planner/rollout/roll_order.h"

#include <fmt/format.h>
#include <catch2/catch_all.hpp>

#include "planner/plan/make_plan.h"
#include "planner/plan/policy.h"
#include "planner/schema/schema_file.h"
#include "tests/support/fake_provider.h"
#include "tests/support/note_texts.h"

using namespace cloudflow;
using cloudflow::testing::FakeProvider;

namespace {

/// A record with these fields; "x?" is one with a default.
PortSchema record(const std::vector<std::string>& fields) {
  std::string text;
  for (const std::string& field : fields) {
    const bool optional = field.ends_with('?');
    text += fmt::format(R"({}{{"name":"{}","type":"int"{}}})", text.empty() ? "" : ",",
                        optional ? field.substr(0, field.size() - 1) : field, optional ? R"(,"default":0)" : "");
  }
  const auto made = port_schema(SchemaFormat::avro,
                                fmt::format(R"({{"type":"record","name":"Call","fields":[{}]}})", text), "call.avsc");
  REQUIRE(made);
  return *made;
}

PortSchema untold(const std::string& fingerprint) {
  return {.name = "Call", .fingerprint = fingerprint, .format = "avro"};
}

ResourceId workload(const std::string& streamlet) { return {"kubernetes", "Deployment.apps", "n", "app-" + streamlet}; }

/// "a.out > calls" writes to a topic, "b.in < calls" reads from it.
DeployedContracts contracts(const std::vector<std::pair<std::string, PortSchema>>& wires) {
  DeployedContracts out;
  for (const auto& [wire, schema] : wires) {
    const auto dot = wire.find('.');
    const auto blank = wire.find(' ');
    DeployedPort port{.streamlet = wire.substr(0, dot),
                      .port = wire.substr(dot + 1, blank - dot - 1),
                      .produces = wire[blank + 1] == '>',
                      .topic = wire.substr(blank + 3),
                      .cluster = "default",
                      .schema = schema};
    out.workloads[port.streamlet] = {workload(port.streamlet)};
    out.ports.push_back(std::move(port));
  }
  std::ranges::sort(out.ports, {}, &DeployedPort::name);
  return out;
}

const char* lacks_b = "/fields/1: field \"b\" of record \"Call\" is not written and has no default";

}  // namespace

TEST_CASE("the order of a roll-out follows from old and new readers and writers", "[plan][roll]") {
  const PortSchema a = record({"a"});
  const PortSchema ab = record({"a", "b"});
  const PortSchema ab_default = record({"a", "b?"});

  SECTION("nothing changes") {
    const DeployedContracts same = contracts({{"w.out > t", a}, {"r.in < t", a}});
    const RollOut roll = plan_roll_out(same, same);
    CHECK(roll.edges.empty());
    CHECK(roll.notes.empty());
    CHECK(roll.problems.empty());
  }
  SECTION("a field that readers need comes with the writers, and what is in the topic is said") {
    const RollOut roll =
        plan_roll_out(contracts({{"w.out > t", a}, {"r.in < t", a}}), contracts({{"w.out > t", ab}, {"r.in < t", ab}}));
    const std::string why = std::string("new consumer r.in cannot read what old producer w.out writes: ") + lacks_b;
    CHECK(roll.edges == std::vector<RollEdge>{{"w", "r", why}});
    CHECK(roll.drains == std::vector<RollDrain>{{"w", "r", "in", "t", "default"}});
    CHECK(drain_id(roll.drains[0], "app") == ResourceId{"kafka", "ConsumerGroup", "default", "app.r.in:t"});
    CHECK(roll.notes.empty());
    CHECK(roll.problems.empty());
  }
  SECTION("a reader that comes anew has no old version that could read what is in the topic") {
    const RollOut roll = plan_roll_out(contracts({{"w.out > t", a}}), contracts({{"w.out > t", ab}, {"r.in < t", ab}}));
    const std::string why = std::string("new consumer r.in cannot read what old producer w.out writes: ") + lacks_b;
    CHECK(roll.edges == std::vector<RollEdge>{{"w", "r", why}});
    CHECK(roll.drains.empty());
    CHECK(roll.notes == std::vector<std::string>{"topic t may still hold records that r.in cannot read: " + why +
                                                 "; have them skipped"});
  }
  SECTION("a field that writers leave out needs the readers first") {
    const RollOut roll =
        plan_roll_out(contracts({{"w.out > t", ab}, {"r.in < t", ab}}), contracts({{"w.out > t", a}, {"r.in < t", a}}));
    CHECK(roll.edges ==
          std::vector<RollEdge>{
              {"r", "w", std::string("old consumer r.in cannot read what new producer w.out writes: ") + lacks_b}});
    CHECK(roll.notes.empty());
  }
  SECTION("a field with a default goes in any order") {
    CHECK(plan_roll_out(contracts({{"w.out > t", a}, {"r.in < t", a}}),
                        contracts({{"w.out > t", ab_default}, {"r.in < t", ab_default}}))
              .edges.empty());
  }
  SECTION("the first roll-out has nothing to break") {
    const RollOut roll = plan_roll_out({}, contracts({{"w.out > t", ab}, {"r.in < t", ab}}));
    CHECK(roll.edges.empty());
    CHECK(roll.notes.empty());
  }
  SECTION("a reader that leaves must be gone before the writer writes what it cannot read") {
    const RollOut roll = plan_roll_out(contracts({{"w.out > t", ab}, {"r.in < t", ab}, {"s.in < t", a}}),
                                       contracts({{"w.out > t", a}, {"s.in < t", a}}));
    REQUIRE(roll.edges.size() == 1);
    CHECK(roll.edges[0].first == "r");
    CHECK(roll.edges[0].then == "w");
  }
  SECTION("a new reader of old records waits for their writer and says that some are left") {
    const RollOut roll = plan_roll_out(contracts({{"w.out > t", a}}), contracts({{"w.out > t", ab}, {"r.in < t", ab}}));
    REQUIRE(roll.edges.size() == 1);
    CHECK(roll.edges[0].first == "w");
    CHECK(roll.edges[0].then == "r");
    CHECK(roll.notes.size() == 1);
  }
  SECTION("who moves to another topic leaves one and comes to the other") {
    const RollOut roll = plan_roll_out(contracts({{"w.out > t", a}, {"r.in < t", a}, {"v.out > u", ab}}),
                                       contracts({{"w.out > t", a}, {"r.in < u", ab}, {"v.out > u", ab}}));
    CHECK(roll.edges.empty());
    CHECK(roll.problems.empty());
  }
  SECTION("no order is safe when each side breaks the other") {
    const RollOut roll = plan_roll_out(contracts({{"w.out > t", a}, {"r.in < t", a}}),
                                       contracts({{"w.out > t", record({"c"})}, {"r.in < t", record({"c"})}}));
    CHECK(roll.edges.empty());
    CHECK(roll.problems ==
          std::vector<RollProblem>{
              {"topic t: new consumer r.in cannot read what old producer w.out writes: /fields/0: field \"c\" of "
               "record \"Call\" is not written and has no default",
               "r.in"},
              {"topic t: old consumer r.in cannot read what new producer w.out writes: /fields/0: field \"a\" of "
               "record \"Call\" is not written and has no default",
               "r.in"}});
  }
  SECTION("who reads what he writes cannot have both versions at once") {
    const RollOut roll =
        plan_roll_out(contracts({{"x.out > t", ab}, {"x.in < t", ab}}), contracts({{"x.out > t", a}, {"x.in < t", a}}));
    CHECK(roll.edges.empty());
    REQUIRE(roll.problems.size() == 1);
    CHECK(roll.problems[0].port == "x.in");
  }
  SECTION("a text that is not known is a note") {
    const RollOut roll = plan_roll_out(contracts({{"w.out > t", untold("1")}, {"r.in < t", untold("1")}}),
                                       contracts({{"w.out > t", untold("2")}, {"r.in < t", untold("2")}}));
    CHECK(roll.edges.empty());
    CHECK(roll.notes ==
          std::vector<std::string>{"topic t: the schemas of w.out and r.in change, and not all of their texts are "
                                   "known: the order of w and r is not checked"});
  }
  SECTION("what could not be compared is a note, and no order is called safe") {
    const auto json = [](const std::string& text) {
      const auto made = port_schema(SchemaFormat::json, text, "call.schema.json");
      REQUIRE(made);
      return *made;
    };
    const PortSchema plain = json(R"({"type":"string"})");
    const RollOut roll = plan_roll_out(contracts({{"w.out > t", plain}, {"r.in < t", plain}}),
                                       contracts({{"w.out > t", plain}, {"r.in < t", json(R"({"$ref":"b.json"})")}}));
    CHECK(roll.edges.empty());
    CHECK(roll.problems.empty());
    CHECK(roll.notes ==
          std::vector<std::string>{
              "topic t: whether new consumer r.in can read what old producer w.out writes is not known: not compared: "
              "$ref \"b.json\" leads to no schema that is known (reader /$ref): no order of w and r is shown to be "
              "safe"});
  }
  SECTION("a circle across topics is named") {
    // On t the readers must be first, on u the writers.
    const RollOut roll =
        plan_roll_out(contracts({{"x.out > t", ab}, {"y.in < t", ab}, {"x.more > u", a}, {"y.also < u", a}}),
                      contracts({{"x.out > t", a}, {"y.in < t", a}, {"x.more > u", ab}, {"y.also < u", ab}}));
    REQUIRE(roll.problems.size() == 1);
    CHECK(roll.problems[0].text ==
          std::string("x before y before x wait for each other: new consumer y.also cannot read what old producer "
                      "x.more writes: ") +
              lacks_b + "; old consumer y.in cannot read what new producer x.out writes: " + lacks_b);
  }
}

TEST_CASE("contracts survive being kept as text", "[plan][roll]") {
  const DeployedContracts made =
      contracts({{"w.out > t", record({"a"})}, {"r.in < t", record({"a"})}, {"s.in < u", untold("x y")}});
  int left_out = 0;
  const auto data = contracts_data(made, 100'000, left_out);
  CHECK(left_out == 0);
  CHECK(std::ranges::count_if(data, [](const auto& entry) { return entry.first.starts_with("schema-"); }) == 1);
  const DeployedContracts read = read_contracts(Json(data));
  REQUIRE(read.ports.size() == 3);
  CHECK(read.workloads == made.workloads);
  CHECK(read.ports[0].name() == "r.in");
  CHECK(read.ports[0].schema.text == made.ports[0].schema.text);
  CHECK(read.ports[1].schema.fingerprint == "x_y");
  CHECK(read.ports[2].produces);
  CHECK(read.ports[2].same_schema(made.ports[2]));

  const auto small = contracts_data(made, 400, left_out);
  CHECK(left_out == 1);
  CHECK(read_contracts(Json(small)).ports[0].schema.text.empty());
  CHECK(read_contracts(Json{{"w.out", 5}, {"nonsense", "x"}, {"a.b", "produces t"}}).ports.empty());
}

namespace {

/// Deployments `versions` and the record of `contracts`, as rendering makes them.
std::vector<Resource> rendered(const DeployedContracts& of, int version) {
  std::vector<Resource> out;
  int left_out = 0;
  Resource record{.id = {"kubernetes", "ConfigMap", "n", "contracts"},
                  .spec = {{"data", contracts_data(of, 100'000, left_out)}}};
  for (const auto& [streamlet, ids] : of.workloads) {
    out.push_back({.id = ids[0], .spec = {{"version", version}}, .streamlet = streamlet});
    record.after.push_back(ids[0]);
  }
  record.origins.set("/data/r.in", {"blueprint.yaml", 4, 7});
  out.push_back(std::move(record));
  return out;
}

struct Deployed {
  FakeProvider provider{"kubernetes"};
  std::vector<Provider*> providers{&provider};

  Deployed(const DeployedContracts& of) {
    for (const Resource& resource : rendered(of, 1)) provider.put(resource.id, resource.spec);
  }
  Plan plan(std::vector<Resource> desired) {
    auto made = make_plan(
        {.desired = desired, .providers = providers, .contracts = {"kubernetes", "ConfigMap", "n", "contracts"}}, {});
    REQUIRE(made);
    return *made;
  }
};

std::vector<std::string> addresses(const Plan& plan) {
  std::vector<std::string> out;
  for (const Change& change : plan.changes) out.push_back(change.id.text());
  return out;
}

}  // namespace

TEST_CASE("a reader of what old writers never wrote waits for the writers, and then for its old version",
          "[plan][roll]") {
  const DeployedContracts after = contracts({{"a.out > t", record({"a", "b"})}, {"r.in < t", record({"a", "b"})}});
  Deployed deployed(contracts({{"a.out > t", record({"a"})}, {"r.in < t", record({"a"})}}));
  auto made = make_plan({.desired = rendered(after, 2),
                         .providers = deployed.providers,
                         .application = "app",
                         .contracts = {"kubernetes", "ConfigMap", "n", "contracts"}},
                        {});
  REQUIRE(made);
  const ResourceId group{"kafka", "ConsumerGroup", "default", "app.r.in:t"};
  CHECK(addresses(*made) == std::vector<std::string>{"deployment/app-a", "deployment/app-r", "configmap/contracts"});
  CHECK(made->awaits ==
        std::map<ResourceId, std::vector<ResourceId>>{{workload("r"), {group}}, {group, {workload("a")}}});
  REQUIRE(made->notes.size() == 2);
  CHECK(made->notes[1].text ==
        "order: r changes when its old version has read what topic t holds then: "
        "consumergroup/app.r.in:t (--allow-unsafe-order does not wait)");
  SECTION("unless it is allowed not to") {
    apply_policy(*made, {}, {.unsafe_order = true});
    CHECK(made->awaits.empty());
  }
  SECTION("also when the writers have changed already") {
    deployed.provider.put(workload("a"), {{"version", 2}});
    made = make_plan({.desired = rendered(after, 2),
                      .providers = deployed.providers,
                      .application = "app",
                      .contracts = {"kubernetes", "ConfigMap", "n", "contracts"}},
                     {});
    REQUIRE(made);
    CHECK(made->awaits.at(group) == std::vector<ResourceId>{workload("a")});
    CHECK(std::ranges::count(made->awaits.at(workload("r")), group) == 1);
  }
}

TEST_CASE("a plan keeps the order of its schemas and records them last", "[plan][roll]") {
  const DeployedContracts before = contracts({{"a.out > t", record({"a", "b"})}, {"r.in < t", record({"a", "b"})}});
  const DeployedContracts after = contracts({{"a.out > t", record({"a"})}, {"r.in < t", record({"a"})}});
  Deployed deployed(before);

  SECTION("both change") {
    const Plan plan = deployed.plan(rendered(after, 2));
    CHECK(addresses(plan) == std::vector<std::string>{"deployment/app-r", "deployment/app-a", "configmap/contracts"});
    CHECK(plan.changes[1].after == std::vector<ResourceId>{workload("r")});
    CHECK(testing::texts(plan.notes) ==
          std::vector<std::string>{std::string("order: r before a: old consumer r.in cannot read what "
                                               "new producer a.out writes: ") +
                                   lacks_b});
    CHECK(plan.awaits.empty());
  }
  SECTION("after an apply that was cut short the first one is waited for") {
    deployed.provider.put(workload("r"), {{"version", 2}});
    const Plan plan = deployed.plan(rendered(after, 2));
    CHECK(addresses(plan) == std::vector<std::string>{"deployment/app-a", "configmap/contracts"});
    CHECK(plan.awaits ==
          std::map<ResourceId, std::vector<ResourceId>>{
              {{"kubernetes", "ConfigMap", "n", "contracts"}, {workload("r")}}, {workload("a"), {workload("r")}}});
  }
  SECTION("what leaves the application is gone before the writer starts") {
    Inventory inventory{.exists = true};
    auto made = make_plan({.desired = rendered(contracts({{"a.out > t", record({"a"})}}), 2),
                           .inventory = inventory,
                           .providers = deployed.providers,
                           .contracts = {"kubernetes", "ConfigMap", "n", "contracts"}},
                          {});
    REQUIRE(made);
    CHECK(addresses(*made) == std::vector<std::string>{"deployment/app-r", "deployment/app-a", "configmap/contracts"});
    CHECK(made->changes[0].action == Action::remove);
    CHECK(made->changes[1].after == std::vector<ResourceId>{workload("r")});
  }
  SECTION("what an apply of another commit left half-way is said to be unknown") {
    auto made = make_plan({.desired = rendered(after, 2),
                           .inventory = {.exists = true, .last = {{"state", "applying"}, {"commit", "abc"}}},
                           .providers = deployed.providers,
                           .commit = "def",
                           .contracts = {"kubernetes", "ConfigMap", "n", "contracts"}},
                          {});
    REQUIRE(made);
    REQUIRE(made->notes.size() == 2);
    CHECK(made->notes[0].text ==
          "the last apply was of another commit and did not end: schemas that only it brought are not looked at");
  }
  SECTION("without a record it is said that nothing is checked") {
    deployed.provider.take({"kubernetes", "ConfigMap", "n", "contracts"});
    const Plan plan = deployed.plan(rendered(after, 2));
    CHECK(addresses(plan) == std::vector<std::string>{"deployment/app-a", "deployment/app-r", "configmap/contracts"});
    CHECK(testing::texts(plan.notes) ==
          std::vector<std::string>{"no schemas of what is deployed are recorded, so the order of this roll-out is not "
                                   "checked"});
  }
  SECTION("where the schemas are given up it is said that nothing is checked") {
    std::vector<Resource> desired = rendered(after, 2);
    desired.pop_back();
    const Plan plan = deployed.plan(std::move(desired));
    CHECK(addresses(plan) == std::vector<std::string>{"deployment/app-a", "deployment/app-r", "configmap/contracts"});
    CHECK(plan.changes.back().action == Action::remove);
    CHECK(
        testing::texts(plan.notes) ==
        std::vector<std::string>{"no port has a schema any more, as those that are deployed have, so the order of this "
                                 "roll-out is not checked"});
  }
  SECTION("nothing is said of schemas where all goes") {
    const Plan plan = deployed.plan({});
    CHECK(plan.changes.size() == 3);
    CHECK(plan.notes.empty());
  }
  SECTION("where no order is safe, the place of the port is named") {
    const Plan plan =
        deployed.plan(rendered(contracts({{"a.out > t", record({"c"})}, {"r.in < t", record({"c"})}}), 2));
    REQUIRE(plan.unsafe_order.size() == 2);
    CHECK(plan.unsafe_order[0] ==
          "blueprint.yaml:4:7: topic t: new consumer r.in cannot read what old producer a.out writes: /fields/0: "
          "field \"c\" of record \"Call\" is not written and has no default");
  }
}
