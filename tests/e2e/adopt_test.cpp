// Taking over what Cloudflow 2's operator runs, on real servers.
#include <catch2/catch_all.hpp>

#include "tests/e2e/sensors.h"
#include "tests/support/eventually.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::eventually;
using cloudflow::testing::Sensors;
using cloudflow::testing::World;

namespace {

/// What tells whether pods were left alone: generation and template of every Deployment, and every pod.
std::map<std::string, std::string> running(const World& world) {
  std::map<std::string, std::string> out;
  for (const Json& deployment : world.list("apis/apps/v1", "deployments")) {
    const std::string name = string_at(deployment, {"metadata", "name"});
    out["generation of " + name] = std::to_string(int_at(deployment, {"metadata", "generation"}));
    out["spec of " + name] = dump(deployment.at("spec"));
  }
  for (const Json& pod : world.list("api/v1", "pods"))
    out[string_at(pod, {"metadata", "name"})] = string_at(pod, {"metadata", "uid"});
  return out;
}

/// All objects of the kinds that Cloudflow 2 made, by "plural/name".
std::map<std::string, Json> objects(const World& world) {
  std::map<std::string, Json> out;
  const std::vector<std::pair<std::string, std::string>> places = {
      {"apis/apps/v1", "deployments"},
      {"api/v1", "services"},
      {"api/v1", "secrets"},
      {"api/v1", "serviceaccounts"},
      {"apis/rbac.authorization.k8s.io/v1", "roles"},
      {"apis/rbac.authorization.k8s.io/v1", "rolebindings"}};
  for (const auto& [api, plural] : places) {
    for (const Json& object : world.list(api, plural))
      out[plural + "/" + string_at(object, {"metadata", "name"})] = object;
  }
  return out;
}

const std::vector<std::string> adopted = {"deployments/sensors-http-in",
                                          "deployments/sensors-out",
                                          "deployments/sensors-proc",
                                          "rolebindings/cloudflow-app-akka-rolebinding",
                                          "roles/cloudflow-app-akka-role",
                                          "secrets/config-sensors",
                                          "secrets/http-in",
                                          "secrets/out",
                                          "secrets/proc",
                                          "serviceaccounts/cloudflow-app-serviceaccount",
                                          "services/sensors-http-in-service"};

void wait_for_pods(const World& world, std::size_t count) {
  REQUIRE(eventually([&] { return world.list("api/v1", "pods").size() == count; }));
}

}  // namespace

