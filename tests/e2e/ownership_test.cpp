// Whose things are, by the real binary on real servers: refusal, adoption by name or by policy, destroy, the record.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include <algorithm>

#include "providers/kubernetes/api/api_client.h"
#include "providers/kubernetes/api/api_discovery.h"
#include "sdk/support/text.h"
#include "tests/e2e/sensors.h"
#include "tests/e2e/world.h"
#include "tests/support/eventually.h"
#include "tests/support/kubebed.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::Sensors;
using cloudflow::testing::World;

namespace {

/// One streamlet "printer", whose Secret has the streamlet's name.
void write_printer(World& world, const std::string& policy = "") {
  world.write("cloudflow.yaml", fmt::format(R"(application: {0}
version: 1.0.0
blueprint: alone.conf
environments:
  test:
    kubernetes: {{namespace: {1}}}
{2})",
                                            world.application(), world.ns(), policy));
  world.write("alone.conf", "blueprint.streamlets.printer { image = \"registry.example.com/printer:1\" }\n");
  world.write("config/local.conf", "cloudflow.streamlets.printer.kubernetes.pods.pod.containers.container {}\n");
  world.commit("A printer");
}

/// As a colleague made it with kubectl.
Json make_foreign_secret(const World& world) {
  const Json body = {{"apiVersion", "v1"},
                     {"kind", "Secret"},
                     {"metadata", {{"name", "printer"}}},
                     {"data", {{"password", to_base64("t0p")}, {"secret.conf", to_base64("theirs")}}}};
  testing::create_as("kubectl-create", "/api/v1/namespaces/" + world.ns() + "/secrets", body);
  return body.at("data");
}

void make_namespace(const World& world) {
  world.create("api/v1", "namespaces", {{"metadata", {{"name", world.ns()}}}}, "");
}

Json data_of(const World& world) { return world.get("api/v1", "secrets", "printer").value("data", Json()); }

bool is_marked(const Json& object) {
  return object.at("metadata").value("labels", Json::object()).contains("applyset.kubernetes.io/part-of");
}

}  // namespace

