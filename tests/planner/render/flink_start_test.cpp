// How Flink is started, version by version: the rendered command is run, with a program that prints in place of Flink.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "planner/render/render.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"
#include "tests/planner/render/sensors.h"
#include "tests/support/temp_folder.h"

namespace cloudflow {
namespace {

using testing::hocon;
using testing::MemoryTree;
using testing::small_application;
using testing::TempFolder;
using testing::texts;

/// A Flink streamlet "in" as an environment and a configuration have it.
struct Flink {
  std::string image = "registry.example.com/in:1";
  std::string runtimes{};  ///< of the environment, as HOCON
  std::string config{};
  std::string problems{};

  std::vector<Resource> render() {
    Application application = small_application();
    application.streamlets[0].runtime = "flink";
    application.streamlets[0].image = image;
    Environment environment{.name = "prod"};
    environment.runtimes = hocon(runtimes);
    Diagnostics found;
    const EffectiveConfig effective = effective_config(application, environment, hocon(config), {}, found);
    std::vector<Resource> out = cloudflow::render(application, environment, effective, MemoryTree({}), found);
    problems = texts(found);
    return out;
  }

  Json object(const std::string& id) {
    const std::vector<Resource> all = render();
    const auto found = std::ranges::find(all, id, [](const Resource& r) { return r.id.text(); });
    REQUIRE(found != all.end());
    return found->spec;
  }

  Json container(const std::string& role) {
    return object("deployment/small-in-" + role).at("spec").at("template").at("spec").at("containers").at(0);
  }