TEST_CASE("an application that Cloudflow 2's operator runs is taken over with its pods running on",
          "[e2e][servers][adopt]") {
  World world("adopt");
  Sensors sensors(world);
  sensors.make_as_original();
  sensors.write_project();
  wait_for_pods(world, 4);
  const auto before = running(world);

  const ProcessOutput refused = world.expect(3, {"plan"});
  CHECK_THAT(refused.output,
             ContainsSubstring("refused: belongs to Cloudflow 2's application \"sensors\": take it over with "
                               "`cloudflow adopt`") &&
                 ContainsSubstring("refused: 11 resources belong to this application as Cloudflow 2's operator ran it; "
                                   "take it over with `cloudflow adopt`"));
  const ProcessOutput shown = world.expect(0, {"adopt", "--dry-run", "--operator-namespace", world.ns()});
  CHECK_THAT(shown.output, ContainsSubstring("Restarts nothing, loses no data") &&
                               ContainsSubstring("metadata.ownerReferences[sensors]") &&
                               ContainsSubstring("taken over from okhttp"));
  CHECK(running(world) == before);
  CHECK(objects(world).at("secrets/proc").at("metadata").contains("ownerReferences"));

  world.expect(0, {"adopt", "--yes", "--operator-namespace", world.ns()});
  CHECK(running(world) == before);
  const auto after = objects(world);
  for (const std::string& name : adopted) {
    CAPTURE(name);
    REQUIRE(after.contains(name));
    const Json& metadata = after.at(name).at("metadata");
    CHECK_FALSE(metadata.contains("ownerReferences"));
    CHECK(metadata.at("labels").contains("applyset.kubernetes.io/part-of"));
    for (const Json& manager : metadata.at("managedFields")) CHECK(manager.at("manager") != "okhttp");
  }
  const ProcessOutput again = world.expect(0, {"plan", "--detailed-exitcode"});
  CHECK_THAT(again.output, ContainsSubstring("No changes."));
  world.expect(0, {"adopt", "--yes", "--operator-namespace", world.ns()});

  SECTION("deleting the CloudflowApplication leaves everything, and what was not asked for goes") {
    REQUIRE(sensors.delete_original());
    // That the collector has nothing left of ours to take is shown by the test of what is not asked for.
    REQUIRE(eventually([&] {
      return world.get("apis/cloudflow.lightbend.com/v1alpha1", "cloudflowapplications", "sensors").is_null();
    }));
    CHECK(running(world) == before);
    for (const std::string& name : adopted) CHECK(objects(world).contains(name));
    world.expect(0, {"plan", "--detailed-exitcode"});
  }

  SECTION("an owner that an interrupted run left is seen by any plan, and let go of") {
    const Json application = world.get("apis/cloudflow.lightbend.com/v1alpha1", "cloudflowapplications", "sensors");
    const Json reference = {{"apiVersion", application.at("apiVersion")},
                            {"kind", "CloudflowApplication"},
                            {"name", "sensors"},
                            {"uid", application.at("metadata").at("uid")}};
    const Json patch = {{"metadata", {{"ownerReferences", Json::array({reference})}}}};
    world.merge_patch("apis/apps/v1", "deployments/sensors-out", patch, "okhttp");
    CHECK(world.planned() == std::vector<std::string>{"update deployment/sensors-out"});
    world.expect(0, {"apply", "--yes"});
    CHECK_FALSE(objects(world).at("deployments/sensors-out").at("metadata").contains("ownerReferences"));
    CHECK(running(world) == before);
    world.expect(0, {"plan", "--detailed-exitcode"});
  }

  SECTION("one configuration value restarts exactly one streamlet") {
    world.replace("app.conf", "rate = 9", "rate = 11");
    const ProcessOutput plan = world.expect(2, {"plan", "--detailed-exitcode"});
    CHECK_THAT(plan.output, ContainsSubstring("Restarts 2 of 4 pods"));
    world.expect(0, {"apply", "--yes"});
    auto now = running(world);
    CHECK(now.at("generation of sensors-proc") == "2");
    for (const char* kept : {"generation of sensors-out", "spec of sensors-out", "generation of sensors-http-in"})
      CHECK(now.at(kept) == before.at(kept));
    world.expect(0, {"plan", "--detailed-exitcode"});
  }

  SECTION("an environment variable that is no longer asked for goes, although Cloudflow 2 wrote it") {
    world.replace("app.conf", ", { name = A, value = b }", "");
    world.expect(0, {"apply", "--yes"});
    const Json proc = world.get("apis/apps/v1", "deployments", "sensors-proc");
    for (const Json& variable : proc.at("spec").at("template").at("spec").at("containers").at(0).at("env"))
      CHECK(variable.at("name") != "A");
  }
}

TEST_CASE("adopt restarts what reads another configuration than it did", "[e2e][servers][adopt]") {
  World world("adopt");
  Sensors sensors(world);
  sensors.make_as_original();
  sensors.write_project();
  world.replace("app.conf", "rate = 9", "rate = 11");
  const ProcessOutput shown = world.expect(0, {"adopt", "--dry-run", "--operator-namespace", world.ns()});
  CHECK_THAT(shown.output, ContainsSubstring("Restarts 2 of 4 pods") &&
                               ContainsSubstring("note: pods of proc restart, because they read other values than now: "
                                                 "secret.conf: cloudflow.streamlets.proc.rate\n"));
  world.expect(0, {"adopt", "--yes", "--operator-namespace", world.ns()});
  world.expect(0, {"plan", "--detailed-exitcode"});
}

