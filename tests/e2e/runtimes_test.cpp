// Flink, Spark and native streamlets on the real API server: accepted, applied, planned again, changed and removed.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/e2e/world.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::World;

namespace {

using Strings = std::vector<std::string>;

/// Every runtime with pod settings of every kind. `settings` goes into the environment.
void write_application(World& world, const std::string& settings = "") {
  world.write("cloudflow.yaml", fmt::format(R"(application: {0}
version: 1.0.0
blueprint: blueprint.yaml
config: [app.conf]
environments:
  test:
    kafka: {{default: {{bootstrap-servers: "{1}", partitions: 1, replicas: 1}}}}
    replicas: {{stats: 2}}
{2})",
                                            world.application(), World::brokers(), settings));
  world.write("blueprint.yaml", fmt::format(R"(blueprint:
  streamlets:
    in: {{runtime: native, image: registry.example.com/in:1, server: 8080, outlets: {{out: bytearray}}}}
    stats: {{runtime: flink, image: registry.example.com/stats:1, inlets: {{in: bytearray}}, outlets: {{out: bytearray}}}}
    store: {{runtime: spark, image: registry.example.com/store:1, inlets: {{in: bytearray}}}}
  topics:
    {0}-calls: {{producers: [in.out], consumers: [stats.in]}}
    {0}-stats: {{producers: [stats.out], consumers: [store.in]}}
)",
                                            world.application()));
  world.write("app.conf", R"(
cloudflow.runtimes.flink.config.flink { taskmanager.numberOfTaskSlots = 2, pipeline.jars = [a, b] }
cloudflow.streamlets.stats.kubernetes.pods {
  pod {
    labels { team = green }, annotations { note = common }
    volumes.settings.config-map { name = settings, optional = true }
    containers.container {
      env = [{ name = JAVA_OPTS, value = "-Dx=1" }], ports = [{ container-port = 9250, name = metrics }]
      volume-mounts.settings { mount-path = /etc/settings }
    }
  }
  job-manager { annotations { note = own }, containers.container.resources.limits.memory = 2Gi }
  task-manager.containers.container { env = [{ name = JAVA_OPTS, value = "-Dx=2" }], resources.requests.cpu = 250m }
}
cloudflow.streamlets.store {
  config.spark { executor.memory = 1G, sql.shuffle.partitions = 4 }
  kubernetes.pods {
    driver { labels { side = driver }, containers.container.env = [{ name = JAVA_OPTS, value = "-Dd=1" }] }
    executor { annotations { note = executor }, containers.container.resources { requests.cpu = 500m, limits.cpu = 2 } }
  }
}
)");
  for (const char* claim : {"cloudflow-flink", "cloudflow-spark"}) {
    world.write(fmt::format("kubernetes/{}.yaml", claim),
                fmt::format("apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {}}}\n"
                            "spec: {{accessModes: [ReadWriteMany], resources: {{requests: {{storage: 1Gi}}}}}}\n",
                            claim));
  }
  world.commit("Every runtime");
}

void make_space(World& world) { world.create("api/v1", "namespaces", {{"metadata", {{"name", world.ns()}}}}, ""); }

/// Adds a definition to the server, where another test has not, and waits until it is served.
void define(World& world, const std::string& file) {
  std::ifstream in(std::string(CLOUDFLOW_SOURCE_DIR) + "/tests/fixtures/crds/" + file);
  const Json definition = Json::parse(std::string{std::istreambuf_iterator<char>(in), {}});
  world.create_if_absent("apis/apiextensions.k8s.io/v1", "customresourcedefinitions", definition);
}

}  // namespace