TEST_CASE("a Secret that is somebody else's is refused until it is named, and comes back whole",
          "[e2e][servers][ownership]") {
  World world("foreign");
  make_namespace(world);
  write_printer(world);
  const Json theirs = make_foreign_secret(world);

  const ProcessOutput refused = world.expect(3, {"apply", "--yes"});
  CHECK_THAT(refused.output,
             ContainsSubstring("refused: it exists already and is not this application's; to take it over: cloudflow "
                               "adopt secret/printer, or adopt: [secret/printer] in the environment's policy") &&
                 ContainsSubstring("1 resource exists already without this application's mark"));
  CHECK_THAT(world.run({"sync", "--once", "--repository", world.folder()}).output + "\n",
             ContainsSubstring("is not this application's"));
  CHECK(data_of(world) == theirs);
  CHECK(world.list("apis/apps/v1", "deployments").empty());

  CHECK_THAT(world.expect(1, {"adopt", "--yes", "secret/printr"}).errors,
             ContainsSubstring("this application asks for nothing that is called \"secret/printr\"") &&
                 ContainsSubstring("did you mean \"secret/printer\"?"));
  CHECK_THAT(world.expect(1, {"adopt", "--yes", "deployment/*"}).errors,
             ContainsSubstring("does not exist") && ContainsSubstring("there is nothing to take over: apply makes it"));
  const ProcessOutput shown = world.expect(0, {"adopt", "--dry-run", "secret/printer"});
  CHECK_THAT(shown.output, ContainsSubstring("is taken over as it is; what differs is for the next plan") &&
                               ContainsSubstring("0 to add, 1 to change, 0 to remove"));
  CHECK_FALSE(is_marked(world.get("api/v1", "secrets", "printer")));

  world.expect(0, {"adopt", "--yes", "secret/printer"});
  CHECK(is_marked(world.get("api/v1", "secrets", "printer")));
  CHECK(data_of(world) == theirs);
  CHECK(world.list("apis/apps/v1", "deployments").empty());
  CHECK_THAT(world.expect(0, {"adopt", "--yes", "secret/printer"}).output,
             ContainsSubstring("secret/printer is this application's already"));
  CHECK_THAT(world.expect(1, {"adopt", "--yes", "printer"}).errors,
             ContainsSubstring("hint: with its kind in front: secret/printer"));

  SECTION("given up at once, it is as it was") {
    const ProcessOutput gone = world.expect(0, {"destroy", "--yes"});
    CHECK_THAT(gone.output, ContainsSubstring("stays as it is: nothing but the mark in it is this application's"));
    CHECK_FALSE(is_marked(world.get("api/v1", "secrets", "printer")));
    CHECK(data_of(world) == theirs);
  }
  SECTION("after an apply, destroy leaves what others wrote") {
    const ProcessOutput plan = world.expect(0, {"plan"});
    CHECK_THAT(plan.output, ContainsSubstring("! loses the values that kubectl-create wrote: data[secret.conf]") &&
                                ContainsSubstring("taken over from kubectl-create") && ContainsSubstring("loses data"));
    CHECK_THAT(world.run({"sync", "--once", "--repository", world.folder()}).output,
               ContainsSubstring("it loses data, which waits for a person: run apply"));
    world.expect(0, {"apply", "--yes"});
    world.expect(0, {"plan", "--detailed-exitcode"});
    const ProcessOutput gone = world.expect(0, {"destroy", "--yes"});
    CHECK_THAT(gone.output,
               ContainsSubstring("stays for others, who wrote password: only what this application wrote goes"));
    CHECK_THAT(gone.errors, ContainsSubstring("secret/printer left to others"));
    CHECK(data_of(world) == Json{{"password", theirs.at("password")}});
    CHECK(world.get("api/v1", "configmaps", "cloudflow-" + world.application()).is_null());
  }
}

TEST_CASE("what the policy names is taken over by apply", "[e2e][servers][ownership]") {
  World world("policy");
  make_namespace(world);
  write_printer(world, "    policy: {adopt: [\"secret/print*\"]}\n");
  make_foreign_secret(world);
  const ProcessOutput plan = world.expect(0, {"plan"});
  CHECK_THAT(plan.output, ContainsSubstring("exists already and is taken over") &&
                              ContainsSubstring("! loses the values that kubectl-create wrote: data[secret.conf]"));
  world.expect(0, {"apply", "--yes"});
  world.expect(0, {"plan", "--detailed-exitcode"});
  world.expect(0, {"destroy", "--yes"});
}

TEST_CASE("a record that was deleted is written again by an apply that changes nothing", "[e2e][servers][ownership]") {
  World world("record");
  write_printer(world);
  world.write("kubernetes/service.yaml", R"(apiVersion: v1
kind: Service
metadata: {name: front}
spec: {selector: {app: front}, ports: [{port: 80}]}
)");
  world.commit("A Service");
  world.expect(0, {"apply", "--yes"});
  const std::string record = "cloudflow-" + world.application();
  world.remove("api/v1", "configmaps", record);
  const ProcessOutput plan = world.expect(0, {"plan", "--detailed-exitcode"});
  CHECK_THAT(plan.output,
             ContainsSubstring(fmt::format("the record configmap/{} is gone; what this application made was looked for "
                                           "among all kinds; apply writes it again",
                                           record)));
  SECTION("and then finds what leaves the source") {
    world.expect(0, {"apply", "--yes"});
    CHECK_FALSE(world.get("api/v1", "configmaps", record).is_null());
    CHECK_THAT(world.expect(0, {"plan"}).output, !ContainsSubstring("the record"));
    world.write("kubernetes/service.yaml", "# nothing\n");
    world.expect(0, {"apply", "--yes"});
  }
  SECTION("what leaves the source before that is found as well") {
    world.write("kubernetes/service.yaml", "# nothing\n");
    world.expect(0, {"apply", "--yes"});
  }
  CHECK(world.get("api/v1", "services", "front").is_null());
  world.expect(0, {"destroy", "--yes"});
}