TEST_CASE("what the application does not ask for stays Cloudflow 2's", "[e2e][servers][adopt]") {
  World world("adopt");
  Sensors sensors(world);
  sensors.wait_for_collector();
  sensors.make_as_original();
  sensors.write_project();
  Json old = world.get("api/v1", "secrets", "out");
  old["metadata"] = {{"name", "old"},
                     {"labels", old.at("metadata").at("labels")},
                     {"ownerReferences", old.at("metadata").at("ownerReferences")}};
  testing::create_as("okhttp", "/api/v1/namespaces/" + world.ns() + "/secrets", old);
  const ProcessOutput done = world.expect(0, {"adopt", "--yes", "--operator-namespace", world.ns()});
  CHECK_THAT(done.output, ContainsSubstring("secret/old is not asked for: it stays the CloudflowApplication's and goes "
                                            "when that is deleted"));
  REQUIRE(sensors.delete_original());
  REQUIRE(eventually([&] { return world.get("api/v1", "secrets", "old").is_null(); }));
  for (const std::string& name : adopted) CHECK(objects(world).contains(name));
}

TEST_CASE("what belongs to another application of Cloudflow 2 is refused", "[e2e][servers][adopt]") {
  World world("adopt");
  Sensors sensors(world);
  sensors.make_as_original();
  sensors.write_project();
  Json secret = world.get("api/v1", "secrets", "out");
  Json reference = secret.at("metadata").at("ownerReferences").at(0);
  reference["name"] = "other";
  world.merge_patch("api/v1", "secrets/out", {{"metadata", {{"ownerReferences", Json::array({reference})}}}}, "okhttp");
  const auto before = objects(world);
  const ProcessOutput refused = world.expect(3, {"adopt", "--yes", "--operator-namespace", world.ns()});
  CHECK_THAT(refused.output, ContainsSubstring("belongs to Cloudflow 2's application \"other\""));
  for (const char* untouched : {"secrets/out", "secrets/proc", "services/sensors-http-in-service"})
    CHECK(objects(world).at(untouched) == before.at(untouched));
}

TEST_CASE("while Cloudflow 2's operator runs nothing is taken over unless told otherwise", "[e2e][servers][adopt]") {
  World world("adopt");
  Sensors sensors(world);
  sensors.make_as_original();
  sensors.write_project();
  world.create("api/v1", "secrets",
               {{"metadata",
                 {{"name", "cloudflow-protocol-version"},
                  {"labels", {{"cloudflow-protocol-version", "cloudflow-protocol-version"}}}}},
                {"stringData", {{"protocol-version", "7"}}}},
               world.ns());
  const Json labels = {{"app", "cloudflow-operator"}};
  const Json pod = {
      {"metadata", {{"labels", labels}}},
      {"spec",
       {{"containers", Json::array({{{"name", "operator"}, {"image", "registry.example.com/operator:2.3.0"}}})}}}};
  world.create("apis/apps/v1", "deployments",
               {{"metadata", {{"name", "cloudflow-operator"}}},
                {"spec", {{"selector", {{"matchLabels", labels}}}, {"template", pod}}}},
               world.ns());
  REQUIRE(eventually([&] {
    return int_at(world.get("apis/apps/v1", "deployments", "cloudflow-operator"), {"status", "readyReplicas"}) == 1;
  }));
  const ProcessOutput refused = world.expect(3, {"adopt", "--yes", "--operator-namespace", world.ns()});
  CHECK(refused.errors ==
        "error: an operator of Cloudflow 2 runs in namespace \"" + world.ns() +
            "\" and would undo what is changed here\n  hint: stop it: kubectl -n " + world.ns() +
            " scale deployment cloudflow-operator --replicas 0; or pass --ignore-operator when it does not look after "
            "this namespace\n");
  CHECK_THAT(sensors.cloudflow2(1, {"list"}).errors, ContainsSubstring("Error: an operator of Cloudflow 2 runs"));
  sensors.cloudflow2(0, {"list", "--ignore-operator"});
  world.expect(0, {"adopt", "--yes", "--ignore-operator"});
  world.remove("apis/apps/v1", "deployments", "cloudflow-operator");
  world.remove("api/v1", "secrets", "cloudflow-protocol-version");
}
