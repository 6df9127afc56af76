#include "planner/render/processes.h"

#include <algorithm>
#include <catch2/catch_all.hpp>

#include "planner/application/load_application.h"
#include "planner/project/read_project.h"
#include "planner/settings/one_broker.h"
#include "tests/support/memory_tree.h"

using namespace cloudflow;
using cloudflow::testing::MemoryTree;

namespace {

/// An application whose one topic is on a secured cluster of others, and its processes on a broker of this machine.
struct Bench {
  /// All its streamlets are of this runtime.
  explicit Bench(const std::string& processes, const std::string& runtime = "container") {
    const MemoryTree tree(std::map<std::string, std::string>{
        {"cloudflow.yaml",
         "application: shop\nversion: 1.0.0\nblueprint: blueprint.conf\nconfig: [prod.conf]\nsandbox:\n  processes:\n" +
             processes},
        {"blueprint.conf", R"(blueprint {
  streamlets {
    web { image = "registry.example.com/a:1", class-name = "com.example.Web", outlets { out = bytearray }, server = yes }
    sink { image = "registry.example.com/a:1", inlets { in = bytearray, told = bytearray } }
  }
  topics { words { producers = [web.out], consumers = [sink.in], managed = no
    topic.name = "their-words", bootstrap.servers = "kafka.example.com:9093"
    connection-config { sasl.password = "hidden" }, consumer-config { fetch.min.bytes = 7 } }
    told { consumers = [sink.told], consumer-config { group.protocol = consumer } } }
})"},
        {"prod.conf", "cloudflow.topics.words.connection-config.security.protocol = SASL_SSL\n"}});
    const auto none = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
    const auto project = read_project(tree, "cloudflow.yaml", none, problems);
    REQUIRE(project);
    auto read = load_application(tree, *project, none, problems);
    for (const Diagnostic& one : problems.all()) UNSCOPED_INFO(one.message);
    REQUIRE(read);
    const Environment environment{.name = "sandbox"};
    config = on_one_broker(effective_config(*read, environment, ConfigValue::object({}), {}, problems),
                           {.address = "127.0.0.1:1", .session = 3000});
    for (const Diagnostic& one : problems.all()) UNSCOPED_INFO(one.message);
    REQUIRE_FALSE(problems.has_errors());
    for (Streamlet& one : read->streamlets) one.runtime = runtime;
    resources = render_processes(*read, config, project->sandbox,
                                 {.folder = "/work",
                                  .ports = {{"web", 3007}},
                                  .http = {{"sink", 2051}},
                                  .program = [](const Json&) { return "digest"; }},
                                 problems);
  }

  const Resource& process(const std::string& name) const {
    const auto found = std::ranges::find_if(resources, [&](const Resource& one) { return one.id.name == name; });
    REQUIRE(found != resources.end());
    return *found;
  }

  Diagnostics problems{};
  EffectiveConfig config{};
  std::vector<Resource> resources{};
};

}  // namespace

TEST_CASE("a streamlet becomes a process with its documents, after the topics", "[render][sandbox]") {
  const Bench bench("    com.example.Web: [./web]\n    sink: {command: run, folder: sub, environment: {A: b}}\n");
  CHECK_FALSE(bench.problems.has_errors());
  REQUIRE(bench.resources.size() == 4);
  const Resource& topic = bench.process("their-words");
  CHECK(topic.id.provider == "kafka");
  CHECK(topic.id.scope == "default");
  CHECK(topic.spec.at("managed") == true);
  const Resource& web = bench.process("web");
  CHECK(web.id == ResourceId{"sandbox", "Process", "", "web"});
  CHECK(std::ranges::count(web.after, topic.id) == 1);
  CHECK(web.spec.at("command") == Json{"./web"});
  CHECK(web.spec.at("folder") == "/work/");
  CHECK(web.spec.at("program") == "digest");
  CHECK(web.origin_of("/command")->text() == "cloudflow.yaml:7:23");
  const Resource& sink = bench.process("sink");
  CHECK(sink.spec.at("command") == Json{"/bin/sh", "-c", "run"});
  CHECK(sink.spec.at("folder") == "/work/sub");
  CHECK(sink.spec.at("environment") == Json{{"A", "b"}, {"CLOUDFLOW_HTTP", "127.0.0.1:2051"}});
}