TEST_CASE("the server accepts every object of every runtime, with and without operators", "[e2e][servers][runtimes]") {
  World world("accepted");
  make_space(world);
  define(world, "flinkdeployments.json");
  define(world, "sparkapplications.json");
  const std::string settings =
      GENERATE(as<std::string>{}, "", "    runtimes: {flink: {mode: operator}, spark: {mode: operator}}\n");
  write_application(world, settings);
  const Json plan = world.plan();
  Strings kinds;
  for (const Json& change : plan.at("changes")) {
    CAPTURE(change.at("address"));
    CHECK(change.at("verified") == "server");
    const std::string address = change.at("address");
    kinds.push_back(address.substr(0, address.find('/')));
  }
  CHECK(std::ranges::count(kinds, "deployment") == (settings.empty() ? 4 : 1));
  CHECK(std::ranges::count(kinds, "flinkdeployment") == (settings.empty() ? 0 : 1));
  CHECK(std::ranges::count(kinds, "sparkapplication") == (settings.empty() ? 0 : 1));
}

TEST_CASE("claims and a cluster secret that are there already are found", "[e2e][servers][runtimes]") {
  World world("claimed");
  make_space(world);
  write_application(world, fmt::format("    values: {{cloudflow: {{topics: {{{}-calls: {{cluster: big}}}}}}}}\n",
                                       world.application()));
  std::filesystem::remove_all(world.folder() + "/kubernetes");
  world.commit("Without claims");
  CHECK_THAT(world.expect(1, {"plan"}).errors,
             ContainsSubstring("is on Kafka cluster \"big\", which does not exist") &&
                 ContainsSubstring("uses the claim \"cloudflow-flink\", which does not exist") &&
                 ContainsSubstring("uses the claim \"cloudflow-spark\", which does not exist"));
  for (const char* claim : {"cloudflow-flink", "cloudflow-spark"}) {
    world.create("api/v1", "persistentvolumeclaims",
                 {{"metadata", {{"name", claim}}},
                  {"spec", {{"accessModes", {"ReadWriteMany"}}, {"resources", {{"requests", {{"storage", "1Gi"}}}}}}}},
                 world.ns());
  }
  world.create(
      "api/v1", "secrets",
      {{"metadata", {{"name", "big"}, {"labels", {{"cloudflow.lightbend.com/kafka-cluster-name", "big"}}}}},
       {"stringData",
        {{"secret.conf", fmt::format("bootstrap.servers = \"{}\", partitions = 1, replicas = 1", World::brokers())}}}},
      world.ns());
  CHECK_THAT(world.expect(0, {"plan"}).output, ContainsSubstring("0 to remove"));
}

