// The real binary runs applications of shell scripts on this machine: what is told of them, and how they follow the
// source. What flows through Kafka is in tests/e2e.
#include <signal.h>

#include <catch2/catch_all.hpp>
#include <filesystem>

#include "sdk/support/process.h"
#include "tests/cli/program/binary.h"
#include "tests/cli/program/sandbox_run.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;

namespace {

bool is_empty(const std::string& folder) { return std::filesystem::is_empty(folder); }

}  // namespace

TEST_CASE("the sandbox runs every streamlet, follows the source, and stops in order", "[cli][sandbox][slow]") {
  SandboxRun project;
  project.start();
  project.prints("source (container)\n  out → words → sink.in\n");
  project.prints("+ process/source");
  project.prints("source | word is one\n");
  project.prints("Ctrl-C stops it.");
  SECTION("another value restarts the streamlet that reads it") {
    project.replace("blueprint.conf", "default = one", "default = two");
    project.prints("~ secret.conf: cloudflow.streamlets.source.word  \"one\" → \"two\"");
    project.prints("source | bye\n");
    project.prints("source | word is two\n");
    CHECK(project.printed().find("sink   | bye") == std::string::npos);
  }
  SECTION("another program restarts who runs it") {
    project.write("run.sh", std::string("echo new\n") + SandboxRun::script);
    project.prints("~ program");
    project.prints("source | new\n");
    project.prints("sink   | new\n");
  }
  SECTION("a mistake is told, and what runs goes on") {
    project.replace("blueprint.conf", "[sink.in]", "[sink.inn]");
    project.prints("streamlet \"sink\" has no inlet \"inn\"");
    project.prints("What runs goes on as it is until that is mended.");
    project.replace("blueprint.conf", "[sink.inn]", "[sink.in]");
    project.replace("blueprint.conf", "default = one", "default = two");
    project.prints("source | word is two\n");
  }
  SECTION("a streamlet less is ended, and its topic goes") {
    project.replace("blueprint.conf", "    sink { image", "    # sink { image");
    project.replace("blueprint.conf", ", consumers = [sink.in]", "");
    project.prints("- process/sink");
    project.prints("sink   | bye\n");
  }
  SECTION("a topic with more partitions is made anew") {
    project.replace("blueprint.conf", "consumers = [sink.in]", "consumers = [sink.in], partitions = 3");
    project.prints("~ partitions  1 → 3");
    project.prints("✓ topic/words updated");
  }
  project.signal(SIGINT);
  project.prints("Stopping.");
  CHECK(project.end() == 0);
  const std::size_t stopping = project.printed().find("Stopping.");
  const std::size_t source = project.printed().find("source | bye", stopping);
  CHECK(source != std::string::npos);
  if (std::filesystem::exists(project.folder().path("blueprint.conf")) &&
      project.folder().read("blueprint.conf").find("# sink") == std::string::npos)
    CHECK(project.printed().find("sink   | bye", source) != std::string::npos);
  CHECK(is_empty(project.runtime()));
}

TEST_CASE("values for a topic that only others write have the schema of who reads it", "[cli][sandbox]") {
  SandboxRun project;
  project.write("descriptors.json",
                R"([{"class_name": "a.Sink", "runtime": "container", "labels": [], "description": "",
    "inlets": [{"name": "in", "schema": {"name": "N", "format": "avro", "fingerprint": "",
      "schema": "{\"type\":\"record\",\"name\":\"N\",\"fields\":[{\"name\":\"n\",\"type\":\"int\"}]}"}}],
    "outlets": [], "config_parameters": [], "volume_mounts": [], "attributes": []}])");
  project.write("blueprint.conf",
                "blueprint { streamlets { sink = a.Sink }, topics { words { consumers = [sink.in] } } }");
  project.write("cloudflow.yaml",
                "application: shop\nversion: 1.0.0\ndescriptors: [descriptors.json]\nblueprint: blueprint.conf\n"
                "images: {sink: \"registry.example.com/a:1\"}\n");
  const auto sent = run_process({.command = {cloudflow_binary(), "sandbox", "send", "words", R"({"m": 1})", "--kafka",
                                             "127.0.0.1:1", "-C", project.folder().path("")}},
                                {});
  REQUIRE(sent);
  CHECK(sent->status == 1);
  CHECK_THAT(sent->errors, ContainsSubstring("value 1: record N has no field \"m\""));
}

