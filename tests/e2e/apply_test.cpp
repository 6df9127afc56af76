// The main job on real servers: plan, apply, change, drift, prune.
#include <algorithm>
#include <catch2/catch_all.hpp>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "sdk/support/text.h"
#include "tests/e2e/world.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::World;

namespace {

/// Every Deployment of the namespace is available at its newest generation.
void check_all_available(const World& world, std::size_t count) {
  const Json deployments = world.list("apis/apps/v1", "deployments");
  CHECK(deployments.size() == count);
  for (const Json& deployment : deployments) {
    CAPTURE(string_at(deployment, {"metadata", "name"}));
    CHECK(int_at(deployment, {"status", "availableReplicas"}) == int_at(deployment, {"spec", "replicas"}));
    CHECK(int_at(deployment, {"status", "observedGeneration"}) == int_at(deployment, {"metadata", "generation"}));
  }
}

std::map<std::string, std::string> pod_uids(const World& world) {
  std::map<std::string, std::string> uids;
  for (const Json& pod : world.list("api/v1", "pods")) {
    if (find(pod, {"metadata", "deletionTimestamp"}) == nullptr)
      uids[string_at(pod, {"metadata", "labels", "com.lightbend.cloudflow/streamlet-name"})] =
          string_at(pod, {"metadata", "uid"});
  }
  return uids;
}

std::string digest_in(const Json& deployment) {
  return string_at(deployment, {"spec", "template", "metadata", "annotations", "cloudflow/config-digest"});
}

/// Streamlet → the digest of its configuration in the cluster.
std::map<std::string, std::string> live_digests(const World& world) {
  std::map<std::string, std::string> out;
  for (const Json& deployment : world.list("apis/apps/v1", "deployments"))
    out[string_at(deployment, {"spec", "template", "metadata", "labels", "com.lightbend.cloudflow/streamlet-name"})] =
        digest_in(deployment);
  return out;
}

/// The digests that `render` prints: without a key.
std::vector<std::string> plain_digests(const World& world) {
  const std::string text = world.expect(0, {"render"}).output;
  constexpr std::string_view name = "cloudflow/config-digest: ";
  std::vector<std::string> out;
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const auto begin = text.find_first_of("0123456789abcdef", at + name.size());
    out.push_back(text.substr(begin, text.find_first_not_of("0123456789abcdef", begin) - begin));
    REQUIRE(out.back().size() == 32);
  }
  return out;
}

/// Whether one of the digests stands in a text.
bool shows_any(const std::string& text, const std::vector<std::string>& digests) {
  return std::ranges::any_of(digests,
                             [&](const std::string& digest) { return text.find(digest) != std::string::npos; });
}

}  // namespace

TEST_CASE("what a workload tells of its configuration cannot be tested without the key", "[e2e][servers]") {
  World world("keyed");
  const std::string key = "cloudflow-" + world.application() + "-digest-key";
  const std::vector<std::string> plain = plain_digests(world);
  REQUIRE(plain.size() == 6);
  for (const std::string format : {"text", "json"})
    CHECK_FALSE(shows_any(world.expect(0, {"plan", "--format", format}).output, plain));
  world.expect(0, {"apply", "--yes"});
  CHECK_FALSE(world.get("api/v1", "secrets", key).is_null());
  const auto first = live_digests(world);
  REQUIRE(first.size() == 6);
  for (const auto& [streamlet, digest] : first) {
    CAPTURE(streamlet);
    CHECK(digest.size() == 32);
    CHECK_FALSE(shows_any(digest, plain));
  }
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));

  SECTION("a changed value restarts what reads it, and destroy removes the key") {
    const auto before = pod_uids(world);
    world.replace("config/local.conf", "records-per-second = 5", "records-per-second = 9");
    world.commit("Make more records");
    const std::vector<std::string> changed = plain_digests(world);
    for (const std::string format : {"text", "json"}) {
      const std::string plan = world.expect(0, {"plan", "--format", format}).output;
      CHECK_FALSE(shows_any(plan, changed));
      CHECK_FALSE(shows_any(plan, plain));
      CHECK_FALSE(shows_any(plan, {first.at("generator")}));
    }
    world.expect(0, {"apply", "--yes"});
    auto second = live_digests(world);
    CHECK(second.at("generator") != first.at("generator"));
    CHECK_FALSE(shows_any(second.at("generator"), changed));
    second["generator"] = first.at("generator");
    CHECK(second == first);
    auto after = pod_uids(world);
    CHECK(after.at("generator") != before.at("generator"));
    after["generator"] = before.at("generator");
    CHECK(after == before);
    CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
    world.expect(0, {"destroy", "--yes", "--delete-topics"});
    CHECK(world.get("api/v1", "secrets", key).is_null());
  }

  SECTION("what an older version wrote without a key stays, and restarts nothing") {
    const std::string text = world.expect(0, {"render"}).output;
    const auto document = text.find("name: " + world.application() + "-generator\n");
    REQUIRE(document != std::string::npos);
    const auto at = text.find("cloudflow/config-digest: ", document);
    REQUIRE(at != std::string::npos);
    const auto begin =
        text.find_first_of("0123456789abcdef", at + std::string_view("cloudflow/config-digest: ").size());
    const std::string old = text.substr(begin, 32);
    world.merge_patch("apis/apps/v1", "deployments/" + world.application() + "-generator",
                      {{"spec", {{"template", {{"metadata", {{"annotations", {{"cloudflow/config-digest", old}}}}}}}}}},
                      "cloudflow");
    world.remove("api/v1", "secrets", key);
    // The others were under the key that is gone; this one tells the same as before.
    CHECK(world.planned().size() == 5);
    world.expect(0, {"apply", "--yes"});
    CHECK(live_digests(world).at("generator") == old);
    CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  }
}

