// `cloudflow init` where an application of Cloudflow 2 lies.
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sdk/support/process.h"
#include "tests/cli/program/binary.h"
#include "tests/support/cloudflow2_project.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;

namespace {

ProcessOutput run(const TempFolder& in, std::vector<std::string> arguments,
                  std::map<std::string, std::string> environment = {}) {
  arguments.insert(arguments.begin(), cloudflow_binary());
  environment.emplace("KAFKA_BOOTSTRAP", "broker.example.com:9092");
  const auto ran = run_process(
      {.command = std::move(arguments), .environment = std::move(environment), .directory = in.path("")}, {});
  REQUIRE(ran);
  return *ran;
}

constexpr const char* configuration = "cloudflow.streamlets.check.config-parameters.max-watts = 100\n";
constexpr const char* blueprint = R"(blueprint {
  streamlets { meter = meters.Meter, check = meters.Check }
  topics { readings { producers = [meter.out], consumers = [check.in], cluster = fast } }
}
)";

/// The project is valid, and renders what the build described.
void check_valid(const TempFolder& folder, const std::map<std::string, std::string>& environment = {}) {
  const ProcessOutput valid = run(folder, {"validate"}, environment);
  INFO(folder.read("cloudflow.yaml") << valid.errors);
  CHECK(valid.status == 0);
  CHECK(valid.output == "meters 2.0.0: 2 streamlets on 1 topic, 1 environment: valid\n");
  const ProcessOutput rendered = run(folder, {"render"}, environment);
  CHECK(rendered.status == 0);
  CHECK_THAT(rendered.output, ContainsSubstring("image: registry.example.com/meters:2.0.0"));
  CHECK_THAT(rendered.output, ContainsSubstring("claimName: check-rules"));
}

}  // namespace

TEST_CASE("what sbt built gets a cloudflow.yaml with its configuration, and is told", "[cli][init]") {
  const TempFolder folder;
  folder.write("target/meters.json", cloudflow2_application("meters"));
  folder.write("src/main/blueprint/blueprint.conf", blueprint);
  folder.write("src/main/resources/local.conf", configuration);
  folder.write("app.conf", configuration);
  folder.write("other.conf", "akka.loglevel = INFO\n");
  folder.write("target/classpath.txt", "a.jar");
  const ProcessOutput made = run(folder, {"init"});
  CHECK(made.status == 0);
  CHECK(made.output ==
        "  meters 2.0.0: 2 streamlets, built for Cloudflow 2\n"
        "  application    target/meters.json\n"
        "  blueprint      src/main/blueprint/blueprint.conf (the application has what the build read of it)\n"
        "  image          registry.example.com/meters:2.0.0\n"
        "  configuration  app.conf\n"
        "  local          src/main/resources/local.conf (for cloudflow sandbox)\n"
        "  class path     target/classpath.txt\n"
        "  export KAFKA_BOOTSTRAP=broker.example.com:9092\n"
        "  kubectl -n meters get pvc   # which claims are there? name them under volume-mounts\n"
        "  cloudflow validate\n"
        "  cloudflow plan        # what it would make; docs/moving.md has how to take over what runs\n"
        "  cloudflow sandbox     # the whole application on this machine\n");
  const std::string written = folder.read("cloudflow.yaml");
  CHECK(written ==
        "from: target/meters.json # application, blueprint, descriptors and images, as the build made it\n"
        "config: [app.conf]\n"
        "\n"
        "environments:\n"
        "  prod:\n"
        "    # With kafka-secrets-namespace: cloudflow beside the namespace, Cloudflow 2's own Kafka secrets count.\n"
        "    kubernetes: {namespace: meters}\n"
        "    kafka:\n"
        "      default: {bootstrap-servers: {from-env: KAFKA_BOOTSTRAP}}\n"
        "    volume-mounts: # your claims, as --volume-mount named them\n"
        "      check: {rules: check-rules}\n"
        "    # replicas: {STREAMLET: 2}       # as --scale\n"
        "    # logback: config/logback.xml    # as --logback-config\n"
        "    # service-account: NAME          # as --serviceaccount\n"
        "\n"
        "sandbox: # how it runs on your machine: cloudflow sandbox\n"
        "  config: [src/main/resources/local.conf]\n"
        "  processes:\n"
        "    \"*\": {class-path-file: target/classpath.txt}\n");
  check_valid(folder);
  const ProcessOutput again = run(folder, {"init"});
  CHECK(again.status == 1);
  CHECK(again.errors ==
        "error: \"cloudflow.yaml\" exists already: nothing was written\n  hint: cloudflow validate proves it\n");
  CHECK(folder.read("cloudflow.yaml") == written);
}