TEST_CASE("Flink and Spark streamlets go from nothing to running, change and go", "[e2e][servers][runtimes]") {
  World world("runtimes");
  write_application(world);
  const std::string name = world.application();
  world.expect(0, {"apply", "--yes"});
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));
  const ProcessOutput status = world.expect(0, {"status", "--detailed-exitcode"});
  CHECK_THAT(status.output, ContainsSubstring("stats      3/3   ready") && ContainsSubstring("store      1/1   ready"));
  const std::string journal = name + "-stats-savepoint";
  const Json first = world.get("api/v1", "configmaps", journal);
  CHECK(string_at(first, {"data", "job-id"}).size() == 32);
  CHECK(find(first, {"data", "savepoint"}) == nullptr);

  SECTION("more TaskManagers are a new parallelism, so the whole job is stopped and started") {
    world.replace("cloudflow.yaml", "replicas: {stats: 2}", "replicas: {stats: 3}");
    world.commit("More");
    const ProcessOutput plan = world.expect(2, {"plan", "--detailed-exitcode"});
    CHECK_THAT(plan.output, ContainsSubstring("stops with a savepoint and starts from it") &&
                                ContainsSubstring("Restarts 4 of 6 pods"));
    CHECK(world.planned() == Strings{"update configmap/" + name + "-stats-flink",
                                     "update deployment/" + name + "-stats-jobmanager",
                                     "update deployment/" + name + "-stats-taskmanager"});
    world.expect(0, {"apply", "--yes"});
    world.expect(0, {"plan", "--detailed-exitcode"});
    // Nothing ran here, so there was nothing to remember.
    CHECK(world.get("api/v1", "configmaps", journal).at("data") == first.at("data"));
  }

  SECTION("one TaskManager's settings restart the JobManager with it; Spark is left alone") {
    world.replace("app.conf", "requests.cpu = 250m", "requests.cpu = 300m");
    world.commit("More for TaskManagers");
    CHECK(world.planned() == Strings{"update deployment/" + name + "-stats-jobmanager",
                                     "update deployment/" + name + "-stats-taskmanager", "update secret/config-" + name,
                                     "update secret/stats"});
  }

  SECTION("an executor's settings restart the driver") {
    world.replace("app.conf", "sql.shuffle.partitions = 4", "sql.shuffle.partitions = 8");
    world.commit("More partitions");
    CHECK(world.planned() == Strings{"update configmap/" + name + "-store-spark",
                                     "update deployment/" + name + "-store-driver", "update secret/config-" + name,
                                     "update secret/store"});
  }

  SECTION(
      "a job that Flink has recorded and nobody can ask goes on from its checkpoint where the environment says so") {
    // As Flink 1 and Flink 2 label and name it.
    const auto [label, value, key] = GENERATE(table<const char*, const char*, const char*>({
        {"configmap-type", "high-availability", "jobGraph-0001"},
        {"type", "flink-native-kubernetes", "executionPlan-0001"},
    }));
    world.create(
        "api/v1", "configmaps",
        {{"metadata",
          {{"name", name + "-stats-cluster-config-map"}, {"labels", {{"app", name + "-stats"}, {label, value}}}}},
         {"data", {{key, "x"}, {"leader", "y"}}}},
        world.ns());
    world.replace("cloudflow.yaml", "    replicas: {stats: 2}\n",
                  "    replicas: {stats: 1}\n    runtimes: {flink: {stop-with: checkpoint}}\n");
    world.commit("From the checkpoint");
    CHECK_THAT(world.expect(2, {"plan", "--detailed-exitcode"}).output,
               ContainsSubstring("is cancelled and starts from its last checkpoint"));
    world.expect(0, {"apply", "--yes"});
    CHECK(world.get("api/v1", "configmaps", name + "-stats-cluster-config-map").at("data") == Json{{"leader", "y"}});
    CHECK(world.get("api/v1", "configmaps", journal).at("data") == first.at("data"));
  }

  SECTION("a job that Flink has recorded and nobody can ask keeps its state where nothing says to give it up") {
    world.create("api/v1", "configmaps",
                 {{"metadata",
                   {{"name", name + "-stats-cluster-config-map"},
                    {"labels", {{"app", name + "-stats"}, {"type", "flink-native-kubernetes"}}}}},
                  {"data", {{"executionPlan-0001", "x"}, {"application-0001", "y"}}}},
                 world.ns());
    const Json before = world.get("api/v1", "configmaps", name + "-stats-cluster-config-map").at("data");
    world.replace("cloudflow.yaml", "replicas: {stats: 2}", "replicas: {stats: 3}");
    world.commit("More");
    CHECK_THAT(world.run({"apply", "--yes"}).errors,
               ContainsSubstring("its flink job cannot be stopped with a savepoint") &&
                   ContainsSubstring("stop-with: checkpoint"));
    CHECK(world.get("api/v1", "configmaps", name + "-stats-cluster-config-map").at("data") == before);
    CHECK(world.get("api/v1", "configmaps", journal).at("data") == first.at("data"));
    for (const char* part : {"-stats-jobmanager", "-stats-taskmanager"})
      CHECK(int_at(world.get("apis/apps/v1", "deployments", name + part), {"metadata", "generation"}) == 1);
  }

  const auto leave = [&](const Json& data) {
    const auto [label, value] = GENERATE(table<const char*, const char*>({
        {"configmap-type", "high-availability"},
        {"type", "flink-native-kubernetes"},
    }));
    world.create(
        "api/v1", "configmaps",
        {{"metadata",
          {{"name", name + "-stats-cluster-config-map"}, {"labels", {{"app", name + "-stats"}, {label, value}}}}},
         {"data", data}},
        world.ns());
  };
  const auto left = [&](const std::string& map) { return !world.get("api/v1", "configmaps", map).is_null(); };

  SECTION("what is removed takes with it what Flink left and nobody needs") {
    leave({{"org.apache.flink.k8s.leader.restserver", "x"}});
    CHECK_THAT(world.expect(0, {"destroy", "--yes"}).output,
               ContainsSubstring("what it leaves goes as well: configmap?app=" + name +
                                 "-stats,configmap-type=high-availability, then configmap?app=" + name +
                                 "-stats,type=flink-native-kubernetes, then configmap/" + journal +
                                 "; unless it holds jobGraph-, executionPlan-, application-, checkpointID-, savepoint, "
                                 "stopping"));
    CHECK(world.list("apis/apps/v1", "deployments").empty());
    CHECK(!left(name + "-stats-cluster-config-map"));
    CHECK(!left(journal));
  }

  SECTION("a streamlet that is dropped leaves a journal that names a savepoint") {
    leave({{"org.apache.flink.k8s.leader.restserver", "x"}});
    world.merge_patch("api/v1", "configmaps/" + journal, {{"data", {{"savepoint", "file:///a"}}}}, "test");
    world.replace("blueprint.yaml",
                  "    stats: {runtime: flink, image: registry.example.com/stats:1, inlets: {in: bytearray}, outlets: "
                  "{out: bytearray}}\n",
                  "");
    world.replace("blueprint.yaml", "    " + name + "-calls: {producers: [in.out], consumers: [stats.in]}\n", "");
    world.replace("blueprint.yaml", "producers: [stats.out]", "producers: [in.out]");
    world.replace("cloudflow.yaml", "    replicas: {stats: 2}\n", "");
    world.write("app.conf", "");
    world.commit("Without stats");
    world.expect(0, {"apply", "--yes"});
    CHECK(!left(name + "-stats-cluster-config-map"));
    CHECK(world.get("api/v1", "configmaps", journal).at("data").at("savepoint") == "file:///a");
  }

  SECTION("Flink's records of a checkpoint or of an application stay, and the journal with them") {
    const std::string key = GENERATE("checkpointID-0000000000000000007", "application-0001");
    CAPTURE(key);
    leave({{key, "x"}});
    world.expect(0, {"destroy", "--yes"});
    CHECK(world.list("apis/apps/v1", "deployments").empty());
    CHECK(left(name + "-stats-cluster-config-map"));
    CHECK(world.get("api/v1", "configmaps", journal).at("data") == first.at("data"));
  }
}