  std::string settings() { return object("configmap/small-in-flink").at("data").at("flink-conf.yaml"); }
};

std::string env_of(const Json& container, const std::string& name) {
  for (const Json& variable : container.at("env")) {
    if (variable.at("name") == name) return string_at(variable, {"value"}, "from elsewhere");
  }
  return "none";
}

/// What the container of a pod starts: one argument per line. `home` is the image's folder of Flink.
std::string started(Flink& flink, const std::string& role, const TempFolder& home) {
  const Json container = flink.container(role);
  const std::string entrypoint = home.write("entrypoint", "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
  std::filesystem::permissions(entrypoint, std::filesystem::perms::owner_all);
  ProcessRequest request{.environment = {{"FLINK_HOME", home.path("")},
                                         {"POD_IP", "10.0.0.7"},
                                         {"POD_NAME", "in-1"},
                                         {"A", "of the container"},
                                         {"OTHER", "of the machine"},
                                         {"CLOUDFLOW_FLINK_SETTINGS", flink.settings()},
                                         {"CLOUDFLOW_FLINK_VARIABLES", env_of(container, "CLOUDFLOW_FLINK_VARIABLES")},
                                         {"CLOUDFLOW_JOB_ID", "0123"},
                                         {"CLOUDFLOW_SAVEPOINT", "file:/s p"}}};
  for (const char* part : {"command", "args"}) {
    for (std::string word : container.at(part)) {
      const auto at = word.find("/docker-entrypoint.sh");
      if (at != std::string::npos) word.replace(at, 21, entrypoint);
      request.command.push_back(word);
    }
  }
  const auto done = run_process(request, {});
  REQUIRE(done);
  CHECK(done->errors == "");
  CHECK(done->status == 0);
  return done->output;
}

bool has_line(const std::string& text, const std::string& line) {
  const std::vector<std::string> lines = split(text, '\n');
  return std::ranges::find(lines, line) != lines.end();
}

const std::string odd_values = R"(
cloudflow.streamlets.in {
  config.flink {
    "restart-strategy" = fixed-delay, "restart-strategy.fixed-delay.attempts" = 5
    "metrics.scope.jm" = "<host>: a  b # c 'd' \"e\" $(f) `g` \\ *", "pipeline.jars" = [a, b], "empty" = ""
    "of.variables" = "$A ${OTHER} $OTHER"
  }
  kubernetes.pods.pod.containers.container.env = [{ name = A, value = x }]
})";

}  // namespace

TEST_CASE("every setting arrives in Flink 1.19 and newer, and in one of unknown version, as it was written",
          "[render][flink]") {
  const std::string version = GENERATE(as<std::string>{}, "", "flink.version = 1.19", "flink.version = 2.3.0");
  Flink flink{.runtimes = version, .config = odd_values};
  const TempFolder home;
  for (const std::string role : {"jobmanager", "taskmanager"}) {
    const std::string words = started(flink, role, home);
    CAPTURE(version, role, words);
    CHECK(has_line(words, "-Drestart-strategy=fixed-delay"));
    CHECK(has_line(words, "-Drestart-strategy.fixed-delay.attempts=5"));
    CHECK(has_line(words, R"(-Dmetrics.scope.jm=<host>: a  b # c 'd' "e" $(f) `g` \ *)"));
    CHECK(has_line(words, "-Dpipeline.jars=a;b"));
    CHECK(has_line(words, "-Dempty="));
    CHECK(has_line(words, "-Dof.variables=of the container ${OTHER} $OTHER"));
    CHECK(has_line(words, "-Dstate.savepoints.dir=file:///mnt/flink/storage/savepoints/small-in"));
  }
  const std::string words = started(flink, "jobmanager", home);
  CHECK_THAT(words, Catch::Matchers::StartsWith("standalone-job\n-D"));
  // Flink 2 has no --host, and takes it and all that follows for arguments of the program.
  CHECK_THAT(words, Catch::Matchers::EndsWith("-Djobmanager.rpc.address=10.0.0.7\n--job-classname\n"
                                              "cloudflow.runner.Runner\n--job-id\n0123\n--fromSavepoint\nfile:/s p\n"));
  CHECK_THAT(started(flink, "taskmanager", home), Catch::Matchers::StartsWith("taskmanager\n-D") &&
                                                      Catch::Matchers::EndsWith("-Dtaskmanager.host=10.0.0.7\n"
                                                                                "-Dtaskmanager.resource-id=in-1\n"));
}

TEST_CASE("settings of the start scripts go into the image's own file", "[render][flink]") {
  Flink flink{.config = R"(cloudflow.streamlets.in.config { "env.java.opts.jobmanager" = "-Da=1 -Db=2" })"};
  const TempFolder home;
  SECTION("flink-conf.yaml") {
    home.write("conf/flink-conf.yaml", "a: b\n");
    CHECK_THAT(started(flink, "jobmanager", home), !Catch::Matchers::ContainsSubstring("env.java"));
    std::ifstream in(home.path("conf/flink-conf.yaml"));
    std::ostringstream text;
    text << in.rdbuf();
    CHECK(text.str() == "a: b\nenv.java.opts.jobmanager: -Da=1 -Db=2\n");
  }
  SECTION("config.yaml, by Flink's own program") {
    home.write("conf/config.yaml", "a: b\n");
    home.write("bin/config-parser-utils.sh", "printf '%s\\n' \"$@\" >> \"$1/config.yaml\"\n");
    started(flink, "taskmanager", home);
    std::ifstream in(home.path("conf/config.yaml"));
    std::ostringstream text;
    text << in.rdbuf();
    CHECK_THAT(text.str(), Catch::Matchers::EndsWith("/lib\n-Denv.java.opts.jobmanager=-Da=1 -Db=2\n"));
  }
}

TEST_CASE("Flink 1.17 and 1.18 start as they always did", "[render][flink]") {
  const std::string image = GENERATE(as<std::string>{}, "flink:1.17.2", "eu.example.com/shop:7-flink-1.18.1");
  Flink flink{.image = image};
  const TempFolder home;
  CHECK(started(flink, "jobmanager", home) ==
        "standalone-job\n--host\n10.0.0.7\n--job-classname\ncloudflow.runner.Runner\n--job-id\n0123\n--fromSavepoint\n"
        "file:/s p\n");
  CHECK(flink.problems == "");
  CHECK(env_of(flink.container("jobmanager"), "FLINK_PROPERTIES") == "from elsewhere");
  CHECK(flink.container("taskmanager").at("command") == Json{"/docker-entrypoint.sh"});
  flink.config = R"(cloudflow.streamlets.in.config { a = "x # y" })";
  flink.render();
  CHECK_THAT(flink.problems, Catch::Matchers::ContainsSubstring("\"a\" cannot hold a \"#\", which begins a comment"));
}

TEST_CASE("JAVA_OPTS leave the image its own Java options where it has some", "[render][flink]") {
  Flink flink{.config = R"(cloudflow.streamlets.in.kubernetes.pods {
    pod.containers.container.env = [{ name = JAVA_OPTS, value = "-Da=1 -Db=2" }]
    task-manager.containers.container.env = [{ name = JAVA_OPTS, value = "-Dt=1" }]
  })"};
  const auto [version, in_environment, in_settings] = GENERATE(table<std::string, bool, std::string>({
      {"flink.version = 1.17", false, "env.java.opts.all: -Da=1 -Db=2"},
      {"flink.version = 1.18", true, ""},
      {"flink.version = 1.20", true, ""},
      {"flink.version = 2.3", true, ""},
      {"", true, ""},
  }));
  flink.runtimes = version;
  CAPTURE(version);
  CHECK(env_of(flink.container("jobmanager"), "JVM_ARGS") == (in_environment ? "-Da=1 -Db=2" : "none"));
  CHECK(env_of(flink.container("taskmanager"), "JVM_ARGS") == (in_environment ? "-Dt=1" : "none"));
  const std::string settings = flink.settings();
  const auto at = settings.find("env.java");
  CHECK((at == std::string::npos ? "" : settings.substr(at, settings.find('\n', at) - at)) == in_settings);
}

