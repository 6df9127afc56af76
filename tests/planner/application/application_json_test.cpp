// The files of real builds.
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "planner/application/load_application.h"
#include "planner/application/read_application_json.h"
#include "planner/source/open_source.h"
#include "sdk/support/text.h"
#include "tests/support/memory_tree.h"

namespace cloudflow {
namespace {
namespace fs = std::filesystem;

const std::string originals = std::string(CLOUDFLOW_SOURCE_DIR) + "/tests/fixtures/original";

TEST_CASE("every application of Cloudflow 2 loads without a word", "[model][application]") {
  const auto tree = open_source({.folder = originals});
  REQUIRE(tree.has_value());
  int count = 0;
  for (const auto& entry : fs::directory_iterator(originals)) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename().string();
    Diagnostics problems;
    const auto application = read_application_json(**tree, name + "/app.json", problems);
    CAPTURE(name);
    for (const Diagnostic& problem : problems.all()) UNSCOPED_INFO(problem.where.text() + ": " + problem.message);
    CHECK(problems.empty());
    CHECK(application.has_value());
    ++count;
  }
  CHECK(count == 11);
}

TEST_CASE("version 5 is as good as 6", "[model][application]") {
  std::ifstream file(originals + "/sensors/app.json");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string version = "\"version\": \"6\"";
  REQUIRE(text.find(version) != std::string::npos);
  text.replace(text.find(version), version.size(), "\"version\": \"5\"");
  Diagnostics problems;
  CHECK(read_application_json(testing::MemoryTree(std::map<std::string, std::string>{{"app.json", text}}), "app.json",
                              problems)
            .has_value());
  CHECK(problems.empty());
}

TEST_CASE("a build's file holds the whole application", "[model][application]") {
  const auto tree = open_source({.folder = originals});
  REQUIRE(tree.has_value());
  Diagnostics problems;
  const auto application = read_application_json(**tree, "sensors/app.json", problems);
  REQUIRE(application.has_value());
  CHECK(application->id == "sensors");
  CHECK(application->version == "1.0");
  CHECK(application->prometheus_agent);
  CHECK(application->service_account.empty());
  REQUIRE(application->streamlets.size() == 3);
  const Streamlet& in = *application->streamlet("http-in");
  CHECK(in.class_name == "a.In$");
  CHECK(in.runtime == "akka");
  CHECK(in.image == "reg.example.com/ns/img@sha256:" + std::string(64, 'a'));
  CHECK(in.image_where.text() == originals + "/sensors/app.json:172:14");
  CHECK(in.container_port == 3000);
  CHECK(in.secret_name == "http-in");
  CHECK_FALSE(in.replicas.has_value());
  CHECK(in.ports.at("out").topic == "raw");
  CHECK(in.ports.at("out").config.to_json_text() ==
        R"({"partitions":5,"replicas":1,"topic":{"name":"raw-v2","retention":{"ms":3600000}}})");
  const Streamlet& proc = *application->streamlet("proc");
  CHECK(proc.replicas == 2);
  CHECK_FALSE(proc.container_port.has_value());
  CHECK(proc.descriptor.parameter("need")->pattern == ".*");
  CHECK_FALSE(proc.descriptor.parameter("need")->default_value.has_value());
  CHECK(proc.descriptor.volume_mounts.size() == 2);
  REQUIRE(application->topics.size() == 3);
  const Topic& good = *application->topic("good");
  CHECK(good.config.to_json_text() == R"({"producer-config":{"linger":{"ms":5}}})");
  CHECK(good.producers == std::vector<std::string>{"proc.out"});
  CHECK(good.consumers == std::vector<std::string>{"out.in"});
  CHECK(application->topic("bad")->config.find("managed")->as_bool() == false);
}

std::string sensors() {
  std::ifstream file(originals + "/sensors/app.json");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("what the deployment says of mounts and ports counts", "[model][application]") {
  const std::string deployments = sensors().substr(sensors().find("\"deployments\""));
  std::string text = sensors().substr(0, sensors().find("\"deployments\"")) +
                     replaced(deployments, "\"pvc_name\": \"\"", "\"pvc_name\": \"claim-1\"");
  text = replaced(text, "\"agent_paths\": {\n   \"prometheus\": \"/prometheus/jmx_prometheus_javaagent.jar\"\n  }",
                  "\"agent_paths\": {}, \"service_account\": \"runner\"");
  Diagnostics problems;
  const auto application = read_application_json(testing::MemoryTree({{"app.json", text}}), "app.json", problems);
  REQUIRE(application.has_value());
  CHECK(problems.empty());
  CHECK(application->streamlet("proc")->descriptor.volume_mounts[0].claim == "claim-1");
  CHECK(application->service_account == "runner");
  CHECK_FALSE(application->prometheus_agent);
}

TEST_CASE("the project lies over the build's file", "[model][application]") {
  Project project{.application = "Sensors", .version = "2.0", .from = "app.json"};
  project.images["a.P"] = {"registry.example.com/p:1", {"cloudflow.yaml", 4, 9}};
  Diagnostics problems;
  const auto application = load_application(testing::MemoryTree({{"app.json", sensors()}}), project, {}, problems);
  REQUIRE(application.has_value());
  CHECK(problems.empty());
  CHECK(application->version == "2.0");
  CHECK(application->streamlet("proc")->image == "registry.example.com/p:1");
  CHECK(application->streamlet("proc")->image_where.text() == "cloudflow.yaml:4:9");
  CHECK(application->streamlet("out")->image.starts_with("reg.example.com/"));
}

}  // namespace
}  // namespace cloudflow