TEST_CASE("volumes are folders of this machine", "[cli][sandbox][slow]") {
  SandboxRun project;
  project.write("run.sh",
                "path=$(sed -n 's/.*\"path\":\"\\([^\"]*\\)\".*/\\1/p' \"$CLOUDFLOW_RUNNER_SECRET/application.conf\")\n"
                "echo \"volume $path\"\ntouch \"$path/here\" && echo written\nwhile :; do sleep 0.05; done\n");
  project.replace("blueprint.conf", "outlets { out = bytearray }",
                  "outlets { out = bytearray }, volume-mounts { data { path = /data, access-mode = ReadWriteMany } }");
  const TempFolder temporary;
  const std::map<std::string, std::string> environment{{"TMPDIR", temporary.path("")}};
  SECTION("of this run") {
    project.start({}, environment);
    project.prints("source | volume " + temporary.path(""));
    project.prints("source | written\n");
    project.signal(SIGINT);
    CHECK(project.end() == 0);
  }
  SECTION("or one that is named, as in Cloudflow 2") {
    project.write("local.conf", "cloudflow.streamlets.source.volume-mounts.data = kept/data\n");
    project.replace("cloudflow.yaml", "sandbox:\n", "sandbox:\n  config: [local.conf]\n");
    project.start({}, environment);
    project.prints("source | written\n");
    project.signal(SIGINT);
    CHECK(project.end() == 0);
    CHECK(std::filesystem::exists(project.folder().path("kept/data/here")));
  }
  SECTION("a name that is none") {
    project.write("local.conf", "cloudflow.streamlets.source.volume-mounts.dat = x\n");
    project.replace("cloudflow.yaml", "sandbox:\n", "sandbox:\n  config: [local.conf]\n");
    project.start({}, environment);
    CHECK(project.end() == 1);
    CHECK_THAT(project.printed(), ContainsSubstring("local.conf:1:49: error: there is no volume mount \"source.dat\""));
    CHECK_THAT(project.printed(), ContainsSubstring("did you mean \"source.data\"?"));
  }
  SECTION("a file stands there") {
    project.write("kept", "");
    project.write("local.conf", "cloudflow.streamlets.source.volume-mounts.data = kept/data\n");
    project.replace("cloudflow.yaml", "sandbox:\n", "sandbox:\n  config: [local.conf]\n");
    project.start({}, environment);
    CHECK(project.end() == 1);
    CHECK_THAT(project.printed(),
               ContainsSubstring("for volume mount \"data\" of streamlet \"source\" cannot be made: "));
  }
  CHECK(is_empty(temporary.path("")));
}

TEST_CASE("a streamlet that ends is started again, and the end says so", "[cli][sandbox][slow]") {
  SandboxRun project;
  project.write("run.sh", "echo 'cannot read' >&2; exit 7\n");
  project.start({"--for", "3s"});
  project.prints("✗ process/sink: ended with status 7: cannot read");
  project.prints("ended with status 7: cannot read; starting it again in 1 s");
  project.prints("2 changes went wrong; what ends is started again, and the source is followed.");
  project.prints("ended with status 7: cannot read; starting it again in 2 s");
  CHECK(project.end() == 1);
  CHECK_THAT(project.printed(), ContainsSubstring("error: sink ended with status 7: cannot read"));
}

TEST_CASE("a killed sandbox leaves nothing that runs beside the next one", "[cli][sandbox][slow]") {
  SandboxRun project;
  project.start();
  project.prints("sink   | word is");
  project.prints("Ctrl-C stops it.");
  project.signal(SIGKILL);
  project.end();
  CHECK_FALSE(is_empty(project.runtime()));
  const auto running = [&] {
    const std::filesystem::path here = std::filesystem::canonical(project.folder().path(""));
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::error_code unknown;
      if (std::filesystem::read_symlink(entry.path() / "cwd", unknown) == here) ++count;
    }
    return count;
  };
  CHECK(running() >= 2);  // with what they started
  project.start({"--for", "1s"});
  CHECK(project.end() == 0);
  CHECK(running() == 0);
  CHECK(is_empty(project.runtime()));
}