TEST_CASE("a record that lacks kinds is completed by an apply that changes nothing", "[e2e][servers][ownership]") {
  World world("lacking");
  write_printer(world);
  world.write("kubernetes/service.yaml", R"(apiVersion: v1
kind: Service
metadata: {name: front}
spec: {selector: {app: front}, ports: [{port: 80}]}
)");
  world.commit("A Service");
  world.expect(0, {"apply", "--yes"});
  const std::string name = "cloudflow-" + world.application();
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, !ContainsSubstring("the record"));
  // As an old copy of it that somebody put back.
  Json record = world.get("api/v1", "configmaps", name);
  Json inventory = Json::parse(record["data"]["inventory.json"].get<std::string>());
  std::erase_if(inventory["resources"].get_ref<Json::array_t&>(),
                [](const Json& one) { return one["kind"] == "Service"; });
  record["data"]["inventory.json"] = dump(inventory);
  record["metadata"] = {{"name", name},
                        {"labels", record["metadata"]["labels"]},
                        {"annotations", {{"applyset.kubernetes.io/tooling", "cloudflow/1.0.0"}}}};
  world.remove("api/v1", "configmaps", name);
  world.create("api/v1", "configmaps", record, world.ns());
  const std::string lacks = fmt::format(
      "the record configmap/{} lacks kinds of what is deployed: Service in {}; what this application made was looked "
      "for among all kinds; apply completes it",
      name, world.ns());
  SECTION("and then finds what leaves the source") {
    CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring(lacks));
    world.expect(0, {"apply", "--yes"});
    CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, !ContainsSubstring("the record"));
    world.write("kubernetes/service.yaml", "# nothing\n");
    world.expect(0, {"apply", "--yes"});
    CHECK(world.get("api/v1", "services", "front").is_null());
  }
  SECTION("destroy finds it as well") {
    CHECK_THAT(world.expect(0, {"destroy", "--yes"}).output,
               ContainsSubstring(fmt::format("namespace/{} stays, as others may use it", world.ns())));
    CHECK(world.get("api/v1", "services", "front").is_null());
  }
  world.expect(0, {"destroy", "--yes"});
}

TEST_CASE("a namespace of the manifests is never removed, and the plan says so", "[e2e][servers][ownership]") {
  World world("spaces");
  write_printer(world);
  const std::string extra = world.ns() + "-extra";
  world.write("kubernetes/namespace.yaml",
              fmt::format("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {}}}\n", extra));
  world.commit("Another namespace");
  world.expect(0, {"apply", "--yes"});
  const std::string stays = fmt::format(
      "namespace/{0}: stays, as others may use it; what is left in it goes with it: kubectl delete namespace {0}\n",
      extra);
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, !ContainsSubstring("namespace/" + extra));
  SECTION("when it leaves the source") {
    world.write("kubernetes/namespace.yaml", "# nothing\n");
    world.commit("No other namespace");
    CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring(stays));
    world.expect(0, {"apply", "--yes"});
    world.expect(0, {"destroy", "--yes"});
  }
  SECTION("when all goes") { CHECK_THAT(world.expect(0, {"destroy", "--yes"}).output, ContainsSubstring(stays)); }
  ApiClient admin(*read_kubeconfig(testing::kubebed(), ""), real_clock());
  const ApiPath path = well_known_resource("Namespace")->object("", extra);
  CHECK(admin.get(path, {}).has_value());
  (void)admin.remove(path, {}, {});
}