TEST_CASE("a process reads its topics on the broker of this machine, without credentials", "[render][sandbox]") {
  const Bench bench("    web: [./web]\n    sink: [./sink]\n");
  const Json& port = bench.process("sink").spec.at(
      Json::json_pointer("/documents/secret.conf/cloudflow/runner/streamlet/context/port_mappings/in/config"));
  CHECK(port.at("bootstrap").at("servers") == "127.0.0.1:1");
  CHECK(port.at("topic").at("name") == "their-words");
  CHECK(dump(port).find("SASL") == std::string::npos);
  CHECK(dump(port).find("hidden") == std::string::npos);
  const Json& consumer = port.at("consumer-config");
  CHECK(dump(consumer).find("7") != std::string::npos);
  CHECK(consumer.at("session").at("timeout").at("ms") == 3000);  // a reader that comes back is not waited for
  // With the newer protocol of groups, clients refuse to start when they are told.
  const Json& told = bench.process("sink").spec.at(
      Json::json_pointer("/documents/secret.conf/cloudflow/runner/streamlet/context/port_mappings/told/config"));
  CHECK(told.at("consumer-config") == Json{{"group", {{"protocol", "consumer"}}}});
  CHECK(bench.config.clusters.size() == 1);
  CHECK(bench.config.default_brokers.text() == "127.0.0.1:1");
}

TEST_CASE("a class path is run by the class for streamlets of Cloudflow 2", "[render][sandbox]") {
  const Bench bench(
      "    web: {class-path: [target/classes], java-options: [-Xmx1g]}\n"
      "    sink: {class-path-file: cp.txt, java: jdk/bin/java, folder: sub}\n");
  CHECK_FALSE(bench.problems.has_errors());
  const Resource& web = bench.process("web");
  CHECK(web.spec.at("command") == Json{"java", "-Xmx1g", class_path_main});
  CHECK(web.spec.at("class-path") == Json{"target/classes"});
  CHECK(web.origin_of("/command")->text() == "cloudflow.yaml:7:10");
  CHECK(web.origin_of("/class-path/0")->text() == "cloudflow.yaml:7:24");
  const Resource& sink = bench.process("sink");
  CHECK(sink.spec.at("command") == Json{"jdk/bin/java", class_path_main});
  CHECK(sink.spec.at("class-path-file") == "cp.txt");
}

TEST_CASE("an engine runs inside of the process that has a class path", "[render][sandbox]") {
  const std::string processes = "    web: {class-path: [target/classes]}\n    sink: [./run]\n";
  for (const char* engine : {"flink", "spark"}) {
    const Bench bench(processes, engine);
    CHECK(bench.process("web").spec.at("runtime") == engine);
    CHECK_FALSE(bench.process("sink").spec.contains("runtime"));  // what it runs is its own business
  }
  CHECK_FALSE(Bench(processes, "akka").process("web").spec.contains("runtime"));
}

TEST_CASE("a server is told where to listen", "[render][sandbox]") {
  const Bench bench("    web: [./web]\n    sink: [./sink]\n");
  CHECK(bench.process("web").spec.at(Json::json_pointer(
            "/documents/application.conf/cloudflow/runner/streamlet/context/config/cloudflow/internal/server/"
            "container-port")) == 3007);
}

TEST_CASE("a command for all others runs what neither name nor class has", "[render][sandbox]") {
  const Bench bench("    \"*\": [./any]\n    web: [./web]\n");
  CHECK(bench.process("web").spec.at("command") == Json{"./web"});
  CHECK(bench.process("sink").spec.at("command") == Json{"./any"});
}

TEST_CASE("a streamlet that nobody can run here is a mistake", "[render][sandbox]") {
  const Bench bench("    sink: [./sink]\n");
  REQUIRE(bench.problems.all().size() == 1);
  CHECK(bench.problems.all().front().code == "no-command");
  CHECK(bench.problems.all().front().message == "nothing says how to run streamlet \"web\" on this machine");
  CHECK(bench.problems.all().front().where.text() == "blueprint.conf:3:9");
}

TEST_CASE("a command that runs nothing is warned of", "[render][sandbox]") {
  const Bench bench("    web: [./web]\n    sink: [./sink]\n    snk: [./sink]\n");
  REQUIRE(bench.problems.all().size() == 1);
  const Diagnostic& told = bench.problems.all().front();
  CHECK(told.severity == Severity::warning);
  CHECK(told.message == "the command of \"snk\" runs nothing: no streamlet and no class is called that");
  CHECK(told.hint == "did you mean \"sink\"?");
  CHECK(bench.resources.size() == 4);
}
