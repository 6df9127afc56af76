// New schemas are rolled out in an order in which no reader receives a record that it cannot decode.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_all.hpp>

#include "sdk/support/text.h"
#include "tests/e2e/world.h"
#include "tests/support/kafkabed.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::World;

namespace {

std::string schema(const std::string& fields) {
  return fmt::format(R"({{"type": "record", "name": "Call", "namespace": "calls", "fields": [{}]}})", fields);
}

const char* user = R"({"name": "user", "type": "string"})";
const char* duration = R"({"name": "duration", "type": "long"})";

/// A writer and a reader of one topic; both get a new image with every version.
void make_version(World& world, int version, const std::string& fields, const std::string& annotations = "") {
  world.write("cloudflow.yaml", fmt::format(R"(application: {0}
version: {2}
blueprint: wires.yaml
environments:
  test:
    kubernetes: {{namespace: {1}}}
    kafka:
      default: {{bootstrap-servers: "{3}", partitions: 1, replicas: 1}}
)",
                                            world.application(), world.ns(), version, World::brokers()));
  world.write("call.avsc", schema(fields));
  world.write("wires.yaml", fmt::format(R"(blueprint:
  streamlets:
    ingress: {{image: "registry.example.com/ingress:{0}", outlets: {{out: {{schema: call.avsc}}}}}}
    rating: {{image: "registry.example.com/rating:{0}", inlets: {{in: {{schema: call.avsc}}}}}}
  topics:
    calls: {{producers: [ingress.out], consumers: [rating.in], topic: {{name: {1}}}}}
)",
                                        version, world.topic("calls")));
  world.write("annotations.conf", annotations);
  if (!annotations.empty()) world.replace("cloudflow.yaml", "    kafka:", "    config: [annotations.conf]\n    kafka:");
  world.commit(fmt::format("Version {}", version));
}

/// "started deployment/x", "finished deployment/x" of the streamlets and the record, in the order of the events.
std::vector<std::string> events(const World& world, const std::string& output) {
  std::vector<std::string> out;
  for (const std::string& line : split(output, '\n')) {
    if (line.empty()) continue;
    const Json event = Json::parse(line);
    const std::string what = string_at(event, {"type"});
    std::string address = string_at(event, {"address"});
    if ((what != "started" && what != "finished" && what != "failed" && what != "skipped") ||
        address.starts_with("sec"))
      continue;
    const auto name = address.find(world.application());
    if (name != std::string::npos) address.replace(name, world.application().size(), "APP");
    out.push_back(what + " " + address);
  }
  return out;
}

std::string recorded(const World& world, const std::string& port) {
  const Json record = world.get("api/v1", "configmaps", "cloudflow-" + world.application() + "-contracts");
  return string_at(record, {"data", port});
}

}  // namespace