TEST_CASE("copies that carry our labels are not counted among what is asked for", "[e2e][servers][ownership]") {
  World world("copies");
  write_printer(world);
  world.write("kubernetes/service.yaml", R"(apiVersion: v1
kind: Service
metadata: {name: front}
spec: {ports: [{port: 80}], selector: {app: front}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: own}
addressType: IPv4
endpoints: [{addresses: [10.1.2.3]}]
)");
  world.commit("A service, and a slice of its own");
  world.expect(0, {"apply", "--yes"});
  const auto slices = [&] { return world.list("apis/discovery.k8s.io/v1", "endpointslices").size(); };
  REQUIRE(testing::eventually([&] { return slices() == 2; }));  // the controller's copies the labels of the Service
  const Json copy = world.get("api/v1", "services", "front");
  const Json labels = copy.at("metadata").at("labels");
  REQUIRE(labels.contains("applyset.kubernetes.io/part-of"));
  testing::create_as("kubectl-create", "/api/v1/namespaces/" + world.ns() + "/services",
                     {{"apiVersion", "v1"},
                      {"kind", "Service"},
                      {"metadata", {{"name", "theirs"}, {"labels", labels}}},
                      {"spec", {{"ports", {{{"port", 80}}}}, {"selector", {{"app", "theirs"}}}}}});
  REQUIRE(testing::eventually([&] { return slices() == 3; }));
  const std::string asked_for = world.expect(0, {"render"}).output;
  CHECK(world.plan().at("counts").at("unchanged") == std::ranges::count(split(asked_for, '\n'), "---"));
  world.expect(0, {"destroy", "--yes"});
  CHECK_FALSE(world.get("api/v1", "services", "theirs").is_null());
  CHECK_THAT(world.expect(0, {"destroy", "--yes"}).output,
             ContainsSubstring("No changes. There is nothing to remove."));
}

TEST_CASE("undeploy leaves an application that cloudflow.yaml describes", "[e2e][servers][ownership]") {
  World world("undeploy");
  Sensors sensors(world);
  sensors.make_as_original();
  sensors.write_project();
  world.expect(0, {"adopt", "--yes", "--operator-namespace", world.ns()});
  const ProcessOutput refused = sensors.cloudflow2(1, {"undeploy", "sensors"});
  CHECK_THAT(refused.errors, ContainsSubstring("application \"sensors\" was not deployed with kubectl-cloudflow") &&
                                 ContainsSubstring("run cloudflow destroy"));
  CHECK(world.list("apis/apps/v1", "deployments").size() == 3);
  world.expect(0, {"destroy", "--yes"});
}

TEST_CASE("a Job that removes itself runs once for each manifest", "[e2e][servers][ownership]") {
  World world("ttl");
  write_printer(world);
  const auto write_job = [&](const std::string& image) {
    world.write("kubernetes/job.yaml", R"(apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  ttlSecondsAfterFinished: 1
  template:
    spec: {restartPolicy: Never, terminationGracePeriodSeconds: 0, containers: [{name: m, image: registry.example.com/)" +
                                           image + "}]}\n");
  };
  const auto gone = [&] { return world.get("apis/batch/v1", "jobs", "once").is_null(); };
  write_job("j:1");
  world.expect(0, {"apply", "--yes"});
  REQUIRE(testing::eventually(gone));
  const ProcessOutput again = world.expect(0, {"plan", "--detailed-exitcode"});
  CHECK_THAT(again.output, ContainsSubstring("job/once has run and removed itself (ttlSecondsAfterFinished); to run it "
                                             "again, change it: an annotation will do"));
  world.expect(0, {"apply", "--yes"});
  CHECK(world.planned() == std::vector<std::string>{});
  write_job("j:2");
  CHECK(world.planned() == std::vector<std::string>{"create job/once"});
  world.expect(0, {"apply", "--yes"});
  CHECK(world.planned() == std::vector<std::string>{});
  world.expect(0, {"destroy", "--yes"});
}