TEST_CASE("a parameter that has a value nowhere comes from a variable, which is told", "[cli][init]") {
  const TempFolder folder;
  folder.write("target/meters.json", cloudflow2_application("meters"));
  const ProcessOutput made = run(folder, {"init", "target/meters.json"});
  CHECK(made.status == 0);
  CHECK_THAT(made.output, ContainsSubstring("  export CHECK_MAX_WATTS=…\n"));
  CHECK_THAT(folder.read("cloudflow.yaml"),
             ContainsSubstring("      check: {config-parameters: {max-watts: {from-env: CHECK_MAX_WATTS}}}\n"));
  check_valid(folder, {{"CHECK_MAX_WATTS", "100"}});
}

TEST_CASE("a blueprint and its described streamlets are enough", "[cli][init]") {
  const TempFolder folder;
  folder.write("build.sbt",
               "lazy val root = project\n  .settings(\n    name := \"Meters\",\n    version := \"2.0.0\")\n");
  folder.write("src/main/blueprint/blueprint.conf", blueprint);
  Json descriptors = Json::object();
  for (const bool writes : {true, false}) {
    const std::string name = writes ? "meters.Meter" : "meters.Check$";
    descriptors[name] = cloudflow2_descriptor(name, writes);
    descriptors[name]["project_id"] = "meters";
    descriptors[name]["image"] = "registry.example.com/meters:2.0.0";
  }
  folder.write("target/scala-2.13/classes/streamlet-descriptors.conf", descriptors.dump());
  folder.write("conf/app.conf", configuration);
  const ProcessOutput made = run(folder, {"init", "."}, {{"KAFKA_BOOTSTRAP_FAST", "fast.example.com:9092"}});
  INFO(made.errors);
  CHECK(made.status == 0);
  CHECK_THAT(made.output, ContainsSubstring("  export KAFKA_BOOTSTRAP_FAST=…\n"));
  CHECK_THAT(folder.read("cloudflow.yaml"),
             ContainsSubstring("application: meters # consumer groups are named after it, so keep Cloudflow 2's name\n"
                               "version: \"2.0.0\"\n"
                               "blueprint: src/main/blueprint/blueprint.conf\n"
                               "descriptors: [target/scala-2.13/classes/streamlet-descriptors.conf]\n"
                               "config: [conf/app.conf]\n"));
  check_valid(folder, {{"KAFKA_BOOTSTRAP_FAST", "fast.example.com:9092"}});
}

TEST_CASE("what is missing or not clear is said, and nothing is written", "[cli][init]") {
  const TempFolder folder;
  folder.write("src/main/blueprint/blueprint.conf", blueprint);
  const ProcessOutput unbuilt = run(folder, {"init"});
  CHECK(unbuilt.status == 1);
  CHECK(unbuilt.errors ==
        "error: src/main/blueprint/blueprint.conf is the blueprint of an application for Cloudflow 2, and no build has "
        "described its streamlets yet: nothing was written\n"
        "  hint: build it first, with sbt buildApp or Maven, which writes target/APPLICATION.json\n");
  folder.write("target/meters.json", cloudflow2_application("meters"));
  folder.write("target/others.json", cloudflow2_application("others"));
  folder.write("target/data.json", R"({"kind": "Other"})");
  const ProcessOutput several = run(folder, {"init"});
  CHECK(several.status == 1);
  CHECK(several.errors ==
        "error: there are several applications: target/meters.json, target/others.json: nothing was written\n"
        "  hint: name the one that is meant: cloudflow init target/meters.json\n");
  std::string old = cloudflow2_application("meters");
  old.replace(old.find("\"6\""), 3, "\"99\"");
  folder.write("target/meters.json", old);
  CHECK(run(folder, {"init", "target/meters.json"}).status == 1);
  CHECK_FALSE(std::filesystem::exists(folder.path("cloudflow.yaml")));
  CHECK(run(folder, {"init", "target/others.json"}).status == 0);
  CHECK_THAT(folder.read("cloudflow.yaml"), ContainsSubstring("from: target/others.json"));
}

