// Drift: what others change, which of it stays by rules, and what asks to be kept.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "tests/e2e/world.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::World;

namespace {

struct Deployed {
  explicit Deployed(const std::string& hint) : world(hint) {}

  void rules(const std::string& text) {
    world.replace("cloudflow.yaml", "    values:\n", "    drift: " + text + "\n    values:\n");
    world.commit("Rules for drift");
  }
  std::string deployment(const std::string& streamlet) const { return world.application() + "-" + streamlet; }
  void scale(const std::string& streamlet, int replicas, const std::string& manager) const {
    world.merge_patch("apis/apps/v1", "deployments/" + deployment(streamlet) + "/scale",
                      {{"spec", {{"replicas", replicas}}}}, manager);
  }
  Json spec(const std::string& streamlet) const {
    return world.get("apis/apps/v1", "deployments", deployment(streamlet)).at("spec");
  }

  World world;
};

}  // namespace

TEST_CASE("drift shows what others changed since the last apply, and nothing that git changed",
          "[e2e][servers][drift]") {
  Deployed it("drift");
  CHECK_THAT(it.world.expect(1, {"drift"}).errors, ContainsSubstring("was never applied here"));
  it.world.expect(0, {"apply", "--yes"});
  it.world.replace("config/local.conf", "records-per-second = 5", "records-per-second = 9");
  it.world.commit("More records");
  CHECK_THAT(it.world.expect(0, {"drift"}).output, ContainsSubstring("No changes."));
  it.scale("generator", 4, "kubectl");
  it.world.remove("api/v1", "secrets", "logger");
  const ProcessOutput drifted = it.world.expect(2, {"drift"});
  CHECK_THAT(drifted.output, ContainsSubstring("spec.replicas  4 → 1  drift: kubectl") &&
                                 ContainsSubstring("+ secret/logger") && !ContainsSubstring("records-per-second"));
  // It only looks.
  CHECK(it.spec("generator").at("replicas") == 4);
  CHECK(it.world.get("api/v1", "secrets", "logger").is_null());
  const Json document = Json::parse(it.world.expect(2, {"drift", "--json"}).output);
  CHECK(document.at("has_changes") == true);
}

TEST_CASE("an autoscaler keeps its replicas through changes, and git its own where nobody scales",
          "[e2e][servers][drift]") {
  Deployed it("scaler");
  it.rules("{ignore: [{resource: deployment/*, path: spec.replicas, manager: \"*autoscaler\"}]}");
  it.world.replace("cloudflow.yaml", "    values:\n", "    replicas: {generator: 3, logger: 2}\n    values:\n");
  it.world.commit("Replicas");
  it.world.expect(0, {"apply", "--yes"});
  CHECK(it.spec("generator").at("replicas") == 3);
  it.scale("generator", 7, "horizontal-pod-autoscaler");
  it.scale("logger", 5, "kubectl");
  const ProcessOutput planned = it.world.expect(2, {"plan", "--detailed-exitcode"});
  CHECK_THAT(planned.output, ContainsSubstring("keeps spec.replicas (horizontal-pod-autoscaler), by the environment's "
                                               "rules for drift") &&
                                 ContainsSubstring("spec.replicas  5 → 2  drift: kubectl"));
  // A change of the pods writes the object and not the replicas; those that it restarts are all that run.
  it.world.replace("config/local.conf", "records-per-second = 5", "records-per-second = 9");
  it.world.commit("More records");
  CHECK_THAT(it.world.expect(0, {"plan"}).output, ContainsSubstring("restarts 7 pods"));
  it.world.expect(0, {"apply", "--yes"});
  CHECK(it.spec("generator").at("replicas") == 7);
  CHECK(it.spec("logger").at("replicas") == 2);
  it.world.expect(0, {"plan", "--detailed-exitcode"});
  // It goes on scaling while nobody takes that for drift.
  it.scale("generator", 1, "horizontal-pod-autoscaler");
  it.world.expect(0, {"drift"});
  // Without the rule, git has its replicas back.
  it.world.replace("cloudflow.yaml", "*autoscaler", "nobody");
  it.world.commit("No autoscaler any more");
  CHECK_THAT(it.world.expect(0, {"apply", "--yes"}).output, ContainsSubstring("spec.replicas  1 → 3"));
  CHECK(it.spec("generator").at("replicas") == 3);
}

