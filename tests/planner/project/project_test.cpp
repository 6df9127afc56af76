// cloudflow.yaml to Project, and from there to the application.
#include <catch2/catch_all.hpp>

#include "planner/application/load_application.h"
#include "planner/project/read_project.h"
#include "tests/support/memory_tree.h"

namespace cloudflow {
namespace {

constexpr const char* whole_project = R"(application: call-records
version: 1.4.0
blueprint: blueprint.conf
descriptors: [descriptors/]
images: {call-records-akka: registry.example.com/call-records-akka:1, enrich: registry.example.com/enrich:2}
config: [config/common.conf]
contracts: original
values: {shared: 1, both: project}
environments:
  prod:
    kubernetes: {context: prod, namespace: calls, kubeconfig: /home/ada/kube, as: deployer, kafka-secrets-namespace: cloudflow}
    kafka:
      default: {bootstrap-servers: ["k1:9092", "k2:9092"], cluster-id: 4L6g3nShT, partitions: 6, replicas: 3, connection-config: {security.protocol: SASL_SSL, sasl: {password: {from-env: PW}}}}
      other: {bootstrap.servers: "o:9092"}
      third: {bootstrap: {servers: {from-env: SERVERS}}}
    config: config/prod.conf
    values: {both: prod}
    replicas: {aggregator: 3, enrich: 0}
    volume-mounts: {aggregator: {data: claim-a}, enrich.logs: claim-b}
    logback: logback.xml
    service-account: runner
    image-pull: {registry: registry.example.com, username: ada, password: {from-env: PULL}}
    policy: {max-deletes: 0, max-restarts: 20, protect: ["topic/call-*"], deny: [data_loss], delete-topics: [old-*], adopt: [secret/printer, topic/calls], take-over: no}
  dev:
)";

template <class T>
std::map<std::string, T> values_of(const std::map<std::string, Placed<T>>& placed) {
  std::map<std::string, T> out;
  for (const auto& [key, one] : placed) out.emplace(key, one.value);
  return out;
}

TEST_CASE("a project file becomes a project", "[model][project]") {
  const testing::MemoryTree tree({{"app/cloudflow.yaml", whole_project},
                                  {"app/blueprint.conf", ""},
                                  {"app/config/common.conf", ""},
                                  {"app/config/prod.conf", ""},
                                  {"app/logback.xml", ""}});
  Diagnostics problems;
  CHECK(find_project_file(tree, "app") == "app/cloudflow.yaml");
  CHECK_FALSE(find_project_file(tree).has_value());
  const auto project = read_project(tree, "app/cloudflow.yaml", {}, problems);
  for (const Diagnostic& problem : problems.all()) UNSCOPED_INFO(problem.where.text() + ": " + problem.message);
  CHECK(problems.empty());
  REQUIRE(project.has_value());
  CHECK(project->application == "call-records");
  CHECK(project->version == "1.4.0");
  CHECK(project->folder == "app");
  CHECK(project->blueprint == "app/blueprint.conf");
  REQUIRE(project->descriptors.size() == 1);
  CHECK(project->descriptors[0].value == "app/descriptors/");
  CHECK(project->config == std::vector<std::string>{"app/config/common.conf"});
  CHECK(project->images.at("enrich").value == "registry.example.com/enrich:2");
  CHECK(project->images.at("enrich").where.text() == "app/cloudflow.yaml:5:79");
  CHECK(project->contracts == "original");

  CHECK(project->environments.at("dev").values.find("shared")->text() == "1");
  const Environment& prod = project->environments.at("prod");
  CHECK(prod.kubernetes.context == "prod");
  CHECK(prod.kubernetes.ns == "calls");
  CHECK(prod.kubernetes.kubeconfig == "/home/ada/kube");
  CHECK(prod.kubernetes.kafka_ns == "cloudflow");
  CHECK(prod.kubernetes.as == "deployer");
  CHECK(prod.kafka.at("default").cluster_id == "4L6g3nShT");
  CHECK(
      prod.kafka.at("default").config.to_json_text() ==
      R"({"bootstrap":{"servers":"k1:9092,k2:9092"},"connection-config":{"sasl":{"password":{"from-env":"PW"}},"security":{"protocol":"SASL_SSL"}},"partitions":6,"replicas":3})");
  CHECK(prod.kafka.at("other").config.to_json_text() == R"({"bootstrap":{"servers":"o:9092"}})");
  CHECK(prod.kafka.at("third").config.to_json_text() == R"({"bootstrap":{"servers":{"from-env":"SERVERS"}}})");
  CHECK(prod.config == std::vector<std::string>{"app/config/prod.conf"});
  CHECK(prod.values.to_json_text() == R"({"both":"prod","shared":1})");
  CHECK(values_of(prod.replicas) == std::map<std::string, int>{{"aggregator", 3}, {"enrich", 0}});
  CHECK(values_of(prod.volume_mounts) ==
        std::map<std::string, std::string>{{"aggregator.data", "claim-a"}, {"enrich.logs", "claim-b"}});
  CHECK(prod.logback == "app/logback.xml");
  CHECK(prod.service_account == "runner");
  REQUIRE(prod.pull_credentials.has_value());
  CHECK(prod.pull_credentials->registry == "registry.example.com");
  CHECK(prod.pull_credentials->username == "ada");
  CHECK(prod.policy.max_deletes == 0);
  CHECK(prod.policy.max_restarts == 20);
  CHECK(prod.policy.protect == std::vector<std::string>{"topic/call-*"});
  CHECK(prod.policy.adopt == std::vector<std::string>{"secret/printer", "topic/calls"});
  CHECK(prod.policy.deny == std::vector<std::string>{"data_loss"});
  CHECK(prod.policy.delete_topics == std::vector<std::string>{"old-*"});
  CHECK_FALSE(prod.policy.take_over);
}

TEST_CASE("a project may be written in HOCON, and its blueprint has usual places", "[model][project]") {
  const testing::MemoryTree tree(
      {{"cloudflow.conf", R"(
application = demo, images { a.b.Store = "registry.example.com/s:1" }, version = ${?BUILD}
environments.prod { volume-mounts { store.data = claim }, kafka.default.bootstrap.servers = "k:9092" }
)"},
       {"blueprint.yaml", "blueprint: {streamlets: {store: {image: registry.example.com/store:3}}}\n"}});
  Diagnostics problems;
  const EnvironmentLookup environment = [](std::string_view name) -> std::optional<std::string> {
    if (name == "BUILD") return "7";
    return std::nullopt;
  };
  const auto project = read_project(tree, *find_project_file(tree), environment, problems);
  REQUIRE(project.has_value());
  CHECK(problems.empty());
  CHECK(project->version == "7");
  CHECK(project->blueprint == "blueprint.yaml");
  CHECK(project->images.at("a.b.Store").value == "registry.example.com/s:1");
  CHECK(project->environments.at("prod").volume_mounts.at("store.data").value == "claim");
  CHECK(project->environments.at("prod").kafka.at("default").config.to_json_text() ==
        R"({"bootstrap":{"servers":"k:9092"}})");
}

TEST_CASE("a password in git is secret and warned about", "[model][project]") {
  const testing::MemoryTree tree({{"cloudflow.yaml",
                                   "application: demo\nblueprint: b.conf\nenvironments: {prod: {image-pull: {username: "
                                   "ada, password: hunter2}}}\n"},
                                  {"b.conf", ""}});
  Diagnostics problems;
  const auto project = read_project(tree, "cloudflow.yaml", {}, problems);
  REQUIRE(project.has_value());
  CHECK(project->environments.at("prod").pull_credentials->password.is_secret());
  REQUIRE(problems.all().size() == 1);
  CHECK(problems.all()[0].code == "plain-password");
  CHECK(problems.all()[0].message.find("hunter2") == std::string::npos);
}

TEST_CASE("streamlets that explain themselves need no descriptors", "[model][project]") {
  const testing::MemoryTree tree({
      {"cloudflow.yaml", "application: calls\nversion: 1.0.0\nblueprint: blueprint.yaml\n"},
      {"blueprint.yaml", R"(blueprint:
  streamlets:
    enrich:
      image: registry.example.com/enrich:1.2
      inlets: {in: {schema: schemas/call.avsc}}
      outlets: {out: schemas/enriched.avsc}
      config-parameters: {rate: {type: int32, default: 5}}
      volume-mounts: {data: {path: /data, access-mode: ReadOnlyMany, claim: shared}}
      server: true
      replicas: 2
    source: {runtime: native, image: registry.example.com/source:1, outlets: {calls: schemas/call.avsc}, server: 8080}
    store: {image: registry.example.com/store:3, inlets: {in: {schema: schemas/enriched.avsc}}}
  topics:
    calls: {producers: [source.calls], consumers: [enrich.in]}
    enriched: {producers: [enrich.out], consumers: [store.in], partitions: 6, topic: {retention.ms: 3600000}, cluster: big}
)"},
      {"schemas/call.avsc",
       R"({"type": "record", "name": "Call", "namespace": "a", "fields": [{"name": "x", "type": "int"}]})"},
      {"schemas/enriched.avsc", R"({"type": "record", "name": "Enriched", "fields": []})"},
  });
  Diagnostics problems;
  const auto project = read_project(tree, "cloudflow.yaml", {}, problems);
  REQUIRE(project.has_value());
  const auto application = load_application(tree, *project, {}, problems);
  for (const Diagnostic& problem : problems.all()) UNSCOPED_INFO(problem.where.text() + ": " + problem.message);
  CHECK(problems.empty());
  REQUIRE(application.has_value());
  CHECK(application->id == "calls");
  REQUIRE(application->streamlets.size() == 3);
  const Streamlet& enrich = *application->streamlet("enrich");
  CHECK(enrich.runtime == "container");
  CHECK(enrich.image == "registry.example.com/enrich:1.2");
  CHECK(enrich.image_where.text() == "blueprint.yaml:4:14");
  CHECK(enrich.replicas == 2);
  CHECK(enrich.container_port == 3000);
  CHECK(enrich.config.to_json_text() == R"({"cloudflow":{"internal":{"server":{"container-port":3000}}}})");
  CHECK(enrich.secret_name == "enrich");
  CHECK(enrich.descriptor.inlet("in")->schema.name == "a.Call");
  CHECK(enrich.descriptor.parameter("rate")->default_value == "5");
  CHECK(enrich.descriptor.volume_mounts[0].claim == "shared");
  CHECK(enrich.ports.at("out").topic == "enriched");
  CHECK(enrich.ports.at("out").cluster == "big");
  CHECK(application->streamlet("source")->container_port == 8080);
  CHECK(application->streamlet("source")->runtime == "native");
  CHECK(application->streamlet("none") == nullptr);
  REQUIRE(application->topics.size() == 2);
  const Topic& enriched = *application->topic("enriched");
  CHECK(enriched.config.to_json_text() == R"({"partitions":6,"topic":{"retention":{"ms":3600000}}})");
  CHECK(enriched.producers == std::vector<std::string>{"enrich.out"});
  CHECK(enriched.consumers == std::vector<std::string>{"store.in"});
  CHECK(enriched.where.text() == "blueprint.yaml:15:15");
}

TEST_CASE("a blueprint alone is checked without images", "[model][project]") {
  const testing::MemoryTree tree({
      {"b.conf", "blueprint { streamlets { gen = a.Gen }, topics { data { producers = [gen.out] } } }"},
      {"d/streamlet-descriptors.conf",
       R"("a.Gen$" { runtime = akka, project_id = p, image = "i", inlets = [], outlets = [{name = out, schema = {name = x, schema = "", fingerprint = f, format = avro}}] })"},
  });
  Diagnostics problems;
  CHECK(check_blueprint_syntax(tree, "b.conf", {}, problems));
  const std::vector<PlacedText> descriptors{{"d", {}}};
  const auto application = load_blueprint(tree, "b.conf", descriptors, {}, problems);
  CHECK(problems.empty());
  REQUIRE(application.has_value());
  CHECK(application->streamlets[0].class_name == "a.Gen$");
  CHECK_FALSE(load_blueprint(tree, "b.conf", {}, {}, problems).has_value());
  CHECK_FALSE(check_blueprint_syntax(tree, "none.conf", {}, problems));
}

TEST_CASE("a class takes its image from its streamlet, its class or its project", "[model][project]") {
  struct Row {
    const char* images;
    const char* image;
  };
  const auto row = GENERATE(values<Row>({
      {"{p: i1}", "i1"},
      {"{p: i1, a.Gen: i2}", "i2"},
      {"{p: i1, a.Gen: i2, gen: i3}", "i3"},
      {"{a.Gen$: i4}", "i4"},
      {"{}", "own"},
  }));
  const testing::MemoryTree tree({
      {"cloudflow.yaml", std::string("application: a\nblueprint: b.conf\ndescriptors: d.json\nimages: ") + row.images},
      {"b.conf", "blueprint { streamlets { gen = a.Gen } }"},
      {"d.json", R"({"a.Gen$": {"runtime": "akka", "project_id": "p", "image": "own", "inlets": [], "outlets": []}})"},
  });
  Diagnostics problems;
  const auto project = read_project(tree, "cloudflow.yaml", {}, problems);
  REQUIRE(project.has_value());
  const auto application = load_application(tree, *project, {}, problems);
  CHECK(problems.empty());
  REQUIRE(application.has_value());
  CHECK(application->streamlets[0].image == row.image);
}

}  // namespace
}  // namespace cloudflow