TEST_CASE("Flink's operator is told the version, and Java options that it does not lose", "[render][flink]") {
  const auto [version, told, key] = GENERATE(table<std::string, std::string, std::string>({
      {"version = 1.17.2", "v1_17", "env.java.opts.all"},
      {"version = 1.18", "v1_18", "env.java.opts.all"},
      {"version = 1.20.5", "v1_20", "env.java.default-opts.all"},
      {"version = 2.3", "v2_3", "env.java.default-opts.all"},
  }));
  Flink flink{.runtimes = "flink { mode = operator, " + version + " }",
              .config =
                  "cloudflow.streamlets.in.kubernetes.pods.pod.containers.container.env = "
                  "[{ name = JAVA_OPTS, value = \"-Da=1\" }]"};
  const Json spec = flink.object("flinkdeployment/small-in").at("spec");
  CHECK(spec.at("flinkVersion") == told);
  CHECK(spec.at("flinkConfiguration").at(key) == "-Da=1");
  CHECK(flink.problems == "");
}

TEST_CASE("a version that nobody knows is said, with the setting that names it", "[render][flink]") {
  Flink flink;
  flink.render();
  CHECK(
      flink.problems ==
      "blueprint.conf:3:5: warning: it cannot be told from image \"registry.example.com/in:1\" which version of Flink "
      "it holds: its pods start in a way that 1.17 to 2.3 understand (name it in the environment: runtimes: {flink: "
      "{version: 1.20}})\n");
  flink.runtimes = "flink.mode = operator";
  CHECK(flink.object("flinkdeployment/small-in").at("spec").at("flinkVersion") == "v1_18");
  CHECK(
      flink.problems ==
      "blueprint.conf:3:5: warning: it cannot be told from image \"registry.example.com/in:1\" which version of Flink "
      "it holds: the operator is told v1_18 (name it in the environment: runtimes: {flink: {version: 1.20}})\n");
}

TEST_CASE("savepoints go where the user says, by either name", "[render][flink]") {
  const auto [config, directory] = GENERATE(table<std::string, std::string>({
      {"", "file:///mnt/flink/storage/savepoints/small-in"},
      {"state.savepoints.dir = \"s3://a\"", "s3://a"},
      {"flink.execution.checkpointing.savepoint-dir = \"s3://b\"", "s3://b"},
      {"state.savepoints.dir = \"s3://a\", execution.checkpointing.savepoint-dir = \"s3://b\"", "s3://b"},
  }));
  Flink flink{.runtimes = "flink.version = 2.3", .config = "cloudflow.streamlets.in.config { " + config + " }"};
  for (const char* role : {"jobmanager", "taskmanager"})
    CHECK(string_at(flink.object(std::string("deployment/small-in-") + role),
                    {"metadata", "annotations", "cloudflow/flink-savepoints"}) == directory);
}

TEST_CASE("Flink's pods have the group of its own images' user, which until 2.1 keeps no other", "[render][flink]") {
  // With a group of volumes only that group reads the token of the service account, and without it there is no high
  // availability: those images start as root, and gosu leaves user "flink" (9999) no group but its own.
  const std::string version = GENERATE(as<std::string>{}, "", "version = 1.17", "version = 2.1", "version = 2.3");
  Flink flink{.runtimes = "flink { " + version + " }"};
  CAPTURE(version);
  const auto group = [](const Json& pod_template) {
    return pod_template.at("spec").at("securityContext").at("fsGroup").get<int>();
  };
  CHECK(group(flink.object("deployment/small-in-jobmanager").at("spec").at("template")) == 9999);
  CHECK(group(flink.object("deployment/small-in-taskmanager").at("spec").at("template")) == 9999);
  flink.runtimes = "flink { mode = operator, " + version + " }";
  const Json spec = flink.object("flinkdeployment/small-in").at("spec");
  CHECK(group(spec.at("jobManager").at("podTemplate")) == 9999);
  CHECK(group(spec.at("taskManager").at("podTemplate")) == 9999);
}

}  // namespace cloudflow
