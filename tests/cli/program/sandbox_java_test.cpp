// The real binary runs streamlets of Cloudflow 2 from their class path, with Apache Kafka.
#include <catch2/catch_all.hpp>
#include <filesystem>

#include "sdk/support/process.h"
#include "tests/cli/program/sandbox_run.h"
#include "tests/support/cache.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* example = CLOUDFLOW_SOURCE_DIR "/examples/jvm-application";

std::string jars() { return cache_folder() + "/kafka/lib"; }

/// The application of the other tests, of streamlets in Java that a build has made.
void build(SandboxRun& project) {
  project.write("blueprint.conf", R"(blueprint {
  streamlets { source = "shop.Words$Source", sink = "shop.Words$Sink" }
  topics { words { producers = [source.out], consumers = [sink.in], replicas = 3, topic { min.insync.replicas = 2 } } }
}
)");
  const std::string schema = R"({"format": "bytearray", "fingerprint": "x", "name": "x", "schema": "x"})";
  const auto descriptor = [&](const std::string& name, const std::string& ports) {
    return R"({"class_name": "shop.Words$)" + name + R"(", "runtime": "akka", )" + ports +
           R"(, "attributes": [], "volume_mounts": [], "labels": [], "description": ""})";
  };
  project.write("descriptors.json",
                "[" +
                    descriptor("Source", R"("inlets": [], "outlets": [{"name": "out", "schema": )" + schema +
                                             R"(}], "config_parameters": [{"key": "word", "description": "",
                                              "validation_type": "string", "default_value": "Hello"}])") +
                    "," +
                    descriptor("Sink", R"("outlets": [], "inlets": [{"name": "in", "schema": )" + schema +
                                           R"(}], "config_parameters": [])") +
                    "]");
  project.write("cloudflow.yaml",
                "application: shop\nversion: 1.0.0\nblueprint: blueprint.conf\ndescriptors: [descriptors.json]\n"
                "images: {shop.Words$Source: \"registry.example.com/a:1\", shop.Words$Sink: "
                "\"registry.example.com/a:1\"}\n"
                "sandbox:\n  processes:\n    \"*\": {class-path: [target/classes, \"" +
                    jars() + "/*\"], java-options: [-Xmx64m, -XX:TieredStopAtLevel=1]}\n");
  project.write("target/classes/application.conf", "shop.setting = \"from the class path\"\n");
  const auto compiled =
      run_process({.command = {"javac", "-cp", jars() + "/*", "-d", project.folder().path("target/classes"),
                               std::string(example) + "/src/main/java/cloudflow/runner/Runner.java",
                               CLOUDFLOW_SOURCE_DIR "/tests/cli/program/java/Words.java"}},
                  {});
  REQUIRE(compiled);
  INFO(compiled->errors);
  REQUIRE(compiled->status == 0);
}

}  // namespace