TEST_CASE("what is to be typed next is safe in a shell", "[cli][init]") {
  const TempFolder folder;
  folder.write("it's/target/meters.json", cloudflow2_application("meters"));
  CHECK_THAT(run(folder, {"init", "it's"}).output, ContainsSubstring("  cd 'it'\\''s'\n"));
}

TEST_CASE("a folder and names with blanks are taken as they are", "[cli][init]") {
  const TempFolder folder;
  folder.write("my work/target/a #1.json", cloudflow2_application("meters"));
  folder.write("my work/config/a b.conf", configuration);
  const ProcessOutput made = run(folder, {"init", "my work"});
  CHECK(made.status == 0);
  CHECK_THAT(made.output, ContainsSubstring("  cd 'my work'\n"));
  CHECK_THAT(folder.read("my work/cloudflow.yaml"),
             ContainsSubstring("from: \"target/a #1.json\" ") && ContainsSubstring("config: [\"config/a b.conf\"]\n"));
  const ProcessOutput valid = run(folder, {"validate", "-C", "my work"});
  INFO(valid.errors);
  CHECK(valid.status == 0);
}

TEST_CASE("a link that has the name of the project file is never written through", "[cli][init]") {
  const TempFolder folder;
  folder.write("app/target/meters.json", cloudflow2_application("meters"));
  folder.write("precious", "mine");
  for (const char* leads_to : {"../precious", "../nowhere"}) {
    std::filesystem::remove(folder.path("app/cloudflow.yaml"));
    std::filesystem::create_symlink(leads_to, folder.path("app/cloudflow.yaml"));
    const ProcessOutput made = run(folder, {"init", "app"});
    CHECK(made.status == 1);
    CHECK(made.errors ==
          "error: \"app/cloudflow.yaml\" exists already: nothing was written\n"
          "  hint: cloudflow validate proves it\n");
  }
  CHECK(folder.read("precious") == "mine");
  CHECK_FALSE(std::filesystem::exists(folder.path("nowhere")));
}

TEST_CASE("an application file that is broken is told with its place", "[cli][init]") {
  const TempFolder folder;
  folder.write("target/meters.json", "{\"kind\": \"CloudflowApplication\",\n \"spec\": {");
  for (const std::vector<std::string>& words : {std::vector<std::string>{"init"}, {"init", "target/meters.json"}}) {
    const ProcessOutput made = run(folder, words);
    CHECK(made.status == 1);
    CHECK_THAT(made.errors, ContainsSubstring("target/meters.json:2:"));
  }
  folder.write("other.json", R"({"kind": "Deployment", "apiVersion": "apps/v1"})");
  const ProcessOutput other = run(folder, {"init", "other.json"});
  CHECK(other.status == 1);
  CHECK_THAT(other.errors, ContainsSubstring("other.json:1:10: error: the file holds the kind \"Deployment\""));
  const ProcessOutput none = run(folder, {"init", "target/meter.json"});
  CHECK(none.status == 1);
  CHECK(none.errors == "error: there is no file \"target/meter.json\"\n");
  CHECK_FALSE(std::filesystem::exists(folder.path("cloudflow.yaml")));
}

TEST_CASE("files of any size do not hold it up", "[cli][init]") {
  const TempFolder folder;
  folder.write("src/main/blueprint/blueprint.conf", blueprint);
  folder.write("target/streamlet-descriptors.conf", "{}");
  folder.write("build.sbt", "name := \"" + std::string(1'000'000, 'a') + "\"\nname" + std::string(1'000'000, ' ') +
                                ":= \"b\"\nname := \"never closed");
  folder.write("app.conf", configuration);
  std::filesystem::resize_file(folder.path("app.conf"), 1ULL << 33);
  const ProcessOutput made = run(folder, {"init"});
  INFO(made.errors);
  CHECK(made.status == 0);
}