TEST_CASE("readers come before writers that leave a field out, and the record of schemas comes last",
          "[e2e][servers][roll]") {
  World world("roll");
  make_version(world, 1, fmt::format("{}, {}", user, duration));
  CHECK_THAT(world.expect(0, {"apply", "--yes"}).output, ContainsSubstring("Applied: "));
  const std::string first = recorded(world, "ingress.out");
  CHECK_THAT(first, ContainsSubstring("produces " + world.topic("calls") + " default avro ") &&
                        ContainsSubstring(" calls.Call"));

  SECTION("the plan says so and apply does so") {
    make_version(world, 2, user);
    const ProcessOutput plan = world.expect(2, {"plan", "--detailed-exitcode"});
    CHECK_THAT(plan.output,
               ContainsSubstring("note: order: rating before ingress: old consumer rating.in cannot read what new "
                                 "producer ingress.out writes: /fields/1: field \"duration\" of record \"calls.Call\" "
                                 "is not written and has no default"));
    const ProcessOutput applied = world.expect(0, {"apply", "--yes", "--json"});
    CHECK(events(world, applied.output) ==
          std::vector<std::string>{"started deployment/APP-rating", "finished deployment/APP-rating",
                                   "started deployment/APP-ingress", "finished deployment/APP-ingress",
                                   "started configmap/cloudflow-APP-contracts",
                                   "finished configmap/cloudflow-APP-contracts"});
    CHECK(recorded(world, "ingress.out") != first);
    CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  }

  SECTION("a reader that does not come up keeps the writer back, now and when apply is run again") {
    make_version(world, 2, user,
                 "cloudflow.streamlets.rating.kubernetes.pods.pod.annotations { \"kubebed/fail\" = image-pull }\n");
    const ProcessOutput applied = world.expect(4, {"apply", "--yes", "--json", "--deadline", "6"});
    CHECK(events(world, applied.output) ==
          std::vector<std::string>{"started deployment/APP-rating", "failed deployment/APP-rating",
                                   "skipped deployment/APP-ingress", "skipped configmap/cloudflow-APP-contracts"});
    CHECK(recorded(world, "ingress.out") == first);
    // The reader is as it should be and not ready: what comes after it still waits.
    const Json again = world.plan();
    REQUIRE(again.at("changes").size() == 2);
    const ProcessOutput waits = world.expect(1, {"apply", "--yes", "--json", "--deadline", "6"});
    CHECK(events(world, waits.output) == std::vector<std::string>{"failed deployment/APP-rating",
                                                                  "skipped deployment/APP-ingress",
                                                                  "skipped configmap/cloudflow-APP-contracts"});
    make_version(world, 2, user);
    world.expect(0, {"apply", "--yes"});
    CHECK(recorded(world, "ingress.out") != first);
  }

  SECTION("where no order is safe nothing is changed, unless it is allowed by name") {
    make_version(world, 3, R"({"name": "caller", "type": "string"})");
    const ProcessOutput refused = world.expect(3, {"apply", "--yes"});
    CHECK_THAT(refused.output,
               ContainsSubstring("refused: no order of roll-out is safe: wires.yaml:4:") &&
                   ContainsSubstring("old consumer rating.in cannot read what new producer ingress.out writes: ") &&
                   ContainsSubstring("new consumer rating.in cannot read what old producer ingress.out writes: "));
    CHECK(recorded(world, "ingress.out") == first);
    world.expect(0, {"apply", "--yes", "--allow-unsafe-order"});
    CHECK(recorded(world, "ingress.out") != first);
  }
}

TEST_CASE("readers that cannot read old records change when their old version has read them", "[e2e][servers][roll]") {
  World world("drain");
  make_version(world, 1, user);
  world.expect(0, {"apply", "--yes"});
  const std::string first = recorded(world, "rating.in");
  const std::string group = world.application() + ".rating.in";
  const std::string common = fmt::format("--bootstrap-server {} --topic {}", World::brokers(), world.topic("calls"));
  const auto read = [&](int records) {
    return testing::run_kafka_tool(
        "true", "org.apache.kafka.tools.consumer.ConsoleConsumer",
        fmt::format("{} --group {} --from-beginning --max-messages {}", common, group, records));
  };
  REQUIRE(testing::run_kafka_tool("seq 5", "org.apache.kafka.tools.ConsoleProducer", common));
  REQUIRE(read(2));
  make_version(world, 2, fmt::format("{}, {}", user, duration));
  CHECK_THAT(world.expect(2, {"plan", "--detailed-exitcode"}).output,
             ContainsSubstring(fmt::format("note: order: rating changes when its old version has read what topic {} "
                                           "holds then: consumergroup/{}:{}",
                                           world.topic("calls"), group, world.topic("calls"))));
  const ProcessOutput applied = world.expect(4, {"apply", "--yes", "--json", "--deadline", "4"});
  CHECK(events(world, applied.output) ==
        std::vector<std::string>{"started deployment/APP-ingress", "finished deployment/APP-ingress",
                                 "failed consumergroup/APP.rating.in:" + world.topic("calls"),
                                 "skipped deployment/APP-rating", "skipped configmap/cloudflow-APP-contracts"});
  CHECK_THAT(applied.output,
             ContainsSubstring(
                 fmt::format("not ready after 4 s: nobody reads for group {}, which has a lag of 3 records on topic {}",
                             group, world.topic("calls"))));
  CHECK(recorded(world, "rating.in") == first);

  SECTION("as they have when apply is run again") {
    REQUIRE(read(3));
    const ProcessOutput again = world.expect(0, {"apply", "--yes", "--json", "--deadline", "60"});
    const std::vector<std::string> seen = events(world, again.output);
    CHECK(std::ranges::find(seen, "finished deployment/APP-rating") != seen.end());
    CHECK(recorded(world, "rating.in") != first);
  }
  SECTION("or it is allowed by name that they have not") {
    world.expect(0, {"apply", "--yes", "--allow-unsafe-order"});
    CHECK(recorded(world, "rating.in") != first);
  }
}