TEST_CASE("an application goes from nothing to running and stays as its source says", "[e2e][servers]") {
  World world("main");
  const Json first = world.plan();
  CHECK(first.at("counts").at("change") == 0);
  CHECK(first.at("counts").at("remove") == 0);
  for (const Json& change : first.at("changes")) CHECK(change.at("action") == "create");
  const ProcessOutput applied = world.expect(0, {"apply", "--yes"});
  CHECK_THAT(applied.output, ContainsSubstring("Applied: "));
  check_all_available(world, 6);

  const ProcessOutput again = world.expect(0, {"plan", "--detailed-exitcode"});
  CHECK_THAT(again.output, ContainsSubstring("No changes."));

  SECTION("one configuration value restarts exactly one streamlet, and the plan says where it was written") {
    const auto before = pod_uids(world);
    REQUIRE(before.size() == 6);
    world.replace("config/local.conf", "records-per-second = 5", "records-per-second = 9");
    world.commit("Make more records");
    const ProcessOutput plan = world.expect(2, {"plan", "--detailed-exitcode"});
    CHECK_THAT(plan.output, ContainsSubstring("records-per-second") && ContainsSubstring("config/local.conf:3:") &&
                                ContainsSubstring(" \"Make more records\"\n") &&
                                ContainsSubstring("~ configuration    reads secret/generator\n") &&
                                ContainsSubstring("Restarts 1 of 6 pods"));
    CHECK(world.planned() == std::vector<std::string>{"update deployment/" + world.application() + "-generator",
                                                      "update secret/config-" + world.application(),
                                                      "update secret/generator"});
    world.expect(0, {"apply", "--yes"});
    auto after = pod_uids(world);
    CHECK(after.at("generator") != before.at("generator"));
    after["generator"] = before.at("generator");
    CHECK(after == before);
    world.expect(0, {"plan", "--detailed-exitcode"});
  }

  SECTION("a plan that holds what is refused and what is not ends as its apply would") {
    world.replace("blueprint.conf", "partitions = 3", "partitions = 1");
    world.replace("config/local.conf", "records-per-second = 5", "records-per-second = 9");
    world.commit("Fewer partitions, more records");
    const ProcessOutput plan = world.expect(3, {"plan", "--detailed-exitcode"});
    CHECK_THAT(plan.output, ContainsSubstring("refused: Kafka cannot take partitions away: the topic has 3, 1 are") &&
                                ContainsSubstring("records-per-second"));
    world.expect(0, {"plan"});
    world.expect(3, {"apply", "--yes"});
    world.expect(3, {"plan", "--detailed-exitcode"});  // nothing but what is refused is left
    world.expect(3, {"apply", "--yes"});
  }

  SECTION("what kubectl scaled is drift with its manager, and is taken back") {
    const std::string name = world.application() + "-aggregator";
    world.merge_patch("apis/apps/v1", "deployments/" + name + "/scale", {{"spec", {{"replicas", 3}}}}, "kubectl");
    const Json plan = world.plan();
    REQUIRE(plan.at("changes").size() == 1);
    const Json& field = plan.at("changes")[0].at("fields").at(0);
    CHECK(field.at("path") == "spec.replicas");
    CHECK(field.at("before") == 3);
    CHECK(field.at("after") == 1);
    CHECK(field.at("cause") == "drift");
    CHECK(field.at("manager") == "kubectl");
    CHECK(field.at("take_over") == true);
    CHECK(plan.at("changes")[0].at("restarts") == 0);
    world.expect(0, {"apply", "--yes"});
    CHECK(int_at(world.get("apis/apps/v1", "deployments", name), {"spec", "replicas"}) == 1);
    world.expect(0, {"plan", "--detailed-exitcode"});
  }

  SECTION("a label that somebody else added is left alone") {
    const std::string name = world.application() + "-store";
    world.merge_patch("apis/apps/v1", "deployments/" + name, {{"metadata", {{"labels", {{"team", "blue"}}}}}},
                      "somebody");
    world.expect(0, {"plan", "--detailed-exitcode"});
    world.replace("cloudflow.yaml", "call-records-akka:1.4.0", "call-records-akka@sha256:" + std::string(64, 'a'));
    world.commit("A new image");
    world.expect(0, {"apply", "--yes"});
    CHECK_THAT(world.expect(0, {"status"}).output, ContainsSubstring("call-records-akka@sha256:aaaaaaaaaaaa…"));
    CHECK(string_at(world.get("apis/apps/v1", "deployments", name), {"metadata", "labels", "team"}) == "blue");
  }

  SECTION("streamlets that leave the blueprint are pruned; their topic stays with a note") {
    world.write("blueprint.conf", R"(blueprint {
  streamlets {
    ingress = callrecords.CallRecordIngress
    generator = callrecords.CallRecordGenerator
    validation = callrecords.CallRecordValidation
    logger = callrecords.InvalidRecordLogger
  }
  topics {
    call-records { producers = [ingress.out, generator.out], consumers = [validation.in], partitions = 3 }
    valid-records { producers = [validation.valid], partitions = 3, topic { retention.ms = 86400000 } }
    invalid-records { producers = [validation.invalid], consumers = [logger.in] }
  }
})");
    world.write("config/common.conf",
                "cloudflow.streamlets.generator.config-parameters.records-per-second = "
                "100\ncloudflow.runtimes.akka.config.akka.loglevel = INFO\n");
    world.replace("cloudflow.yaml", "          call-stats: {topic: {name: " + world.topic("call-stats") + "}}\n", "");
    world.commit("No statistics");
    const ProcessOutput plan = world.expect(2, {"plan", "--detailed-exitcode"});
    CHECK_THAT(plan.output, ContainsSubstring("topic/" + world.topic("call-stats") +
                                              " is no longer in the blueprint and stays as it is"));
    world.expect(0, {"apply", "--yes"});
    check_all_available(world, 4);
    CHECK(world.get("api/v1", "secrets", "store").is_null());
    CHECK(world.get("api/v1", "secrets", "aggregator").is_null());
    const ProcessOutput later = world.expect(0, {"plan", "--detailed-exitcode"});
    CHECK_THAT(later.output, ContainsSubstring("stays as it is"));
    world.expect(0, {"apply", "--yes", "--delete-topic", world.topic("call-stats")});
    CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, !ContainsSubstring("stays as it is"));
  }

  SECTION("status shows what runs and destroy takes it away") {
    const Json status = Json::parse(world.expect(0, {"status", "--format", "json"}).output);
    CHECK(status.at("healthy") == true);
    CHECK(status.at("streamlets").size() == 6);
    CHECK(status.at("topics").size() == 4);
    CHECK(status.at("inlets").size() == 4);
    CHECK_THAT(world.expect(0, {"status"}).output,
               ContainsSubstring("aggregator") && ContainsSubstring("1/1") &&
                   Catch::Matchers::Matches("(.|\n)* → kubernetes [^,]*, kafka default .{22}\n(.|\n)*"));
    // What is protected stays, with all that would have to go after it, and with the record of it.
    const std::string protection = "    policy: {protect: [\"deployment/*\"]}\n";
    world.replace("cloudflow.yaml", "    kafka:\n", protection + "    kafka:\n");
    CHECK_THAT(world.expect(3, {"destroy", "--yes"}).output,
               ContainsSubstring("Refused: 0 added, 0 changed, 0 removed"));
    CHECK(world.list("apis/apps/v1", "deployments").size() == 6);
    CHECK_FALSE(world.get("api/v1", "configmaps", "cloudflow-" + world.application()).is_null());
    world.replace("cloudflow.yaml", protection, "");
    world.expect(0, {"destroy", "--yes", "--delete-topics"});
    CHECK(world.list("apis/apps/v1", "deployments").empty());
    CHECK(world.list("api/v1", "secrets").empty());
    CHECK(world.get("api/v1", "configmaps", "cloudflow-" + world.application()).is_null());
  }
}