TEST_CASE("a program that is missing is waited for, and what runs is not ended for it", "[cli][sandbox][slow]") {
  SandboxRun project;
  project.replace("cloudflow.yaml", "source: [sh, run.sh]", "source: [build/source]");
  project.start();
  project.prints("✗ process/source: cannot run \"build/source\": No such file or directory");
  project.prints("Ctrl-C stops it.");
  project.folder().write_program("build/source", std::string("#!/bin/sh\n") + SandboxRun::script);
  project.prints("source | word is one\n");
  std::filesystem::remove_all(project.folder().path("build"));
  project.replace("blueprint.conf", "topics { words {", "topics { other { producers = [source.out] }, words {");
  project.prints("is on the topics");  // a mistake: the source was read while there is no program
  CHECK(project.printed().find("source | bye") == std::string::npos);
  project.folder().write_program("build/source", std::string("#!/bin/sh\necho newer\n") + SandboxRun::script);
  project.replace("blueprint.conf", "other { producers = [source.out] }, ", "");
  project.prints("source | newer\n");
}

TEST_CASE("a second Ctrl-C ends what is deaf, and a closed terminal ends all", "[cli][sandbox][slow]") {
  SandboxRun project;
  SECTION("twice") {
    project.write("run.sh", "trap '' TERM\necho up\nwhile :; do sleep 0.05; done\n");
    project.start();
    project.prints("sink   | up\n");
    project.prints("Ctrl-C stops it.");
    const auto begin = std::chrono::steady_clock::now();
    project.signal(SIGINT);
    project.prints("Stopping.");
    project.signal(SIGINT);
    project.end();
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(8));  // one patience is 10 s
  }
  SECTION("hang up") {
    project.start();
    project.prints("sink   | word is");
    project.prints("Ctrl-C stops it.");
    project.signal(SIGHUP);
    CHECK(project.end() == 0);
    CHECK_THAT(project.printed(), ContainsSubstring("source | bye"));
  }
  CHECK(is_empty(project.runtime()));
}

TEST_CASE("a sandbox whose output nobody reads any more ends", "[cli][sandbox][slow]") {
  SandboxRun project;
  project.write("run.sh", "while :; do echo line; sleep 0.1; done\n");
  const auto ran =
      run_process({.command = {"sh", "-c", "\"$CLOUDFLOW\" sandbox 2>&1 | head -n 20"},
                   .environment = {{"CLOUDFLOW", cloudflow_binary()}, {"XDG_RUNTIME_DIR", project.runtime()}},
                   .directory = project.folder().path("")},
                  {});
  REQUIRE(ran);
  CHECK(ran->status == 0);
  CHECK_THAT(ran->output, ContainsSubstring("source (container)"));
  CHECK(is_empty(project.runtime()));
}

TEST_CASE("what a sandbox cannot run is told before anything starts", "[cli][sandbox]") {
  SandboxRun project;
  SECTION("no command is known") {
    project.replace("cloudflow.yaml", "    sink: [sh, run.sh]\n", "");
    project.start();
    CHECK(project.end() == 1);
    CHECK_THAT(
        project.printed(),
        ContainsSubstring("blueprint.conf:4:10: error: nothing says how to run streamlet \"sink\" on this machine"));
  }
  SECTION("Java and the embedded broker") {
    const std::string command =
        GENERATE("exec java -jar sink.jar", "'cd x && (JAVA_OPTS=a \"$JAVA_HOME/bin/java\" -jar b)'",
                 "[/usr/bin/java, -version]", "[bash, -c, 'java;']");
    project.replace("cloudflow.yaml", "sink: [sh, run.sh]", "sink: " + command);
    project.start({"--kafka", "embedded"});
    CHECK(project.end() == 1);
    CHECK_THAT(project.printed(),
               ContainsSubstring("streamlet \"sink\" runs on Java, whose Kafka client cannot use the embedded broker"));
    CHECK_THAT(project.printed(), ContainsSubstring("--kafka apache"));
  }
  CHECK(is_empty(project.runtime()));
}
