// What streamlets and topics get from all sources of configuration together.
#include "planner/settings/effective_config.h"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include "tests/planner/render/sensors.h"

namespace cloudflow {
namespace {

using testing::hocon;
using testing::small_application;
using testing::texts;

ConfigParameter parameter(const std::string& key, const std::string& type,
                          std::optional<std::string> default_value = std::nullopt,
                          std::optional<std::string> pattern = std::nullopt) {
  return {.key = key,
          .type = type,
          .pattern = std::move(pattern),
          .default_value = std::move(default_value),
          .where = {"descriptors/a.json", 9, 3}};
}

Application with_parameters(std::vector<ConfigParameter> parameters) {
  Application out = small_application();
  out.streamlets[0].descriptor.parameters = std::move(parameters);
  return out;
}

std::string problems_of(const Application& application, const std::string& text, const Environment& environment = {},
                        const ClusterFacts& facts = {}) {
  Diagnostics problems;
  effective_config(application, environment, hocon(text), facts, problems);
  return texts(problems);
}

std::string value_problem(const ConfigParameter& declared, const std::string& value) {
  return problems_of(with_parameters({declared}),
                     "cloudflow.streamlets.in.config-parameters." + declared.key + " = " + value);
}

EffectiveConfig effective(const std::string& text, const Environment& environment = {}, const ClusterFacts& facts = {},
                          const Application& application = small_application()) {
  Diagnostics problems;
  EffectiveConfig out = effective_config(application, environment, hocon(text), facts, problems);
  CHECK(texts(problems) == "");
  return out;
}

TEST_CASE("parameters are checked by type", "[effective]") {
  for (const auto& [type, value] :
       {std::pair("bool", "yes"), std::pair("bool", "\"false\""), std::pair("int32", "-2147483648"),
        std::pair("int32", "\"7\""), std::pair("int32", "\"+7\""), std::pair("double", "1.5e3"),
        std::pair("double", "\" 1.5 \""), std::pair("double", "\"1d\""), std::pair("double", "\"-0x1.8p3F\""),
        std::pair("double", "NaN"), std::pair("double", "\"+.5\""), std::pair("string", "any thing"),
        std::pair("string", "5"), std::pair("duration", "5"), std::pair("duration", "2 days"),
        std::pair("memorysize", "42 m"), std::pair("memorysize", "1 KiB")}) {
    CAPTURE(type, value);
    CHECK(value_problem(parameter("p", type), value) == "");
  }
  const std::string start = "app.conf:1:47: error: parameter \"p\" of streamlet \"in\" must be ";
  CHECK(value_problem(parameter("p", "bool"), "maybe") == start + "true or false, not \"maybe\"\n");
  CHECK(value_problem(parameter("p", "int32"), "2147483648") ==
        start + "a whole number of 32 bits, not \"2147483648\"\n");
  CHECK(value_problem(parameter("p", "int32"), "1e3") == start + "a whole number of 32 bits, not \"1e3\"\n");
  CHECK(value_problem(parameter("p", "int32"), "\"+-7\"") == start + "a whole number of 32 bits, not \"+-7\"\n");
  for (const std::string no_number : {"x", "inf", "nan", "1x", "d", "0x1", "true"})
    CHECK(value_problem(parameter("p", "double"), no_number) == start + "a number, not \"" + no_number + "\"\n");
  CHECK(value_problem(parameter("p", "string"), "[a]") == start + "text\n");
  CHECK(value_problem(parameter("p", "duration"), "2 parsec") ==
        start + "a duration such as 10 seconds, not \"2 parsec\"\n");
  CHECK(value_problem(parameter("p", "memorysize"), "4 stones") ==
        start + "a size such as 512 MiB, not \"4 stones\"\n");
  CHECK(value_problem(parameter("p", "string", {}, "[a-z]+"), "Abc") ==
        start + "text that matches \"[a-z]+\", not \"Abc\"\n");
  CHECK(value_problem(parameter("p", "string", {}, "(a|b)+"), "abba") == "");
  CHECK(value_problem(parameter("p", "string", {}, "(?<=x)a"), "a") ==
        "app.conf:1:47: warning: parameter \"p\" of streamlet \"in\" could not be checked against its pattern "
        "\"(?<=x)a\"\n");
  CHECK(value_problem(parameter("p", "colour"), "red") ==
        "descriptors/a.json:9:3: error: parameter \"p\" of streamlet \"in\" has the unknown type \"colour\" (the types "
        "are: bool, int32, double, string, duration, memorysize)\n");
}

TEST_CASE("a pattern that backtracks for ever does not", "[effective]") {
  const std::string value = std::string(40, 'a') + "!";
  CHECK(value_problem(parameter("p", "string", {}, "(a+)+"), "\"" + value + "\"") ==
        "app.conf:1:47: error: parameter \"p\" of streamlet \"in\" must be text that matches \"(a+)+\", not \"" +
            value + "\"\n");
}

TEST_CASE("a parameter needs a value or a default", "[effective]") {
  CHECK(problems_of(with_parameters({parameter("rate", "int32")}), "") ==
        "blueprint.conf:3:5: error: parameter \"rate\" of streamlet \"in\" has neither a value nor a default "
        "(set cloudflow.streamlets.in.config-parameters.rate in a configuration file, or under values: of the "
        "environment)\n");
  const EffectiveConfig config = effective("", {}, {}, with_parameters({parameter("rate", "int32", "5")}));
  CHECK(config.streamlets.at("in").parameters.to_json_text() == R"({"rate":"5"})");
  CHECK(config.streamlets.at("in").parameters.find("rate")->where().text() == "descriptors/a.json:9:3");
}

TEST_CASE("values of secret parameters are not shown", "[effective]") {
  Environment environment{.name = "prod"};
  const std::vector<std::string> path = {"cloudflow", "streamlets", "in", "config-parameters", "p"};
  environment.values = ConfigValue::object({}).with_at(path, ConfigValue::secret("hidden", {"cloudflow.yaml", 5, 9}));
  CHECK(problems_of(with_parameters({parameter("p", "int32")}), "", environment) ==
        "cloudflow.yaml:5:9: error: parameter \"p\" of streamlet \"in\" must be a whole number of 32 bits\n");
}

TEST_CASE("unknown names get suggestions", "[effective]") {
  CHECK(problems_of(small_application(), "cloudflow.streamlets.inn.config.a = 1") ==
        "app.conf:1:1: error: the application has no streamlet \"inn\" (did you mean \"in\"?)\n");
  CHECK(problems_of(small_application(), "cloudflow.topics.rav.partitions = 1") ==
        "app.conf:1:1: error: the application has no topic \"rav\" (did you mean \"raw\"?)\n");
  CHECK(problems_of(with_parameters({parameter("rate", "int32", "1")}),
                    "cloudflow.streamlets.in.config-parameters.rates = 1") ==
        "app.conf:1:51: error: streamlet \"in\" has no parameter \"rates\" (did you mean \"rate\"?)\n");
  CHECK(problems_of(with_parameters({parameter("rate", "int32", "1")}),
                    "cloudflow.streamlets.in.config-parameters { deep.er = 1, \"a.b\" = 2, none = null }") ==
        "app.conf:1:66: warning: streamlet \"in\" has no parameter \"a.b\" (its parameters are: rate)\n"
        "app.conf:1:45: warning: streamlet \"in\" has no parameter \"deep\" (its parameters are: rate)\n");
  Environment environment{.name = "prod"};
  environment.replicas = {{"sinks", {2, {"cloudflow.yaml", 7, 14}}}};
  environment.volume_mounts = {{"in.data", {"claim", {"cloudflow.yaml", 8, 14}}}};
  CHECK(problems_of(small_application(), "", environment) ==
        "cloudflow.yaml:7:14: error: the application has no streamlet \"sinks\" (did you mean \"sink\"?)\n"
        "cloudflow.yaml:8:14: error: there is no volume mount \"in.data\" (no streamlet declares a volume mount)\n");
}

TEST_CASE("Flink and Spark get their storage unless the user mounts some", "[effective]") {
  Application application = small_application();
  application.streamlets[0].runtime = "flink";
  const EffectiveConfig config = effective("", {}, {}, application);
  CHECK(config.streamlets.at("in").kubernetes.to_json_text() ==
        R"({"pods":{"pod":{"annotations":{},"containers":{"container":{"resources":{"limits":{},"requests":{}},)"
        R"("volume-mounts":{"default":{"mount-path":"/mnt/flink/storage","read-only":false,"subPath":""}}}},)"
        R"("labels":{},"volumes":{"default":{"pvc":{"name":"cloudflow-flink","read-only":false}}}}}})");
  REQUIRE(config.claims.size() == 1);
  CHECK(config.claims[0].claim == "cloudflow-flink");
  CHECK(config.claims[0].access_mode == "ReadWriteMany");
  CHECK(config.claims[0].where == application.streamlets[0].where);
  CHECK(config.document
            .at({"cloudflow", "runtimes", "flink", "kubernetes", "pods", "pod", "volumes", "default", "pvc", "name"})
            ->text() == "cloudflow-flink");
  const EffectiveConfig own = effective(
      "cloudflow.runtimes.flink.kubernetes.pods.pod { volumes.mine.pvc.name = disk, "
      "containers.container.volume-mounts.mine.mount-path = /mnt/flink/storage }",
      {}, {}, application);
  REQUIRE(own.claims.size() == 1);
  CHECK(own.claims[0].claim == "disk");
  CHECK(own.claims[0].access_mode.empty());
}

TEST_CASE("a runtime of the user's own declares its storage and the pods that it reads", "[effective]") {
  const std::map<std::string, std::string> files = {
      {"templates/mine/runtime.yaml",
       "runtime: mine\npods: [pod, helper]\n"
       "storage: {claim: shared, path: /mnt/shared, access-mode: ReadWriteOnce}\n"}};
  const testing::MemoryTree tree(files);
  Application application = small_application();
  application.streamlets[0].runtime = "mine";
  application.runtimes["mine"] = TemplateFiles(tree, "").needs("mine");
  const EffectiveConfig config = effective("", {}, {}, application);
  REQUIRE(config.claims.size() == 1);
  CHECK(config.claims[0].claim == "shared");
  CHECK(config.claims[0].access_mode == "ReadWriteOnce");
  CHECK(problems_of(application, "cloudflow.runtimes.mine.kubernetes.pods { helper { }, driver { } }") ==
        "app.conf:1:62: warning: pod \"driver\" has no effect for the runtime \"mine\", which reads \"pod\", "
        "\"helper\"\n");
}

TEST_CASE("settings that nothing reads are warned about", "[effective]") {
  CHECK(problems_of(small_application(), "cloudflow.runtimes.contaner.config.a = 1") ==
        "app.conf:1:1: warning: no streamlet has the runtime \"contaner\" (did you mean \"container\"?)\n");
  CHECK(problems_of(small_application(),
                    "cloudflow.runtimes.container.kubernetes.pods { driver { }, pod { containers.contaner { } } }") ==
        "app.conf:1:55: warning: pod \"driver\" has no effect for the runtime \"container\", which reads \"pod\"\n"
        "app.conf:1:86: warning: container \"contaner\" has no effect for the runtime \"container\", which reads "
        "\"container\"\n");
  Application flink = small_application();
  flink.streamlets[0].runtime = "flink";
  CHECK(
      problems_of(
          flink,
          "cloudflow.runtimes.flink.kubernetes.pods { pod { }, job-manager { }, task-manager { }, jobmanager { } }") ==
      "app.conf:1:99: warning: pod \"jobmanager\" has no effect for the runtime \"flink\", which reads \"pod\", "
      "\"job-manager\", \"task-manager\"\n");
}

TEST_CASE("the streamlet wins over its runtime, the environment over files", "[effective]") {
  const std::string files =
      "cloudflow { streamlets.in.config { a = 1, b = 1 }, runtimes.container.config { a = 2, c = 2, list = [1, 2] }, "
      "streamlets.in.config.list = [3] }";
  Environment environment{.name = "prod"};
  environment.values = hocon("cloudflow.runtimes.container.config { c = 3, d = 3 }", "cloudflow.yaml");
  const EffectiveConfig config = effective(files, environment);
  CHECK(config.streamlets.at("in").runtime.to_json_text() == R"({"a":1,"b":1,"c":3,"d":3,"list":[3]})");
  CHECK(config.streamlets.at("sink").runtime.to_json_text() == R"({"a":2,"c":3,"d":3,"list":[1,2]})");
  CHECK(config.streamlets.at("in").runtime.find("c")->where().file == "cloudflow.yaml");
}

TEST_CASE("a null hides what the program of a streamlet brings along", "[effective]") {
  const EffectiveConfig config = effective(
      "cloudflow { streamlets.in { config { a.b = null, c = null }, config-parameters.rate = null }, "
      "runtimes.container.config { a.b = 1, d = 1 }, topics.raw { connection-config.a = null } }",
      {}, {}, with_parameters({parameter("rate", "int32", "5")}));
  const EffectiveStreamlet& streamlet = config.streamlets.at("in");
  CHECK(streamlet.runtime.to_json_text() == R"({"a":{"b":null},"c":null,"d":1})");
  CHECK(streamlet.parameters.to_json_text() == R"({"rate":"5"})");
  CHECK(config.topics.at("raw").config.find("connection-config")->to_json_text() == "{}");
}

TEST_CASE("lists with numbers as keys reach the pods as lists", "[effective]") {
  const EffectiveConfig config = effective(
      "cloudflow.runtimes.container.kubernetes.pods.pod.containers.container { env { 1 { name = B, value = 2 }, 0 { "
      "name = A, value = 1 } }, ports.0.container-port = 5 }");
  const ConfigValue* container = config.streamlets.at("in").kubernetes.at({"pods", "pod", "containers", "container"});
  REQUIRE(container != nullptr);
  CHECK(container->find("env")->to_json_text() == R"([{"name":"A","value":"1"},{"name":"B","value":"2"}])");
  CHECK(container->find("ports")->to_json_text() == R"([{"container-port":5,"host-ip":"","protocol":"TCP"}])");
}

TEST_CASE("every value can be explained", "[effective]") {
  Environment environment{.name = "prod"};
  environment.values = hocon("cloudflow.runtimes.container.config.c = 3", "cloudflow.yaml");
  environment.replicas = {{"in", {.value = 3}}};
  environment.kafka["default"].config = hocon("bootstrap.servers = \"k:9092\"", "cloudflow.yaml");
  const Application application = with_parameters({parameter("rate", "int32", "5"), parameter("name", "string")});
  const ConfigValue files = hocon(
      "cloudflow { streamlets.in { config-parameters.name = x, config.a = 1 }, runtimes.container.config { a = 2, c = "
      "2 }, topics.raw.topic.retention.ms = 5 }");
  std::string out;
  for (const ExplainedValue& value : explain_config(application, environment, files, {}, "in")) {
    out += fmt::format("{} = {} ({}, {})\n", value.pointer, value.value.to_json_text(), value.scope,
                       value.value.where().file);
  }
  CHECK(out ==
        "/config-parameters/name = \"x\" (streamlet scope, app.conf)\n"
        "/config-parameters/rate = \"5\" (default of the parameter, descriptors/a.json)\n"
        "/config/a = 1 (streamlet scope, app.conf)\n"
        "/config/c = 3 (environment values, runtime scope, cloudflow.yaml)\n"
        "/ports/out/bootstrap/servers = \"k:9092\" (Kafka cluster \"default\" of the environment, cloudflow.yaml)\n"
        "/ports/out/topic/retention/ms = 5 (topic scope, app.conf)\n"
        "/replicas = 3 (environment replicas, )\n");
}

ClusterFacts online() {
  ClusterFacts out{.online = true};
  out.kafka.emplace("default", hocon("bootstrap.servers = \"k:9092\", partitions = 3, replicas = 2", "secret"));
  out.kafka.emplace("other", hocon("bootstrap.servers = \"o:9092\"", "secret"));
  return out;
}

TEST_CASE("partitions inside topic count, unless both are given and differ", "[effective]") {
  CHECK(effective("cloudflow.topics.raw.topic.partitions = 4", {}, online()).topics.at("raw").partitions.text() == "4");
  CHECK(effective("cloudflow.topics.raw { partitions = 4, topic.partitions = 4 }", {}, online())
            .topics.at("raw")
            .partitions.text() == "4");
  CHECK(
      problems_of(small_application(), "cloudflow.topics.raw { partitions = 4, topic.partitions = 5 }", {}, online()) ==
      "app.conf:1:59: error: topic \"raw\" has 5 partitions here and 4 at app.conf:1:37 (remove topic.partitions)\n");
  CHECK(problems_of(small_application(), "cloudflow.topics.raw.partitions = many", {}, online()) ==
        "app.conf:1:35: error: topic \"raw\": partitions must be a whole number from 1 to 100000, not \"many\"\n");
}

TEST_CASE("one broker list for clients and for topics", "[effective]") {
  CHECK(problems_of(small_application(), "cloudflow.topics.raw.connection-config.bootstrap.servers = \"x:1\"", {},
                    online()) ==
        "app.conf:1:60: error: connection-config sends clients of topic \"raw\" to \"x:1\", but its bootstrap.servers "
        "is \"k:9092\" at secret:1:21 (give one broker list)\n");
  const EffectiveConfig config =
      effective("cloudflow.topics.raw.connection-config { \"bootstrap.servers\" = \"x:1\" }");
  CHECK(config.topics.at("raw").config.at({"bootstrap", "servers"})->text() == "x:1");
  CHECK(config.topics.at("raw").cluster == "x:1");
  CHECK(config.clusters.at("x:1").at({"bootstrap", "servers"})->text() == "x:1");
}

TEST_CASE("clusters", "[effective]") {
  const EffectiveConfig config = effective("cloudflow.topics.raw.cluster = other", {}, online());
  CHECK(config.topics.at("raw").cluster == "other");
  CHECK(config.topics.at("raw").config.at({"bootstrap", "servers"})->text() == "o:9092");
  CHECK(config.clusters.size() == 1);
  CHECK(config.default_brokers.text() == "k:9092");  // programs up to 2.0.10 want them whatever their topics are on
  CHECK(problems_of(small_application(), "cloudflow.topics.raw.cluster = othr", {}, online()) ==
        "app.conf:1:32: error: topic \"raw\" is on Kafka cluster \"othr\", which does not exist (did you mean "
        "\"other\"?)\n");
  CHECK(problems_of(small_application(), "", {}, ClusterFacts{.online = true}) ==
        "blueprint.conf:7:5: error: topic \"raw\" is on Kafka cluster \"default\", which does not exist "
        "(add it under kafka: of the environment, or a secret labelled "
        "cloudflow.lightbend.com/kafka-cluster-name=default)\n");
  CHECK(problems_of(small_application(), "", {}, {}) == "");  // offline: nothing can be called missing
  Environment environment{.name = "prod"};
  environment.kafka["default"].config = hocon("bootstrap-servers = \"e:9092\"", "cloudflow.yaml");
  CHECK(effective("", environment, online()).topics.at("raw").config.at({"bootstrap", "servers"})->text() == "e:9092");
}

TEST_CASE("a default cluster is needed only by those who use it", "[effective]") {
  ClusterFacts facts = online();
  facts.kafka.erase("default");
  CHECK(problems_of(small_application(), "cloudflow.topics.raw.cluster = other", {}, facts) == "");
}

TEST_CASE("a topic may be called by its port", "[effective]") {
  Diagnostics problems;
  const EffectiveConfig config =
      effective_config(small_application(), {}, hocon("cloudflow.topics.out.cluster = other"), online(), problems);
  CHECK(texts(problems) ==
        "app.conf:1:1: warning: \"out\" is the name of a port; its settings are used for topic \"raw\" (write "
        "cloudflow.topics.raw)\n");
  CHECK(config.topics.at("raw").cluster == "other");
}

TEST_CASE("a topic has one cluster", "[effective]") {
  Application application = small_application();
  application.streamlets[1].ports.at("in").cluster = "other";
  CHECK(problems_of(application, "", {}, online()) ==
        "blueprint.conf:4:5: error: topic \"raw\" is on the default cluster for in.out and on cluster \"other\" for "
        "sink.in\n");
}

TEST_CASE("topic names are checked", "[effective]") {
  CHECK(problems_of(small_application(), "cloudflow.topics.raw.topic.name = \"a b\"") ==
        "app.conf:1:35: error: topic \"raw\" cannot be named \"a b\": 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-' are "
        "wanted\n");
  CHECK(problems_of(small_application(), "cloudflow.topics.raw.topic.name = \"" + std::string(249, 'a') + "\"") == "");
}

TEST_CASE("the file decides about managed", "[effective]") {
  Application application = small_application();
  application.topics[0].config = hocon("managed = no", "blueprint.conf");
  CHECK(effective("", {}, online(), application).topics.at("raw").managed.as_bool() == false);
  CHECK(effective("cloudflow.topics.raw.managed = yes", {}, online(), application).topics.at("raw").managed.as_bool() ==
        true);
}

TEST_CASE("volume mounts are bound to claims that fit", "[effective]") {
  Application application = small_application();
  application.streamlets[0].descriptor.volume_mounts = {
      {.name = "data", .path = "/data", .access_mode = "ReadWriteMany", .where = {"d.json", 4, 1}}};
  CHECK(problems_of(application, "") ==
        "d.json:4:1: error: volume mount \"data\" of streamlet \"in\" is not bound to a claim (add in.data: CLAIM "
        "under volume-mounts: of the environment)\n");
  Environment environment{.name = "prod"};
  environment.volume_mounts = {{"in.data", {"disk", {"cloudflow.yaml", 8, 14}}}};
  const auto claims = [&](const ClusterFacts& facts, const std::map<std::string, std::string>& planned) {
    const EffectiveConfig config = effective("", environment, facts, application);
    Diagnostics problems;
    check_claims(config, planned, problems);
    return texts(problems);
  };
  ClusterFacts facts = online();
  CHECK(claims({}, {}) == "");
  CHECK(claims(facts, {}) ==
        "cloudflow.yaml:8:14: error: volume mount \"data\" of streamlet \"in\" uses the claim \"disk\", which does not "
        "exist\n");
  CHECK(claims(facts, {{"disk", "ReadWriteMany"}}) == "");
  facts.claims = {{"disk", "ReadWriteOnce"}};
  CHECK(claims(facts, {}) ==
        "cloudflow.yaml:8:14: error: volume mount \"data\" of streamlet \"in\" needs access mode ReadWriteMany, but "
        "the claim \"disk\" has ReadWriteOnce\n");
  facts.claims = {{"disk", "ReadOnlyMany"}};
  CHECK(claims(facts, {}) ==
        "cloudflow.yaml:8:14: error: volume mount \"data\" of streamlet \"in\" needs access mode ReadWriteMany, but "
        "the claim \"disk\" has ReadOnlyMany\n");
  application.streamlets[0].descriptor.volume_mounts[0].access_mode = "ReadOnlyMany";
  CHECK(claims(facts, {}) == "");
  facts.claims = {{"disk", "ReadWriteMany"}};  // who may write may read
  CHECK(claims(facts, {}) == "");
}

}  // namespace
}  // namespace cloudflow