TEST_CASE("a pod that cannot start makes apply fail within its deadline, with the reason", "[e2e][servers]") {
  World world("fail");
  world.break_store();
  world.commit("A bad image");
  const ProcessOutput failed = world.expect(4, {"apply", "--yes", "--deadline", "8"});
  CHECK_THAT(failed.output, ContainsSubstring("deployment/" + world.application() + "-store: not ready after 8 s") &&
                                ContainsSubstring("ImagePullBackOff"));
  CHECK_THAT(world.expect(0, {"status"}).output, ContainsSubstring("ImagePullBackOff"));
  world.mend_store();
  world.commit("A good image");
  world.expect(0, {"apply", "--yes"});
  check_all_available(world, 6);
}

TEST_CASE("two applications in one namespace do not touch each other", "[e2e][servers]") {
  World one("one");
  one.expect(0, {"apply", "--yes"});
  World two("two", one);
  const ProcessOutput refused = two.expect(3, {"apply", "--yes"});
  CHECK_THAT(refused.output, ContainsSubstring("refused: belongs to application \"" + one.application() + "\"") &&
                                 ContainsSubstring("9 resources belong to others"));
  // Programs get no plan from apply: they are told why as well.
  const ProcessOutput for_programs = two.expect(3, {"apply", "--yes", "--json"});
  const std::vector<std::string> lines = split(trimmed(for_programs.output), '\n');
  REQUIRE(lines.size() == 3);
  CHECK(Json::parse(lines[0])["error"]["message"] ==
        "9 resources belong to others; rename, or deploy to another namespace");
  const Json summary = Json::parse(lines[2]);
  CHECK(summary["type"] == "summary");
  CHECK(summary["refused"] == 9);
  CHECK(summary["complete"] == false);
  CHECK(for_programs.errors ==
        "error: 9 resources belong to others; rename, or deploy to another namespace\n"
        "error: the plan is refused, for the reasons above: nothing was changed\n");
  CHECK(one.list("apis/apps/v1", "deployments").size() == 6);
  CHECK_THAT(one.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  // With names of its own the second one lives beside the first.
  two.write("cloudflow.yaml", R"(application: )" + two.application() + R"(
version: 1.0.0
blueprint: other.conf
environments:
  test:
    kubernetes: {namespace: )" + one.ns() +
                                  R"(}
    service-account: default
)");
  two.write("other.conf", "blueprint.streamlets.lonely { image = \"registry.example.com/lonely:1\" }\n");
  two.commit("Names of its own");
  two.expect(0, {"apply", "--yes"});
  CHECK_THAT(one.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  two.expect(0, {"destroy", "--yes"});
  CHECK_THAT(one.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
}

TEST_CASE("a streamlet may stop being a server", "[e2e][servers][apply]") {
  World world("server");
  world.write("cloudflow.yaml", R"(application: )" + world.application() + R"(
version: 1.0.0
blueprint: alone.conf
environments:
  test:
    kubernetes: {namespace: )" + world.ns() +
                                    R"(}
)");
  const std::string streamlet = "blueprint.streamlets.web { image = \"registry.example.com/web:1\"";
  const std::string name = world.application() + "-web";
  world.write("alone.conf", streamlet + ", server = true }\n");
  world.commit("A server");
  world.expect(0, {"apply", "--yes"});
  CHECK(world.get("apis/apps/v1", "deployments", name).at("spec").at("strategy").at("type") == "RollingUpdate");
  world.expect(0, {"plan", "--detailed-exitcode"});
  // The server would keep the settings of a rolling update, and refuse them beside the other strategy.
  world.write("alone.conf", streamlet + " }\n");
  world.commit("No server any more");
  world.expect(0, {"apply", "--yes"});
  CHECK(world.get("apis/apps/v1", "deployments", name).at("spec").at("strategy") == Json{{"type", "Recreate"}});
  world.expect(0, {"plan", "--detailed-exitcode"});
  world.expect(0, {"destroy", "--yes"});
}

TEST_CASE("credentials of a registry that left the project leave the pull secret, and others stay",
          "[e2e][servers][apply]") {
  World world("registry");
  const auto project = [&](const std::string& registry) {
    world.write("cloudflow.yaml", R"(application: )" + world.application() + R"(
version: 1.0.0
blueprint: alone.conf
environments:
  test:
    kubernetes: {namespace: )" + world.ns() +
                                      R"(}
    image-pull: {registry: )" + registry +
                                      R"(, username: u, password: {from-env: REGISTRY_PASSWORD}}
)");
    world.commit(registry);
  };
  const auto registries = [&] {
    std::string text;
    REQUIRE(from_base64(
        string_at(world.get("api/v1", "secrets", "cloudflow-image-pull-secret"), {"data", ".dockerconfigjson"}), text));
    std::vector<std::string> out;
    const Json auths = Json::parse(text).at("auths");
    for (const auto& [name, entry] : auths.items()) out.push_back(name);
    return out;
  };
  world.set("REGISTRY_PASSWORD", "t0psecret");
  world.write("alone.conf", "blueprint.streamlets.web { image = \"registry.example.com/web:1\" }\n");
  project("old.example.com");
  world.expect(0, {"apply", "--yes"});
  CHECK(registries() == std::vector<std::string>{"old.example.com"});
  const std::string both = to_base64(R"({"auths":{"old.example.com":{"auth":"x"},"other.example.com":{"auth":"y"}}})");
  world.merge_patch("api/v1", "secrets/cloudflow-image-pull-secret", {{"data", {{".dockerconfigjson", both}}}},
                    "somebody");
  project("new.example.com");
  const ProcessOutput plan = world.expect(0, {"plan"});
  CHECK_THAT(plan.output, ContainsSubstring("\"old.example.com\" → \"new.example.com\""));
  CHECK_THAT(plan.output, !ContainsSubstring("t0psecret"));
  world.expect(0, {"apply", "--yes"});
  CHECK(registries() == std::vector<std::string>{"new.example.com", "other.example.com"});
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  world.expect(0, {"destroy", "--yes"});
}

TEST_CASE("topics that are gone do not keep the record of an application", "[e2e][servers]") {
  World world("ghosts");
  world.expect(0, {"apply", "--yes"});
  // As after a run that was ended when it had deleted them, and had not yet written so.
  const auto kafka = LibrdkafkaAdmin::open("default", World::brokers(), *client_properties({}));
  REQUIRE(kafka);
  std::vector<std::string> topics;
  for (const char* id : {"call-records", "valid-records", "invalid-records", "call-stats"})
    topics.push_back(world.topic(id));
  const auto erase = [&](const std::vector<std::string>& some) {
    const auto deleted = (*kafka)->delete_topics(some, {});
    REQUIRE(deleted);
    for (const Result<void>& one : *deleted) CHECK(one.has_value());
  };
  SECTION("as long as one is there it is what is recorded") {
    world.expect(0, {"destroy", "--yes"});
    erase({topics.begin() + 1, topics.end()});
    CHECK_THAT(world.expect(0, {"destroy", "--yes"}).errors,
               ContainsSubstring("1 topic stays, and with it the record that this application made it"));
    const Json record = world.get("api/v1", "configmaps", "cloudflow-" + world.application());
    const Json inventory = Json::parse(string_at(record, {"data", "inventory.json"}));
    for (const char* list : {"topics", "topic_ids"}) {
      CAPTURE(list, inventory.at(list).dump());
      REQUIRE(inventory.at(list).size() == 1);
      CHECK(inventory.at(list).begin()->size() == 1);
      CHECK(inventory.at(list).dump().find(topics.front()) != std::string::npos);
    }
    erase({topics.front()});
  }
  SECTION("all at once") { erase(topics); }
  const ProcessOutput destroyed = world.expect(0, {"destroy", "--yes"});
  CHECK_THAT(destroyed.errors, !ContainsSubstring("the record that this application made"));
  CHECK(world.get("api/v1", "configmaps", "cloudflow-" + world.application()).is_null());
}