TEST_CASE("streamlets of Cloudflow 2 run from their class path, with Apache Kafka", "[cli][sandbox][slow]") {
  SandboxRun project;
  build(project);
  const TempFolder cache;
  const std::map<std::string, std::string> environment{
      {"CLOUDFLOW_KAFKA_JARS", jars()}, {"CLOUDFLOW_CACHE", cache.path("")}, {"TMPDIR", cache.path("")}};
  project.start({}, environment);
  project.prints("source | setting of the application: from the class path\n");
  project.prints("source | pod name source\n");
  project.prints("sink   | pod namespace sandbox\n");
  project.prints("sink   | read Hello 3\n");
  SECTION("another value restarts who reads it") {
    project.replace("descriptors.json", "Hello", "Bonjour");
    project.prints("~ secret.conf: cloudflow.streamlets.source.word  \"Hello\" → \"Bonjour\"");
    project.prints("sink   | read Bonjour 3\n");
    project.signal(SIGINT);
    CHECK(project.end() == 0);
    // What it learnt makes the next start faster; nothing else is left.
    CHECK(std::filesystem::exists(cache.path("")));
    int kept = 0;
    for (const auto& entry : std::filesystem::directory_iterator(cache.path(""))) {
      ++kept;
      CHECK_THAT(entry.path().filename().string(), Catch::Matchers::StartsWith("sandbox-kafka-"));
      CHECK(std::filesystem::exists(entry.path() / "classes.jsa"));
      CHECK(std::filesystem::exists(entry.path() / "formatted" / "meta.properties"));
    }
    CHECK(kept == 1);
    project.start({"--for", "20s"}, environment);  // with what is kept
    project.prints("sink   | read Bonjour 3\n");
    project.signal(SIGINT);
    CHECK(project.end() == 0);
  }
  SECTION("another setting of a topic is applied, and a topic goes that nobody names any more") {
    project.replace("blueprint.conf", "min.insync.replicas = 2", "min.insync.replicas = 2, retention.ms = 7200000");
    project.prints("+ retention.ms  \"7200000\"");
    project.prints("✓ topic/words updated");
    project.replace("blueprint.conf", "topics { words", "topics { terms");
    project.prints("✓ topic/words removed");
    project.prints("sink   | read Hello 0\n");
    CHECK(project.printed().find("was not created by this application") == std::string::npos);
    CHECK(project.printed().find("refused") == std::string::npos);
    project.signal(SIGINT);
    CHECK(project.end() == 0);
  }
  SECTION("after it was killed, the next one leaves nothing of it") {
    project.signal(SIGKILL);
    project.end();
    project.start({"--for", "1s"}, environment);
    CHECK(project.end() == 0);
    for (const auto& entry : std::filesystem::directory_iterator(cache.path("")))
      CHECK_THAT(entry.path().filename().string(), Catch::Matchers::StartsWith("sandbox-kafka-"));
  }
  CHECK(std::filesystem::is_empty(project.runtime()));
}

TEST_CASE("the example of an application for Java runs in the sandbox", "[cli][sandbox][slow]") {
  SandboxRun project;
  const std::string folder = project.folder().path("example");
  std::filesystem::copy(example, folder, std::filesystem::copy_options::recursive);
  project.move_to("example");
  std::filesystem::create_directories(folder + "/target");
  std::filesystem::create_directory_symlink(jars(), folder + "/target/lib");  // what Maven would copy, and more
  std::vector<std::string> javac = {"javac", "-cp", jars() + "/*", "-d", folder + "/target/classes"};
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder + "/src/main/java"))
    if (file.is_regular_file()) javac.push_back(file.path().string());
  const auto compiled = run_process({.command = std::move(javac)}, {});
  REQUIRE(compiled);
  INFO(compiled->errors);
  REQUIRE(compiled->status == 0);
  std::filesystem::copy(folder + "/src/main/resources", folder + "/target/classes");
  project.start({}, {{"CLOUDFLOW_KAFKA_JARS", jars()}});
  project.prints("totals | apple: 1.00\n");
  project.prints("totals | apple: 2.03\n");  // the second apple costs 1.03
  project.prints("totals | pear: 2.05\n");
  project.replace("descriptors.json", "500 ms", "20 ms");
  project.prints("~ secret.conf: cloudflow.streamlets.orders.every  \"500 ms\" → \"20 ms\"");
  project.signal(SIGINT);
  CHECK(project.end() == 0);
}

TEST_CASE("what is missing for Java is told before anything starts", "[cli][sandbox][slow]") {
  SandboxRun project;
  build(project);
  const TempFolder nothing;
  std::map<std::string, std::string> environment{{"CLOUDFLOW_CACHE", nothing.path("")}};
  std::string expected;
  SECTION("no Maven and no jars") {
    environment["PATH"] = nothing.path("");
    expected = "error: Apache Kafka is needed for clients in Java, and there is no Maven to fetch it\n  hint: ";
  }
  SECTION("no Java") {
    environment["PATH"] = nothing.path("");
    environment["CLOUDFLOW_KAFKA_JARS"] = jars();
    environment["JAVA_HOME"] = nothing.path("jdk");
    expected = "error: Apache Kafka is needed for clients in Java, and there is no " + nothing.path("jdk/bin/java") +
               "\n  hint: install a JDK";
  }
  SECTION("a Java that is too old") {
    nothing.write_program("jdk/bin/java",
                          "#!/bin/sh\necho 'Error: LinkageError occurred while loading main class'\n"
                          "echo 'java.lang.UnsupportedClassVersionError: too new' >&2\nexit 1\n");
    environment["CLOUDFLOW_KAFKA_JARS"] = jars();
    environment["JAVA_HOME"] = nothing.path("jdk");
    expected = "error: Apache Kafka needs Java 17 or newer\n  hint: ";
  }
  SECTION("no Kafka in the jars") {
    environment["CLOUDFLOW_KAFKA_JARS"] = nothing.path("");
    expected = "error: there is no kafka_*.jar in \"" + nothing.path("") + "\"\n  hint: CLOUDFLOW_KAFKA_JARS names";
  }
  project.start({}, environment);
  CHECK(project.end() == 1);
  CHECK_THAT(project.printed(), ContainsSubstring(expected));
  CHECK(std::filesystem::is_empty(project.runtime()));
}

