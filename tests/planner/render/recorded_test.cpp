// Our objects against those that Cloudflow 2 made of the same inputs (tests/fixtures/original).
#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include "tests/planner/render/sensors.h"

namespace cloudflow {
namespace {

using testing::fixture;
using testing::hocon;
using testing::MemoryTree;
using testing::texts;

Environment recorded_environment() {
  Environment out{.name = "recorded"};
  out.volume_mounts = {{"proc.data", {.value = "pvc-data"}}, {"proc.ref", {.value = "pvc-ref"}}};
  return out;
}

/// What the cluster was when Cloudflow 2 ran.
ClusterFacts recorded_facts() {
  ClusterFacts out{.online = true};
  out.kafka.emplace("default", hocon("bootstrap.servers = \"127.0.0.1:59997\", partitions = 3, replicas = 1, "
                                     "connection-config {}, producer-config {}, consumer-config {}",
                                     "secret"));
  out.claims = {{"pvc-data", "ReadWriteMany"}, {"pvc-ref", "ReadOnlyMany"}};
  return out;
}

struct Rendered {
  std::vector<Resource> resources{};
  std::string problems{};
};

Rendered rendered(const std::string& name, const std::string& extra_config = "") {
  Diagnostics problems;
  const Application application = testing::sensors_application(name, problems);
  const Environment environment = recorded_environment();
  const EffectiveConfig config = effective_config(
      application, environment, hocon(fixture(name + "/app.conf") + "\n" + extra_config), recorded_facts(), problems);
  Rendered out{.resources = render(application, environment, config, MemoryTree({}), problems)};
  out.problems = texts(problems);
  return out;
}

/// The spec with Secret documents decoded, as recorded.json has them.
Json decoded(const Resource& resource) {
  Json out = resource.spec;
  if (out["kind"] != "Secret") return out;
  for (const auto& [key, value] : out["data"].items()) {
    std::string bytes;
    REQUIRE(from_base64(value.get<std::string>(), bytes));
    out["decoded"][key] = Json::parse(bytes);
  }
  out.erase("data");
  return out;
}

/// Fields that the API server filled in, that are gone on purpose, or that are new on purpose.
bool is_expected_difference(const std::string& pointer, const Json& value) {
  static const std::vector<std::string> server_defaults = {"/progressDeadlineSeconds",
                                                           "/revisionHistoryLimit",
                                                           "/rollingUpdate/maxSurge",
                                                           "/rollingUpdate/maxUnavailable",
                                                           "/failureThreshold",
                                                           "/successThreshold",
                                                           "/terminationMessagePath",
                                                           "/terminationMessagePolicy",
                                                           "/dnsPolicy",
                                                           "/restartPolicy",
                                                           "/schedulerName",
                                                           "/terminationGracePeriodSeconds",
                                                           "/defaultMode",
                                                           "/fieldRef/apiVersion",
                                                           "/sessionAffinity",
                                                           "/spec/template/spec/serviceAccount"};
  if (std::ranges::any_of(server_defaults, [&](const std::string& end) { return pointer.ends_with(end); })) return true;
  if ((pointer.ends_with("/securityContext") || pointer.ends_with("/metadata/annotations")) && value.empty())
    return true;
  if (pointer.starts_with("/metadata/ownerReferences")) return true;                  // section K: none
  if (pointer.ends_with("/labels/com.lightbend.cloudflow~1created-at")) return true;  // section K: none
  if (pointer.ends_with("/annotations/cloudflow~1config-digest")) return true;  // section K: restarts only what changed
  if (pointer.ends_with("/need") && value.is_null()) return true;               // it is required, so we gave one
  if (pointer.find("/port_mappings/") != std::string::npos) {
    if (pointer.find("/config/cloudflow/") != std::string::npos) return true;  // K7
    if (pointer.ends_with("/config/producers") || pointer.ends_with("/config/consumers"))
      return true;                                                           // never read by anybody
    if (pointer.ends_with("/config/managed") && value == true) return true;  // the default
    if (pointer.ends_with("/config/topic") && value.empty()) return true;
  }
  return false;
}

/// Leaves by pointer. Settings of ports count as the same whether a key is nested or dotted.
std::map<std::string, Json> leaves(const Json& object) {
  std::map<std::string, Json> out;
  const Json flat = object.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    std::string key = pointer;
    const auto port = key.find("/port_mappings/");
    if (port != std::string::npos) std::replace(key.begin() + static_cast<std::ptrdiff_t>(port), key.end(), '.', '/');
    out.emplace(key, value);
  }
  return out;
}

/// "pointer: recorded → ours" for every leaf that differs without being expected to.
std::string differences(const Json& recorded, const Json& ours) {
  std::string out;
  const std::map<std::string, Json> before = leaves(recorded);
  const std::map<std::string, Json> after = leaves(ours);
  std::set<std::string> pointers;
  for (const auto& [pointer, value] : before) pointers.insert(pointer);
  for (const auto& [pointer, value] : after) pointers.insert(pointer);
  const auto at = [](const std::map<std::string, Json>& all, const std::string& pointer) {
    const auto found = all.find(pointer);
    return found == all.end() ? nullptr : &found->second;
  };
  for (const std::string& pointer : pointers) {
    const Json* left = at(before, pointer);
    const Json* right = at(after, pointer);
    if (left != nullptr && right != nullptr && *left == *right) continue;
    if (is_expected_difference(pointer, left != nullptr ? *left : *right)) continue;
    out += fmt::format("{}: {} → {}\n", pointer, left == nullptr ? "nothing" : left->dump(),
                       right == nullptr ? "nothing" : right->dump());
  }
  return out;
}

/// Differences of all objects of the kinds that we make; topics are no longer ConfigMaps.
std::string all_differences(const std::string& name, const std::vector<Resource>& resources) {
  const Json recorded = Json::parse(fixture(name + "/recorded.json"));
  std::string out;
  std::size_t seen = 0;
  for (const Json& object : recorded["objects"]) {
    const std::string kind = object["kind"];
    if (kind == "ConfigMap" || kind == "CloudflowApplication" || kind == "Namespace") continue;
    const std::string object_name = object["metadata"]["name"];
    const auto ours = std::ranges::find_if(
        resources, [&](const Resource& r) { return r.spec.value("kind", "") == kind && r.id.name == object_name; });
    if (ours == resources.end()) {
      out += kind + " " + object_name + " is not rendered\n";
      continue;
    }
    ++seen;
    const std::string found = differences(object, decoded(*ours));
    if (!found.empty()) out += kind + " " + object_name + "\n" + found;
  }
  CHECK(seen >= 5);
  return out;
}

TEST_CASE("the recorded application with every pod setting", "[render][recorded]") {
  const Rendered result = rendered("sensors");
  CHECK(result.problems == "");
  CHECK(all_differences("sensors", result.resources) == "");
}

/// The parameter `need` has no value there, which Cloudflow 2 let through.
constexpr const char* need = "cloudflow.streamlets.proc.config-parameters.need = \"\"";

TEST_CASE("the recorded application without configuration", "[render][recorded]") {
  CHECK(rendered("sensors--no-conf").problems ==
        "app.json:198:4: error: parameter \"need\" of streamlet \"proc\" has neither a value nor a default "
        "(set cloudflow.streamlets.proc.config-parameters.need in a configuration file, or under values: of the "
        "environment)\n");
  const Rendered result = rendered("sensors--no-conf", need);
  CHECK(result.problems == "");
  CHECK(all_differences("sensors--no-conf", result.resources) == "");
}

Json topic_spec(const Rendered& result, const std::string& name) {
  const auto found = std::ranges::find(result.resources, ResourceId{"kafka", "Topic", "default", name}, &Resource::id);
  return found == result.resources.end() ? Json() : found->spec;
}

TEST_CASE("the recorded application with a topic that is not managed", "[render][recorded]") {
  const Rendered result = rendered("sensors--managed-no", need);
  CHECK(result.problems == "");
  CHECK(all_differences("sensors--managed-no", result.resources) == "");
  CHECK(topic_spec(result, "good") ==
        Json::parse(R"({"config":{},"managed":false,"partitions":3,"replicas":1})"));  // K5
  CHECK(topic_spec(result, "bad-topic") == Json::parse(R"({"config":{},"managed":false,"partitions":3,"replicas":1})"));
  CHECK(topic_spec(result, "raw-v2") ==
        Json::parse(R"({"config":{"retention.ms":"3600000"},"managed":true,"partitions":5,"replicas":1})"));
}

TEST_CASE("topics of the recorded application with configuration", "[render][recorded]") {
  const Rendered result = rendered("sensors");
  CHECK(topic_spec(result, "good-real") == Json::parse(R"({"config":{},"managed":true,"partitions":7,"replicas":1})"));
  CHECK(topic_spec(result, "raw-v2") ==
        Json::parse(R"({"config":{"retention.ms":"3600000"},"managed":true,"partitions":5,"replicas":1})"));
}

TEST_CASE("partitions inside topic count as partitions", "[render][recorded]") {
  const Rendered result = rendered("sensors--topic-partitions-inside", need);
  CHECK(result.problems == "");
  const std::string ports = "/decoded/secret.conf/cloudflow/runner/streamlet/context/port_mappings/";  // K1
  const std::string in = ports + "in/config/partitions: 3 → 4\n" + ports + "in/config/topic/partitions: 4 → nothing\n";
  const std::string out =
      ports + "out/config/partitions: 3 → 4\n" + ports + "out/config/topic/partitions: 4 → nothing\n";
  CHECK(all_differences("sensors--topic-partitions-inside", result.resources) ==
        "Secret out\n" + in + "Secret proc\n" + out);
  CHECK(topic_spec(result, "good") ==
        Json::parse(R"({"config":{},"managed":true,"partitions":4,"replicas":1})"));  // K1
}

TEST_CASE("what Cloudflow 2 refused is refused", "[render][recorded]") {
  CHECK(rendered("sensors--bad-int", need).problems ==
        "app.conf:1:52: error: parameter \"rate\" of streamlet \"proc\" must be a whole number of 32 bits, not "
        "\"1.5\"\n");
  CHECK(rendered("sensors--bad-duration", need).problems ==
        "app.conf:1:54: error: parameter \"window\" of streamlet \"proc\" must be a duration such as 10 seconds, not "
        "\"2 parsec\"\n");
  CHECK(rendered("sensors--cluster-override", need).problems ==
        "app.conf:1:33: error: topic \"good\" is on Kafka cluster \"other\", which does not exist (add it under kafka: "
        "of the environment, or a secret labelled cloudflow.lightbend.com/kafka-cluster-name=other)\n");
  CHECK(rendered("sensors--missing-pvc", need).problems ==
        "app.conf:1:70: error: volume \"v\" of streamlet \"proc\" uses the claim \"gone\", which does not exist\n");
  CHECK(rendered("sensors--unknown-parameter", need).problems ==
        "app.conf:1:51: error: streamlet \"proc\" has no parameter \"zzz\" (its parameters are: rate, name, window, "
        "need)\n");
  CHECK(rendered("sensors--unknown-streamlet", need).problems ==
        "app.conf:1:1: error: the application has no streamlet \"nope\" (its streamlets are: http-in, out, proc)\n");
  CHECK(rendered("sensors--unknown-topic", need).problems ==
        "app.conf:1:1: error: the application has no topic \"nope\" (its topics are: bad, good, raw)\n");
}

}  // namespace
}  // namespace cloudflow
