// What is rendered for a small application.
#include "planner/render/render.h"

#include <fmt/format.h>
#include <catch2/catch_all.hpp>

#include <algorithm>
#include <set>

#include "planner/render/topics.h"
#include "tests/planner/render/sensors.h"

namespace cloudflow {
namespace {

using testing::hocon;
using testing::MemoryTree;
using testing::small_application;
using testing::texts;

struct Given {
  Application application = small_application();
  Environment environment{.name = "prod"};
  std::map<std::string, std::string> files{};
  std::string config{};
  ClusterFacts facts{};
  std::string problems{};

  std::vector<Resource> render() {
    Diagnostics found;
    const EffectiveConfig effective = effective_config(application, environment, hocon(config), facts, found);
    std::vector<Resource> out = cloudflow::render(application, environment, effective, MemoryTree(files), found);
    problems = texts(found);
    return out;
  }
};

const Resource& named(const std::vector<Resource>& all, const std::string& text) {
  const auto found = std::ranges::find(all, text, [](const Resource& r) { return r.id.text(); });
  REQUIRE(found != all.end());
  return *found;
}

std::string names(const std::vector<Resource>& all) {
  std::string out;
  for (const Resource& resource : all) out += resource.id.text() + " ";
  return out;
}

std::string waits_for(const Resource& resource) {
  std::string out;
  for (const ResourceId& id : resource.after) out += id.text() + " ";
  return out;
}

std::string digest_of(Given given, const std::string& streamlet) {
  const std::vector<Resource> all = given.render();
  return string_at(named(all, "deployment/small-" + streamlet).spec,
                   {"spec", "template", "metadata", "annotations", "cloudflow/config-digest"});
}

TEST_CASE("no mistake in a topic's settings repeats what the environment gave", "[render]") {
  const auto problems_of = [](const std::string& settings) {
    Diagnostics found;
    const auto variable = [](std::string_view) { return std::optional<std::string>("T0p 4711"); };
    const ConfigValue files = read_hocon_text(
        "cloudflow.topics." + small_application().topics.front().id + " " + settings, "app.conf", variable, found);
    const EffectiveConfig effective = effective_config(small_application(), {.name = "prod"}, files, {}, found);
    render(small_application(), {.name = "prod"}, effective, MemoryTree({}), found);
    return texts(found);
  };
  for (const std::string settings :
       {"{ topic.name = ${X} }", "{ partitions = ${X} }", "{ topic.partitions = ${X}, partitions = 3 }",
        "{ replicas = ${X} }", "{ cluster = ${X} }", "{ topic { \"retention.ms\" = ${X} } }",
        "{ bootstrap.servers = \"a:1\", connection-config.\"bootstrap.servers\" = ${X} }"}) {
    CAPTURE(settings);
    const std::string problems = problems_of(settings);
    if (settings.find("cluster") == std::string::npos) CHECK_FALSE(problems.empty());
    CHECK(problems.find("4711") == std::string::npos);
  }
}

TEST_CASE("a topic's count from the environment is secret", "[render]") {
  Diagnostics found;
  const auto variable = [](std::string_view) { return std::optional<std::string>("4"); };
  const std::string id = small_application().topics.front().id;
  const ConfigValue files =
      read_hocon_text("cloudflow.topics." + id + " { partitions = ${X}, topic { \"retention.ms\" = ${X} } }",
                      "app.conf", variable, found);
  const EffectiveConfig effective = effective_config(small_application(), {.name = "prod"}, files, {}, found);
  const Resource made = topic_resource(effective.topics.at(id));
  CHECK(made.spec["partitions"] == 4);
  CHECK(std::set<std::string>(made.secrets.begin(), made.secrets.end()) ==
        std::set<std::string>{"/partitions", "/config/retention.ms"});
}

TEST_CASE("a small application", "[render]") {
  Given given;
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  CHECK(names(all) ==
        "topic/raw deployment/small-in deployment/small-sink namespace/small secret/config-small secret/in secret/sink "
        "service/small-in-service serviceaccount/cloudflow-app-serviceaccount ");
  CHECK(std::ranges::is_sorted(all, {}, &Resource::id));
  const Resource& deployment = named(all, "deployment/small-in");
  CHECK(deployment.id == ResourceId{"kubernetes", "Deployment.apps", "small", "small-in"});
  CHECK(deployment.streamlet == "in");
  CHECK(waits_for(deployment) ==
        "topic/raw namespace/small secret/in service/small-in-service serviceaccount/cloudflow-app-serviceaccount ");
  CHECK(waits_for(named(all, "secret/in")) == "topic/raw namespace/small ");
  CHECK(waits_for(named(all, "service/small-in-service")) == "namespace/small ");
  CHECK(waits_for(named(all, "topic/raw")) == "");
  CHECK(deployment.origin_of("/spec/replicas")->text() == "blueprint.conf:3:5");
  CHECK(deployment.origin_of("/spec/template/spec/containers/0/volumeMounts/0/mountPath")->text() ==
        "templates/container/deployment.yaml:39:26");
}

TEST_CASE("ports on topics are recorded with and without a schema", "[render]") {
  const auto format = GENERATE(values<const char*>({"avro", "bytearray"}));
  Given given;
  const PortSchema schema{.name = "Call", .fingerprint = "f", .format = format};
  given.application.streamlets[0].descriptor.outlets = {Port{.name = "out", .schema = schema}};
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  REQUIRE(names(all).find("configmap/cloudflow-small-contracts ") != std::string::npos);
  const std::string line = fmt::format("produces raw default {} ", format);
  CHECK(string_at(named(all, "configmap/cloudflow-small-contracts").spec, {"data", "in.out"}).starts_with(line));
}

TEST_CASE("rendering twice gives the same", "[render]") {
  Given given;
  const std::vector<Resource> first = given.render();
  const std::vector<Resource> second = given.render();
  REQUIRE(first.size() == second.size());
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(first[i].spec.dump() == second[i].spec.dump());
}

TEST_CASE("a topic's name in a streamlet points at the topic, and a new port at its descriptor", "[render]") {
  Given given;
  given.application.topics.front().where = {"blueprint.conf", 12, 7};
  const std::string topic = given.application.topics.front().id;
  Streamlet& streamlet = given.application.streamlets.front();
  streamlet.descriptor.outlets = {Port{.name = "out", .where = {"descriptors/in.json", 3, 9}}};
  REQUIRE(streamlet.ports.at("out").topic == topic);
  const std::vector<Resource> all = given.render();
  const Resource& secret = named(all, "secret/" + streamlet.secret_name);
  for (const std::string key : {"application.conf", "secret.conf"}) {
    const std::string port = "/data/" + key + "#/cloudflow/runner/streamlet/context/port_mappings/out";
    CHECK(secret.origin_of(port + "/id")->text() == "blueprint.conf:12:7");
    CHECK(secret.origin_of(port)->text() == "descriptors/in.json:3:9");
  }
}

TEST_CASE("values point at the user's line", "[render]") {
  Given given{.config =
                  "cloudflow.streamlets.in {\n  config-parameters.rate = 9\n  "
                  "kubernetes.pods.pod.containers.container.env = [{name = A, value = b}]\n}"};
  given.application.streamlets[0].descriptor.parameters = {{.key = "rate", .type = "int32"}};
  given.environment.replicas = {{"in", {4, {"cloudflow.yaml", 20, 9}}}};
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  CHECK(named(all, "secret/in").origin_of("/data/secret.conf#/cloudflow/streamlets/in/rate")->text() ==
        "app.conf:2:28");
  CHECK(named(all, "deployment/small-in").origin_of("/spec/template/spec/containers/0/env/0/value")->text() ==
        "app.conf:3:70");
  CHECK(named(all, "deployment/small-in").origin_of("/spec/replicas")->text() == "cloudflow.yaml:20:9");
  CHECK(named(all, "deployment/small-in").spec["spec"]["replicas"] == 4);
}

TEST_CASE("only a streamlet whose reading changed gets another digest", "[render]") {
  const Given before;
  Given after;
  after.config = "cloudflow.streamlets.in.config.a = 1";
  CHECK(digest_of(after, "in") != digest_of(before, "in"));
  CHECK(digest_of(after, "sink") == digest_of(before, "sink"));
  Given scaled;
  scaled.environment.replicas = {{"in", {.value = 7}}};
  CHECK(digest_of(scaled, "in") == digest_of(before, "in"));
  Given more_partitions;
  more_partitions.config = "cloudflow.topics.raw { partitions = 12, topic.retention.ms = 5, managed = no }";
  CHECK(digest_of(more_partitions, "in") == digest_of(before, "in"));
  Given renamed;
  renamed.config = "cloudflow.topics.raw.topic.name = other";
  CHECK(digest_of(renamed, "in") != digest_of(before, "in"));
  CHECK(digest_of(renamed, "sink") != digest_of(before, "sink"));
  Given client;
  client.config = "cloudflow.topics.raw.consumer-config.max.poll.records = 5";
  CHECK(digest_of(client, "sink") != digest_of(before, "sink"));
}

TEST_CASE("prefixes of an environment stand in front of topics and groups, wherever pods are told them", "[render]") {
  Given given;
  given.environment.topic_prefix = "test-";
  given.environment.group_prefix = "try.";
  const std::vector<Resource> all = given.render();
  CHECK(given.problems.empty());
  CHECK(named(all, "topic/test-raw").spec.at("managed") == true);
  bool told = false;
  for (const Resource& resource : all) {
    std::string text;
    from_base64(string_at(resource.spec, {"data", "application.conf"}), text);
    if (resource.id.kind != "Secret" || text.empty()) continue;
    told = true;
    CHECK(text.find(R"("app_id":"try.small")") != std::string::npos);
  }
  CHECK(told);
  given.config = "cloudflow.topics.raw.managed = no";
  CHECK(named(given.render(), "topic/raw").spec.at("managed") == false);  // others gave it its name
}

TEST_CASE("secrets stay marked", "[render]") {
  Given given;
  const std::vector<std::string> path = {"cloudflow", "streamlets", "in", "config-parameters", "password"};
  given.application.streamlets[0].descriptor.parameters = {{.key = "password", .type = "string"}};
  given.environment.values =
      ConfigValue::object({}).with_at(path, ConfigValue::secret("hidden", {"cloudflow.yaml", 5, 9}));
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  CHECK(named(all, "secret/in").secrets ==
        std::vector<std::string>{"/data/secret.conf#/cloudflow/streamlets/in/password"});
  CHECK(named(all, "secret/config-small").secrets ==
        std::vector<std::string>{"/data/secret.conf#/cloudflow/streamlets/in/config-parameters/password"});
  CHECK(named(all, "secret/sink").secrets.empty());
}

TEST_CASE("the logback file is kept byte for byte and mounted", "[render]") {
  Given given{.files = {{"logback.xml", "<a>\r\n\n</a>"}}};
  given.environment.logback = "logback.xml";
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  std::string bytes;
  REQUIRE(from_base64(string_at(named(all, "secret/logging").spec, {"data", "logback.xml"}), bytes));
  CHECK(bytes == "<a>\r\n\n</a>");
  const Json& mounts =
      named(all, "deployment/small-in").spec["spec"]["template"]["spec"]["containers"][0]["volumeMounts"];
  CHECK(mounts[1] == Json::parse(R"({"name":"logging","mountPath":"/opt/logging","readOnly":true})"));
  CHECK(waits_for(named(all, "deployment/small-sink")) ==
        "topic/raw namespace/small secret/logging secret/sink serviceaccount/cloudflow-app-serviceaccount ");
  Given changed = given;
  changed.files["logback.xml"] = "<b/>";
  CHECK(digest_of(changed, "in") != digest_of(given, "in"));
  given.environment.logback = "missing.xml";
  given.environment.where = {"cloudflow.yaml", 4, 3};
  given.render();
  CHECK(given.problems == "cloudflow.yaml:4:3: error: no file \"missing.xml\"\n");
}

TEST_CASE("credentials of other registries in the pull secret stay", "[render]") {
  Given given;
  given.environment.pull_credentials =
      PullCredentials{.username = "u", .password = ConfigValue::secret("p", {"cloudflow.yaml", 6, 1})};
  given.facts.registries =
      ConfigValue::object({{"other.example.com", ConfigValue::object({{"auth", ConfigValue::secret("eDp5")}})},
                           {"registry.example.com", ConfigValue::object({{"auth", ConfigValue::secret("b2xk")}})}});
  const std::vector<Resource> all = given.render();
  std::string text;
  const Resource& secret = named(all, "secret/cloudflow-image-pull-secret");
  REQUIRE(from_base64(string_at(secret.spec, {"data", ".dockerconfigjson"}), text));
  CHECK(text == R"({"auths":{"other.example.com":{"auth":"eDp5"},)"
                R"("registry.example.com":{"auth":"dTpw","password":"p","username":"u"}}})");
  CHECK(std::ranges::find(secret.secrets, "/data/.dockerconfigjson#/auths/other.example.com/auth") !=
        secret.secrets.end());
}

TEST_CASE("what an environment keeps stands in the configuration secret and is never shown", "[render]") {
  Given given;
  given.environment.kept = {{"deploy.json", "{}"}};
  const std::vector<Resource> all = given.render();
  const Resource& secret = named(all, "secret/config-small");
  CHECK(string_at(secret.spec, {"data", "deploy.json"}) == to_base64("{}"));
  CHECK(std::ranges::find(secret.secrets, "/data/deploy.json") != secret.secrets.end());
}

TEST_CASE("the pull secret", "[render]") {
  Given given;
  given.environment.pull_credentials =
      PullCredentials{.username = "u", .password = ConfigValue::secret("p", {"cloudflow.yaml", 6, 1})};
  const std::vector<Resource> all = given.render();
  const Resource& secret = named(all, "secret/cloudflow-image-pull-secret");
  std::string text;
  REQUIRE(from_base64(string_at(secret.spec, {"data", ".dockerconfigjson"}), text));
  CHECK(text == R"({"auths":{"registry.example.com":{"auth":"dTpw","password":"p","username":"u"}}})");
  CHECK(secret.spec["type"] == "kubernetes.io/dockerconfigjson");
  CHECK(secret.spec["metadata"]["annotations"] == Json{{"cloudflow/registry", "registry.example.com"}});
  CHECK(secret.secrets == std::vector<std::string>{"/data/.dockerconfigjson#/auths/registry.example.com/auth",
                                                   "/data/.dockerconfigjson#/auths/registry.example.com/password"});
  CHECK(waits_for(named(all, "serviceaccount/cloudflow-app-serviceaccount")) ==
        "namespace/small secret/cloudflow-image-pull-secret ");
}

TEST_CASE("a service account of the user's own", "[render]") {
  Given given;
  for (Streamlet& streamlet : given.application.streamlets) streamlet.runtime = "akka";
  CHECK(names(given.render()).find("role") != std::string::npos);
  given.environment.service_account = "mine";
  const std::vector<Resource> all = given.render();
  CHECK(names(all) ==
        "topic/raw deployment/small-in deployment/small-sink namespace/small secret/config-small secret/in secret/sink "
        "service/small-in-service ");
  CHECK(string_at(named(all, "deployment/small-in").spec, {"spec", "template", "spec", "serviceAccountName"}) ==
        "mine");
}

TEST_CASE("an odd version makes valid labels", "[render]") {
  Given given;
  given.application.version = "1.0+dirty build-";
  const std::vector<Resource> all = given.render();
  CHECK(named(all, "deployment/small-in").spec["metadata"]["labels"]["app.kubernetes.io/version"] == "1.0-dirty-build");
}

TEST_CASE("what Flink and Spark streamlets consist of", "[render]") {
  Given given;
  given.application.streamlets[0].runtime = "flink";
  given.application.streamlets[1].runtime = "spark";
  given.environment.runtimes = hocon("flink.version = 1.20");
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  CHECK(names(all) ==
        "topic/raw configmap/small-in-flink configmap/small-sink-spark deployment/small-in-jobmanager "
        "deployment/small-in-taskmanager deployment/small-sink-driver namespace/small role/cloudflow-app-flink-role "
        "role/cloudflow-app-spark-role rolebinding/cloudflow-app-flink-rolebinding "
        "rolebinding/cloudflow-app-spark-rolebinding secret/config-small secret/in secret/sink "
        "service/small-in-jobmanager service/small-in-service service/small-sink-driver "
        "serviceaccount/cloudflow-app-serviceaccount serviceaccount/cloudflow-app-spark-serviceaccount ");
  CHECK_THAT(waits_for(named(all, "deployment/small-in-jobmanager")),
             Catch::Matchers::ContainsSubstring(" configmap/small-in-flink deployment/small-in-taskmanager "));
  CHECK_THAT(waits_for(named(all, "deployment/small-in-taskmanager")),
             Catch::Matchers::ContainsSubstring(" configmap/small-in-flink ") &&
                 !Catch::Matchers::ContainsSubstring("deployment"));
  CHECK_THAT(waits_for(named(all, "deployment/small-sink-driver")),
             Catch::Matchers::ContainsSubstring(" configmap/small-sink-spark ") &&
                 Catch::Matchers::ContainsSubstring(" rolebinding/cloudflow-app-spark-rolebinding ") &&
                 Catch::Matchers::ContainsSubstring(" service/small-sink-driver "));
}

TEST_CASE("an unknown runtime", "[render]") {
  Given given;
  given.application.streamlets[0].runtime = "aka";
  given.render();
  CHECK(given.problems ==
        "blueprint.conf:3:5: error: streamlet \"in\" has the runtime \"aka\", for which there are no templates (did "
        "you mean \"akka\"?)\n");
}

/// The YAML after `heading` in templates/README.md.
std::string documented(const std::string& heading) {
  std::ifstream in(std::string(CLOUDFLOW_SOURCE_DIR) + "/templates/README.md");
  std::ostringstream text;
  text << in.rdbuf();
  const std::string all = text.str();
  const auto start = all.find("```yaml\n", all.find(heading)) + 8;
  return all.substr(start, all.find("```", start) - start);
}

TEST_CASE("a runtime of the user's own, as documented", "[render]") {
  Given given{.config = "cloudflow.streamlets.in.config.schedule = \"0 3 * * *\""};
  given.application.streamlets[0].runtime = "job";
  given.files = {{"templates/job/runtime.yaml", documented("`templates/job/runtime.yaml`:")},
                 {"templates/job/job.yaml", documented("`templates/job/job.yaml`:")}};
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  const Resource& job = named(all, "cronjob/small-in");
  CHECK(job.id == ResourceId{"kubernetes", "CronJob.batch", "small", "small-in"});
  CHECK(job.spec["spec"]["schedule"] == "0 3 * * *");
  CHECK(job.spec["metadata"]["labels"]["app.kubernetes.io/part-of"] == "small");
  CHECK(waits_for(job) == "topic/raw namespace/small secret/in serviceaccount/cloudflow-app-serviceaccount ");
}

TEST_CASE("a built-in template changed by the user", "[render]") {
  Given given;
  given.files = {{"templates/common/service.yaml",
                  "apiVersion: v1\nkind: Service\nmetadata: {name: changed}\nspec: {clusterIP: None, wrong: "
                  "\"${streamlet.nam}\"}\n"}};
  given.render();
  CHECK(
      given.problems ==
      "templates/common/service.yaml:4:32: error: \"streamlet.nam\" has no value (did you mean \"streamlet.name\"?)\n");
}

TEST_CASE("mistakes in runtime.yaml", "[render]") {
  Given given;
  given.files = {{"templates/container/runtime.yaml",
                  "runtime: other\nstreamlets: []\nstreamlet:\n  - {file: gone.yaml}\n  - deployment.yaml\n"
                  "pods: [1]\nstorage: {claim: disk, path: /x}\n"}};
  given.render();
  CHECK(given.problems ==
        "templates/container/runtime.yaml:6:7: error: pods must be a list of names, as under kubernetes.pods\n"
        "templates/container/runtime.yaml:1:10: error: the runtime in this folder is \"container\"\n"
        "templates/container/runtime.yaml:7:10: error: storage must be {claim: NAME, path: PATH, access-mode: "
        "MODE}\n"
        "templates/container/runtime.yaml:2:13: error: a runtime has no key \"streamlets\" (there are: runtime, "
        "application, streamlet, settings, values, warnings, pods, storage)\n"
        "templates/container/runtime.yaml:4:12: error: there is no template \"templates/container/gone.yaml\"\n"
        "templates/container/runtime.yaml:5:5: error: an entry of a runtime is {file: NAME} or {file: NAME, if: "
        "CONDITION}\n");
}

TEST_CASE("names that collide after cutting", "[render]") {
  Given given;
  const std::string prefix(60, 'x');
  for (std::size_t i = 0; i < 2; ++i) {
    given.application.streamlets[i].name = prefix + (i == 0 ? "-a" : "-b");
    given.application.streamlets[i].secret_name = given.application.streamlets[i].name;
  }
  given.render();
  CHECK(given.problems == "blueprint.conf:4:5: error: streamlet \"" + prefix + "-a\" and streamlet \"" + prefix +
                              "-b\" both ask for deployment/small-" + std::string(57, 'x') +
                              " (choose names that differ in their first 55 characters)\n");
}

TEST_CASE("a volume of the user's that hides one of ours", "[render]") {
  Given given{.config =
                  "cloudflow.streamlets.in.kubernetes.pods.pod.volumes { downward-api-volume.pvc.name = x, "
                  "mine.pvc.name = y }"};
  given.render();
  CHECK(given.problems ==
        "app.conf:1:55: error: streamlet \"in\" already has a volume \"downward-api-volume\" (choose another name for "
        "the volume)\n");
}

TEST_CASE("two topics that are one", "[render]") {
  Given given;
  given.application.topics.push_back(
      Topic{.id = "raw2", .config = ConfigValue::object({}), .where = {"blueprint.conf", 9, 5}});
  given.application.streamlets[1].ports.emplace("in2", PortMapping{.topic = "raw2", .config = ConfigValue::object({})});
  given.config = "cloudflow.topics { raw.topic.name = same, raw2.topic.name = same }";
  CHECK(names(given.render()).starts_with("topic/same deployment/"));
  CHECK(given.problems == "");
  given.config = "cloudflow.topics { raw.topic.name = same, raw2 { topic.name = same, partitions = 5 } }";
  given.render();
  CHECK(given.problems ==
        "app.conf:1:63: error: topics \"raw\" and \"raw2\" are both \"same\" on Kafka cluster \"default\", with "
        "different settings "
        "(give one of them another topic.name, or both the same settings)\n");
}

TEST_CASE("properties of topics", "[render]") {
  Given given{.config =
                  "cloudflow.topics.raw { partitions = 6, replicas = 3, topic { retention.ms = 3600000, "
                  "\"cleanup.policy\" = [compact, delete], preallocate = true, name = raw-v2 } }"};
  const Resource topic = named(given.render(), "topic/raw-v2");
  CHECK(given.problems == "");
  CHECK(
      topic.spec ==
      Json::parse(
          R"({"partitions":6,"replicas":3,"managed":true,"config":{"retention.ms":"3600000","cleanup.policy":"compact,delete","preallocate":"true"}})"));
  CHECK(topic.id == ResourceId{"kafka", "Topic", "default", "raw-v2"});
  CHECK(topic.origin_of("/config/retention.ms")->text() == "app.conf:1:77");
  CHECK(topic.origin_of("/partitions")->text() == "app.conf:1:37");
}

TEST_CASE("plain manifests are planned along", "[render]") {
  Given given{.files = {{"kubernetes/a.yaml",
                         "# first\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata: {a: "
                         "b}\n---\n\napiVersion: v1\nkind: List\nitems:\n"
                         "  - {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: disk}, spec: "
                         "{accessModes: [ReadWriteMany]}}\n"
                         "  - {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: wide}}\n"},
                        {"kubernetes/README.md", "not a manifest"}}};
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  const Resource& map = named(all, "configmap/one");
  CHECK(map.spec ==
        Json::parse(
            R"({"apiVersion":"v1","kind":"ConfigMap","data":{"a":"b"},"metadata":{"name":"one","namespace":"small",
                                   "labels":{"app.kubernetes.io/managed-by":"cloudflow","app.kubernetes.io/part-of":"small"}}})"));
  CHECK(map.origin_of("/data/a")->text() == "kubernetes/a.yaml:7:11");
  CHECK(waits_for(map) == "namespace/small ");
  CHECK(named(all, "persistentvolumeclaim/disk").id.scope == "small");
  CHECK(named(all, "clusterrole/wide").id ==
        ResourceId{"kubernetes", "ClusterRole.rbac.authorization.k8s.io", "", "wide"});
}

TEST_CASE("the user's own namespace wins, and definitions come before what they define", "[render]") {
  Given given{.files = {{"kubernetes/a.yaml",
                         "apiVersion: v1\nkind: Namespace\nmetadata: {name: small, labels: {mine: "
                         "'yes'}}\n---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
                         "metadata: {name: things.example.com}\nspec: {group: example.com, scope: Cluster, names: "
                         "{kind: Thing}}\n---\napiVersion: example.com/v1\nkind: Thing\n"
                         "metadata: {name: one}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"}},
              .config =
                  "cloudflow.streamlets.in.kubernetes.pods.pod { volumes.v.config-map.name = settings, "
                  "containers.container.volume-mounts.v.mount-path = /v }"};
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  CHECK(string_at(named(all, "namespace/small").spec, {"metadata", "labels", "mine"}) == "yes");
  CHECK(named(all, "thing/one").id == ResourceId{"kubernetes", "Thing.example.com", "", "one"});
  CHECK(waits_for(named(all, "thing/one")) == "customresourcedefinition/things.example.com ");
  CHECK(waits_for(named(all, "deployment/small-in")) ==
        "topic/raw configmap/settings namespace/small secret/in service/small-in-service "
        "serviceaccount/cloudflow-app-serviceaccount ");
  CHECK(waits_for(named(all, "deployment/small-sink")) ==
        "topic/raw namespace/small secret/sink serviceaccount/cloudflow-app-serviceaccount ");
}

TEST_CASE("the user's labels and annotations", "[render]") {
  Given given{.config =
                  "cloudflow.streamlets.in.kubernetes.pods.pod { labels { \"app.kubernetes.io/name\" = x, "
                  "\"com.lightbend.cloudflow/app-id\" = y, \"app.kubernetes.io/component\" = z }, "
                  "annotations { \"prometheus.io/scrape\" = \"false\", \"cloudflow/config-digest\" = no } }"};
  given.application.streamlets[0].runtime = "akka";
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  const Json& metadata = named(all, "deployment/small-in").spec["spec"]["template"]["metadata"];
  CHECK(metadata["labels"]["app.kubernetes.io/name"] == "small-in");
  CHECK(metadata["labels"]["com.lightbend.cloudflow/app-id"] == "small");
  CHECK(metadata["labels"]["app.kubernetes.io/component"] == "z");
  CHECK(metadata["annotations"]["prometheus.io/scrape"] == "false");
  CHECK(metadata["annotations"]["cloudflow/config-digest"] != "no");
}

TEST_CASE("manifests are read as kubectl reads them", "[render]") {
  struct Row {
    const char* written;
    const char* read;  // as JSON
  };
  const auto row = GENERATE(values<Row>({
      {"0400", "256"},
      {"0o400", "256"},
      {"01750", "1000"},
      {"0644", "420"},
      {"-010", "-8"},
      {"+0x1F", "31"},
      {"0b101", "5"},
      {"1_000", "1000"},
      {"0800", "800"},
      {"0", "0"},
      {"-0", "0"},
      {"1.5", "1.5"},
      {"1e3", "1000.0"},
      {"00", "0"},
      {"1_0.5", "10.5"},
      {"yes", "true"},
      {"Off", "false"},
      {"y", "true"},
      {"true", "true"},
      {"'yes'", "\"yes\""},
      {"0x", "\"0x\""},
      {"1_a", "\"1_a\""},
      {"08x", "\"08x\""},
      {"~", "null"},
      {"\"0400\"", "\"0400\""},
      {"2026-01-01", "\"2026-01-01\""},
      {"1:30", "\"1:30\""},
      {"1.2.3", "\"1.2.3\""},
  }));
  CAPTURE(row.written);
  Given given{
      .files = {{"kubernetes/a.yaml", fmt::format("apiVersion: example.com/v1\nkind: Site\nmetadata: {{name: one}}\n"
                                                  "spec: {{value: {}}}\n",
                                                  row.written)}}};
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  CHECK(named(all, "site/one").spec.at("spec").at("value") == Json::parse(row.read));
}

TEST_CASE("keys of manifests are what kubectl makes of them", "[render]") {
  struct Row {
    const char* written;
    const char* read;  // by kubectl 1.32 (`kubectl annotate --local -o json`)
  };
  const auto row = GENERATE(values<Row>({
      {"on", "true"},
      {"no", "false"},
      {"y", "true"},
      {"N", "false"},
      {"True", "true"},
      {"FALSE", "false"},
      {"1", "1"},
      {"0x1f", "31"},
      {"0o17", "15"},
      {"017", "15"},
      {"1_000", "1000"},
      {"1e3", "1000"},
      {"1.50", "1.5"},
      {".5", "0.5"},
      {"-1", "-1"},
      {"+2", "2"},
      {"'yes '", "yes "},
      {".inf", ".inf"},
      {".NaN", ".nan"},
      {"-.inf", "-.inf"},
      {"-.Inf", "-.inf"},
      {"2026-11-29", "2026-11-29"},
      {"2026-11-29T01:02:03Z", "2026-11-29T01:02:03Z"},
      {"18446744073709551616", "1.8446744e+19"},
      {"123456789012345678901234", "1.2345679e+23"},
      {"1e400", "1e400"},
      {"0b101", "5"},
      {"1:30", "1:30"},
      {"\"on\"", "on"},
      {"!!str off", "off"},
      {"!!int \"12\"", "12"},
      {"!!bool \"yes\"", "true"},
      {"!!float 3", "3"},
      {"1.0", "1"},
      {"100000000000000000000000.0", "1e+23"},
      {"1e21", "1e+21"},
      {"1e20", "1e+20"},
      {"1234567.0", "1.234567e+06"},
      {"16777217.0", "1.6777216e+07"},
      {"0.0000001", "1e-07"},
      {"0.00001", "1e-05"},
      {"123456789.125", "1.2345679e+08"},
      {"3.14159265358979", "3.1415927"},
      {"-0", "0"},
      {"-0.0", "-0"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"-9223372036854775809", "-9.223372e+18"},
      {"-0b11", "-3"},
      {"-0x10", "-16"},
      {"0800", "800"},
      {"1.", "1"},
      {"1_0.5", "10.5"},
      {"=", "="},
      {".", "."},
      {"0.1", "0.1"},
      {"1e-7", "1e-07"},
      {"33.333", "33.333"},
      {"1e39", ".inf"},
      {"-1e39", "-.inf"},
      {"1000000.0", "1e+06"},
      {"100000.0", "100000"},
      {"999999.5", "999999.5"},
      {"0.0001", "0.0001"},
      {"+.INF", ".inf"},
      {"-.INF", "-.inf"},
      {"1e5", "100000"},
      {"1e6", "1e+06"},
      {"0b", "0b"},
      {"0x", "0x"},
      {"\"1.50\"", "1.50"},
      {"'.Inf'", ".Inf"},
      {"!!float 1_0", "10"},
      {"0_1", "1"},
      {"1__0", "10"},
      {"9223372036854775807", "9223372036854775807"},
  }));
  CAPTURE(row.written);
  Given given{.files = {{"kubernetes/a.yaml", fmt::format("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: one}}\n"
                                                          "data:\n  {}: v\n",
                                                          row.written)}}};
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  CHECK(named(all, "configmap/one").spec.at("data") == Json{{row.read, "v"}});
}

TEST_CASE("keys of manifests that kubectl refuses are mistakes", "[render]") {
  struct Row {
    const char* written;
    const char* problem;
  };
  const auto row = GENERATE(values<Row>({
      {"~", "5:3: error: a key must be text, not null (put it in quotes)"},
      {"null", "5:3: error: a key must be text, not null (put it in quotes)"},
      {"18446744073709551615", "5:3: error: 18446744073709551615 is too large a number for a key (put it in quotes)"},
      {"? [a]", "5:5: error: a key must be text, not a list or an object"},
      {"on: 1\n  yes", "6:3: error: key \"true\" is given twice (the value of the first is at line 5)"},
  }));
  CAPTURE(row.written);
  Given given{.files = {{"kubernetes/a.yaml", fmt::format("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: one}}\n"
                                                          "data:\n  {}: v\n",
                                                          row.written)}}};
  given.render();
  CHECK_THAT(given.problems, Catch::Matchers::ContainsSubstring(row.problem));
}

TEST_CASE("an alias of a manifest is the same key as its anchor", "[render]") {
  Given given{
      .files = {{"kubernetes/a.yaml",
                 "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {x: &a 'on', *a : v, &b off: w}\n"}}};
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  CHECK(named(all, "configmap/one").spec.at("data") == Json{{"x", "on"}, {"on", "v"}, {"false", "w"}});
}

TEST_CASE("lists and files of JSON are taken apart as kubectl does it", "[render]") {
  Given given{
      .files = {{"kubernetes/a.yaml",
                 "\xEF\xBB\xBF# a comment\n---\napiVersion: v1\nkind: ConfigMapList\nitems:\n"
                 "- metadata: {name: one}\n- {kind: ConfigMap, metadata: {name: two}}\n"},
                {"kubernetes/b.yaml",
                 "apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: people}\n"
                 "items: [{user: a}]\n"},
                {"kubernetes/bb.yaml",
                 "{apiVersion: v1, kind: List, metadata: {name: all}, items: [{apiVersion: v1, kind: ConfigMap, "
                 "metadata: {name: five}}]}\n"},
                {"kubernetes/c.json",
                 "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"three\"},\n"
                 " \"data\": {\"a\": \"\\ud83d\\ude00}\"}} {\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\",\n"
                 "\"metadata\": {\"name\": \"four\"}, \"data\":\n {\"b\": \"c\"}}\n"}}};
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  CHECK(named(all, "configmap/one").spec.at("apiVersion") == "v1");
  CHECK(named(all, "configmap/two").spec.at("kind") == "ConfigMap");
  CHECK(named(all, "allowlist/people").spec.at("items") == Json::parse(R"([{"user": "a"}])"));
  CHECK(named(all, "configmap/five").spec.at("kind") == "ConfigMap");
  CHECK(named(all, "configmap/three").spec.at("data").at("a") == "\U0001F600}");
  CHECK(named(all, "configmap/four").origin_of("/data/b")->text() == "kubernetes/c.json:4:8");
}

TEST_CASE("of a key that JSON has twice, and of a number that none can be, a manifest says so", "[render]") {
  Given given{.files = {{"kubernetes/a.json",
                         "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\"},\n"
                         "\"data\": {\"x\": \"1\"}, \"data\": {\"y\": \"2\"}}\n"},
                        {"kubernetes/b.json",
                         "{\"apiVersion\": \"example.com/v1\", \"kind\": \"Sum\", \"metadata\": {\"name\": \"b\"},\n"
                         "\"spec\": [1E400, 1e300, 1e+400, {\"x\": {}, \"y\": {\"a.b\": 1, \"a\": {\"b\": 2}}}]}\n"}}};
  given.render();
  CHECK(given.problems ==
        "kubernetes/a.json:2:21: error: key \"data\" is given twice (remove one of them)\n"
        "kubernetes/b.json:2:10: error: 1E400 is too large for a number of JSON (put it in quotes if it is a text)\n"
        "kubernetes/b.json:2:24: error: 1e+400 is too large for a number of JSON (put it in quotes if it is a text)\n");
}

TEST_CASE("numbers of JSON are numbers, however many digits they have", "[render]") {
  const char* const numbers = "[123456789012345678901, 1e-400, 1E+2, -0, 18446744073709551615, 0.1]";
  Given given{
      .files = {
          {"kubernetes/a.json",
           fmt::format(R"({{"apiVersion": "example.com/v1", "kind": "Sum", "metadata": {{"name": "a"}}, "spec": {}}})",
                       numbers)}}};
  const std::vector<Resource> all = given.render();
  CHECK(given.problems == "");
  CHECK(named(all, "sum/a").spec.at("spec") == Json::parse(numbers));
}

TEST_CASE("what is no text where only texts can be is a mistake", "[render]") {
  Given given{
      .files = {{"kubernetes/a.yaml",
                 "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  port: 5432\n  tls: true\n"
                 "  nothing: null\n  user: me\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: [a]}\n"
                 "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, annotations: text}\ndata: {x: {y: z}}\n"}}};
  given.render();
  CHECK(given.problems ==
        "kubernetes/a.yaml:5:9: error: \"port\" of stringData is a number, not a text (put it in quotes)\n"
        "kubernetes/a.yaml:6:8: error: \"tls\" of stringData is a boolean, not a text (put it in quotes)\n"
        "kubernetes/a.yaml:12:29: error: metadata.labels is a list, not an object of texts\n"
        "kubernetes/a.yaml:16:34: error: metadata.annotations is a text, not an object of texts\n"
        "kubernetes/a.yaml:17:11: error: \"x\" of data is an object, not a text\n");
}

TEST_CASE("what names an object is a text", "[render]") {
  Given given{.files = {{"kubernetes/a.yaml",
                         "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 5, namespace: on}\n---\n"
                         "apiVersion: v1\nkind: [ConfigMap]\nmetadata: {name: a, namespace: [x]}\n---\n"
                         "apiVersion: 1\nkind: ConfigMap\nmetadata: {name: y, namespace: null}\n"}}};
  given.render();
  CHECK(given.problems ==
        "kubernetes/a.yaml:3:18: error: metadata.name is a number, not a text (put it in quotes)\n"
        "kubernetes/a.yaml:3:32: error: metadata.namespace is a boolean, not a text (put it in quotes)\n"
        "kubernetes/a.yaml:6:7: error: kind is a list, not a text\n"
        "kubernetes/a.yaml:7:32: error: metadata.namespace is a list, not a text\n"
        "kubernetes/a.yaml:9:13: error: apiVersion is a number, not a text (put it in quotes)\n"
        "kubernetes/a.yaml:11:18: error: metadata.name is a boolean, not a text (put it in quotes)\n");
}

TEST_CASE("what the server decodes is base64, and is said to be none without its value", "[render]") {
  Given given{.files = {{"kubernetes/a.yaml",
                         "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  good: aGk=\n  empty: ''\n"
                         "  lines: |\n    aGk\n    =\n  plain: t0psecret!\n  short: aGk\n---\n"
                         "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {x: 'plain!'}\n"
                         "binaryData: {z: 'plain!'}\n"}}};
  given.render();
  CHECK(given.problems ==
        "kubernetes/a.yaml:10:10: error: \"plain\" of data is not base64 (put plain text into stringData)\n"
        "kubernetes/a.yaml:11:10: error: \"short\" of data is not base64 (put plain text into stringData)\n"
        "kubernetes/a.yaml:17:17: error: \"z\" of binaryData is not base64 (put plain text into data)\n");
}

TEST_CASE("mistakes in manifests", "[render]") {
  Given given{
      .files = {{"kubernetes/a.yaml",
                 "kind: ConfigMap\n---\napiVersion: v1\n---\n{apiVersion: v1, kind: Pod}\n---\n- a\n---\napiVersion: "
                 "v1\nkind: ConfigMap\nmetadata: {name: x, labels: "
                 "{app.kubernetes.io/part-of: other}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: in}\n"}}};
  given.render();
  CHECK(given.problems ==
        "kubernetes/a.yaml:1:1: error: the manifest has no apiVersion\n"
        "kubernetes/a.yaml:3:1: error: the manifest has no kind\n"
        "kubernetes/a.yaml:5:1: error: the Pod has no metadata.name\n"
        "kubernetes/a.yaml:7:1: error: a manifest is an object with apiVersion, kind and metadata\n"
        "kubernetes/a.yaml:11:57: error: label app.kubernetes.io/part-of is \"other\", but cloudflow needs it to be "
        "\"small\" (remove the label)\n"
        "kubernetes/a.yaml:13:1: error: streamlet \"in\" and kubernetes/a.yaml:13:1 both ask for secret/in\n");
}

TEST_CASE("no manifest takes the names of what cloudflow keeps itself", "[render]") {
  Given given{.files = {{"kubernetes/a.yaml",
                         "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cloudflow-small}\n---\n"
                         "apiVersion: v1\nkind: Secret\nmetadata: {name: cloudflow-small-digest-key}\n---\n"
                         "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: cloudflow-small}\n---\n"
                         "apiVersion: v1\nkind: Secret\nmetadata: {name: cloudflow-small}\n---\n"
                         "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cloudflow-small, namespace: other}\n"}}};
  given.render();
  const std::string kept = " is the name of what cloudflow keeps itself (choose another name)\n";
  CHECK(given.problems == "kubernetes/a.yaml:1:1: error: configmap/cloudflow-small" + kept +
                              "kubernetes/a.yaml:5:1: error: secret/cloudflow-small-digest-key" + kept +
                              "kubernetes/a.yaml:9:1: error: lease/cloudflow-small" + kept);
}

}  // namespace
}  // namespace cloudflow