TEST_CASE("a person keeps a label and a topic's setting where rules say so", "[e2e][servers][drift]") {
  Deployed it("person");
  it.world.write("kubernetes/extra.yaml",
                 "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra, labels: {team: red, tier: one}}\n"
                 "data: {a: \"1\", b: \"1\"}\n");
  it.rules(
      "{ignore: [{resource: configmap/extra, path: metadata.labels.team}, {resource: \"topic/*\", path: "
      "retention.ms}]}");
  it.world.replace("cloudflow.yaml",
                   "call-stats: {topic: {name: ", "call-stats: {topic: {retention.ms: 3600000, name: ");
  it.world.commit("A retention");
  it.world.expect(0, {"apply", "--yes"});
  it.world.merge_patch("api/v1", "configmaps/extra",
                       {{"metadata", {{"labels", {{"team", "blue"}, {"tier", "two"}}}}}, {"data", {{"a", "2"}}}},
                       "ann");
  const auto kafka = LibrdkafkaAdmin::open("default", World::brokers(), *client_properties({}));
  REQUIRE(kafka);
  const auto set = [&](const std::string& key, const std::string& value) {
    const std::vector<ConfigAlteration> changes = {{.topic = it.world.topic("call-stats"), .set = {{key, value}}}};
    const auto done = (*kafka)->alter_configs(changes, Write::really, {});
    REQUIRE(done);
  };
  set("retention.ms", "7200000");
  const ProcessOutput planned = it.world.expect(2, {"drift"});
  CHECK_THAT(planned.output, ContainsSubstring("configmap/extra keeps metadata.labels.team (ann)") &&
                                 ContainsSubstring("call-stats keeps retention.ms, by the") &&
                                 !ContainsSubstring("7200000") &&
                                 ContainsSubstring("metadata.labels.tier  \"two\" → \"one\"") &&
                                 ContainsSubstring("data.a                \"2\" → \"1\""));
  it.world.expect(0, {"apply", "--yes"});
  const Json map = it.world.get("api/v1", "configmaps", "extra");
  CHECK(map.at("metadata").at("labels").at("team") == "blue");
  CHECK(map.at("metadata").at("labels").at("tier") == "one");
  CHECK(map.at("data").at("a") == "1");
  it.world.expect(0, {"drift"});
  // Another setting of that topic is changed without it.
  set("segment.ms", "1000000");
  CHECK_THAT(it.world.expect(0, {"apply", "--yes"}).output, ContainsSubstring("segment.ms"));
  CHECK_THAT(it.world.expect(0, {"plan"}).output, ContainsSubstring("call-stats keeps retention.ms"));
}

TEST_CASE("a rule takes back what policy leaves to others", "[e2e][servers][drift]") {
  Deployed it("takeback");
  it.rules("{take-over: [{resource: deployment/*, manager: kubectl-*}]}");
  it.world.replace("cloudflow.yaml", "    drift:", "    policy: {take-over: false}\n    drift:");
  it.world.commit("Nothing is taken but by rule");
  it.world.expect(0, {"apply", "--yes"});
  it.scale("generator", 4, "kubectl-edit");
  it.scale("logger", 4, "somebody");
  const ProcessOutput applied = it.world.expect(3, {"apply", "--yes"});
  CHECK_THAT(applied.output, ContainsSubstring("take-over: false"));
  CHECK(it.spec("generator").at("replicas") == 1);
  CHECK(it.spec("logger").at("replicas") == 4);
}

TEST_CASE("what asks to be kept is let go and not deleted", "[e2e][servers][drift]") {
  Deployed it("keep");
  const auto maps = [](const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names)
      out += fmt::format("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {}}}\ndata: {{a: \"1\"}}\n---\n", name);
    return out;
  };
  it.world.write("kubernetes/extra.yaml", maps({"ours", "detached", "helm", "plain", "not"}));
  it.world.commit("More");
  it.world.expect(0, {"apply", "--yes"});
  const auto annotate = [&](const std::string& name, const std::string& key, const std::string& value) {
    it.world.merge_patch("api/v1", "configmaps/" + name, {{"metadata", {{"annotations", {{key, value}}}}}}, "ann");
  };
  annotate("ours", "cloudflow/keep", "true");
  annotate("detached", "client.lifecycle.config.k8s.io/deletion", "detach");
  annotate("helm", "helm.sh/resource-policy", "keep");
  annotate("not", "cloudflow/keep", "false");
  it.world.merge_patch("apis/apps/v1", "deployments/" + it.deployment("logger"),
                       {{"metadata", {{"annotations", {{"cloudflow/keep", "true"}}}}}}, "ann");
  it.world.write("kubernetes/extra.yaml", maps({"other"}));
  it.world.commit("Less");
  const ProcessOutput applied = it.world.expect(0, {"apply", "--yes"});
  CHECK_THAT(applied.output, ContainsSubstring("stays as it is, as its annotation cloudflow/keep asks for that"));
  for (const std::string name : {"ours", "detached", "helm"}) {
    const Json kept = it.world.get("api/v1", "configmaps", name);
    CAPTURE(name);
    REQUIRE(kept.is_object());
    CHECK(kept.at("data").at("a") == "1");
    CHECK_FALSE(kept.at("metadata").value("labels", Json::object()).contains("applyset.kubernetes.io/part-of"));
  }
  CHECK(it.world.get("api/v1", "configmaps", "plain").is_null());
  CHECK(it.world.get("api/v1", "configmaps", "not").is_null());
  it.world.expect(0, {"plan", "--detailed-exitcode"});
  // A workload that is kept runs on when all else is destroyed.
  it.world.expect(0, {"destroy", "--yes", "--delete-topics"});
  CHECK(it.world.list("apis/apps/v1", "deployments").size() == 1);
  CHECK(it.spec("logger").at("replicas") == 1);
}