TEST_CASE("an engine that is not on the class path is named, and one that is there is told that it runs here",
          "[cli][sandbox][slow]") {
  SandboxRun project;
  build(project);
  project.replace("descriptors.json", "\"runtime\": \"akka\"", "\"runtime\": \"flink\"");
  project.replace("descriptors.json", "\"runtime\": \"akka\"", "\"runtime\": \"spark\"");
  project.start({}, {{"CLOUDFLOW_KAFKA_JARS", jars()}});
  project.prints("the class path has no flink-clients, which runs flink in this process: ");
  project.prints("the class path has no spark-sql, which runs spark in this process: ");
  // Stand-ins for both: what is theirs is in tests/engines/local.
  project.write("Stand.java", "package org.apache.flink.client.deployment.executors; class LocalExecutorFactory {}\n");
  project.write("Session.java", "package org.apache.spark.sql; class SparkSession {}\n");
  const auto compiled =
      run_process({.command = {"javac", "-d", project.folder().path("target/classes"),
                               project.folder().path("Stand.java"), project.folder().path("Session.java")}},
                  {});
  REQUIRE(compiled);
  REQUIRE(compiled->status == 0);
  project.prints("source | cloudflow.local true, spark.master null, java.nio open\n");
  project.prints("source | setting of the application: from the class path\n");
  project.signal(SIGINT);
  project.end();
}

TEST_CASE("a class path that is not whole is waited for", "[cli][sandbox][slow]") {
  SandboxRun project;
  build(project);
  project.replace("cloudflow.yaml", "[target/classes,", "[lib/extra.jar, target/classes,");
  project.start({}, {{"CLOUDFLOW_KAFKA_JARS", jars()}});
  project.prints("extra.jar\", which the class path names");
  project.signal(SIGINT);
  project.end();
}

TEST_CASE("new projects in Java and Go run in the sandbox", "[cli][sandbox][slow]") {
  const std::string kind = GENERATE("java", "go");
  CAPTURE(kind);
  SandboxRun project;
  const auto run = [&](std::vector<std::string> command, const std::string& folder) {
    const auto ran = run_process({.command = std::move(command),
                                  .environment = {{"CGO_ENABLED", "0"}, {"GOTOOLCHAIN", "auto"}, {"GOFLAGS", "-p=2"}},
                                  .directory = folder,
                                  .deadline = std::chrono::minutes(10)},
                                 {});
    REQUIRE(ran);
    INFO(ran->errors);
    REQUIRE(ran->status == 0);
  };
  run({cloudflow_binary(), "init", "greetings", "--kind", kind}, project.folder().path(""));
  project.move_to("greetings");
  const std::string folder = project.folder().path("greetings");
  if (kind == "go") {
    run({"go", "build", "-o", "build/greetings", "."}, folder);
  } else {
    std::filesystem::create_directory_symlink(jars(), folder + "/lib");  // what Maven would copy, and more
  }
  project.start({}, {{"CLOUDFLOW_KAFKA_JARS", jars()}});
  project.prints("printer | Hello 3\n");
  project.replace("blueprint.yaml", "default: Hello", "default: Bonjour");
  project.prints("printer | Bonjour 1\n");
  project.signal(SIGINT);
  CHECK(project.end() == 0);
}