TEST_CASE("a runtime of the user's own that makes no Deployment is applied, and status knows it",
          "[e2e][servers][runtimes]") {
  World world("own");
  world.write("cloudflow.yaml",
              fmt::format("application: {}\nversion: 1.0.0\nblueprint: blueprint.yaml\nenvironments: {{test: {{}}}}\n",
                          world.application()));
  world.write("blueprint.yaml",
              "blueprint: {streamlets: {nightly: {runtime: job, image: registry.example.com/nightly:1}}}\n");
  world.write("templates/job/runtime.yaml", "runtime: job\nstreamlet: [{file: job.yaml}]\n");
  world.write("templates/job/job.yaml", R"(apiVersion: batch/v1
kind: CronJob
metadata: {name: "${streamlet.pod-name}", labels: "${streamlet.labels}"}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        metadata: {labels: "${streamlet.pod-labels}"}
        spec:
          restartPolicy: Never
          containers: [{name: main, image: "${streamlet.image}"}]
)");
  world.commit("A job");
  CHECK_THAT(world.expect(2, {"status", "--detailed-exitcode"}).output,
             ContainsSubstring("\nnightly    0/0   missing  0                not deployed\n"));
  world.expect(0, {"apply", "--yes"});
  CHECK(world.planned().empty());
  CHECK_THAT(world.expect(0, {"status", "--detailed-exitcode"}).output,
             ContainsSubstring("\nnightly    0/0   ready  0\n"));
  world.expect(0, {"destroy", "--yes"});
}
