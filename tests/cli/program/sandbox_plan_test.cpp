// `sandbox plan` of the real binary, beside a sandbox that runs.
#include <signal.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cloudflow/json.h"
#include "sdk/support/process.h"
#include "tests/cli/program/binary.h"
#include "tests/cli/program/sandbox_run.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;

namespace {

/// In another terminal.
ProcessOutput plan(const SandboxRun& project, std::vector<std::string> arguments = {},
                   std::map<std::string, std::string> environment = {}) {
  arguments.insert(arguments.begin(),
                   {cloudflow_binary(), "sandbox", "plan", "--detailed-exitcode", "-C", project.folder().path("")});
  environment.emplace("XDG_RUNTIME_DIR", project.runtime());
  const auto ran = run_process(
      {.command = std::move(arguments), .environment = std::move(environment), .without = {"CLOUDFLOW_COLOR"}}, {});
  REQUIRE(ran);
  return *ran;
}

/// All that the sandbox has written of itself for others.
std::string written(const SandboxRun& project) {
  std::string out;
  for (const auto& entry : std::filesystem::directory_iterator(project.runtime())) {
    std::ifstream file(entry.path() / "state.json", std::ios::binary);
    out.append(std::istreambuf_iterator<char>(file), {});
  }
  return out;
}

}  // namespace

TEST_CASE("a plan says what a sandbox would change, and changes nothing", "[cli][sandbox][slow]") {
  SandboxRun project;
  project.start({"--no-watch"});
  project.prints("Ctrl-C stops it.");
  const ProcessOutput same = plan(project);
  INFO(same.errors);
  CHECK(same.status == 0);
  CHECK_THAT(same.output, ContainsSubstring("No changes. 3 resources are as the source asks for."));
  SECTION("of a value") {
    project.replace("blueprint.conf", "default = one", "default = two");
    const ProcessOutput changed = plan(project);
    CHECK(changed.status == 2);
    CHECK_THAT(changed.output, ContainsSubstring("shop 1.0.0 → sandbox, kafka default\n"));
    CHECK_THAT(changed.output, ContainsSubstring("~ process/source   restarts\n"));
    CHECK_THAT(changed.output,
               ContainsSubstring("~ secret.conf: cloudflow.streamlets.source.word  \"one\" → \"two\"  "));
    CHECK_THAT(changed.output, ContainsSubstring("blueprint.conf:3:"));
    CHECK_THAT(changed.output, ContainsSubstring("Plan: 0 to add, 1 to change, 0 to remove. Restarts 1"));
  }
  SECTION("of topics and streamlets, for programs") {
    project.replace("blueprint.conf", "sink {", "third {");
    project.replace("blueprint.conf", "consumers = [sink.in]", "consumers = [third.in], partitions = 3");
    project.replace("cloudflow.yaml", "    sink:", "    third:");
    const ProcessOutput changed = plan(project, {"--json"});
    CHECK(changed.status == 2);
    std::map<std::string, std::string> actions;
    const Json document = Json::parse(changed.output);
    for (const Json& one : document.at("changes")) actions[one.at("address")] = one.at("action");
    CHECK(actions == std::map<std::string, std::string>{{"topic/words", "update"},
                                                        {"process/sink", "remove"},
                                                        {"process/source", "update"},
                                                        {"process/third", "create"}});
  }
  SECTION("of a mistake nothing but the mistake") {
    project.replace("blueprint.conf", "[sink.in]", "[sink.inn]");
    const ProcessOutput wrong = plan(project);
    CHECK(wrong.status == 1);
    CHECK_THAT(wrong.errors, ContainsSubstring("streamlet \"sink\" has no inlet \"inn\""));
    CHECK(wrong.output.empty());
  }
  project.signal(SIGINT);
  CHECK(project.end() == 0);
  CHECK(project.printed().find("word is two") == std::string::npos);
  CHECK(project.printed().find("bye") > project.printed().find("Stopping."));
  CHECK(std::filesystem::is_empty(project.runtime()));
}

TEST_CASE("a plan after the sandbox has followed is of what it runs then", "[cli][sandbox][slow]") {
  SandboxRun project;
  project.start();
  project.prints("Ctrl-C stops it.");
  project.replace("blueprint.conf", "default = one", "default = two");
  project.prints("source | word is two\n");
  project.prints("Applied: 0 added, 1 changed, 0 removed");
  const ProcessOutput same = plan(project);
  INFO(same.output << same.errors);
  CHECK(same.status == 0);
}

TEST_CASE("a secret value that differs is told and shown nowhere", "[cli][sandbox][slow]") {
  SandboxRun project;
  project.write("local.conf", "cloudflow.streamlets.source.config-parameters.word = ${THE_WORD}\n");
  project.replace("cloudflow.yaml", "sandbox:\n", "sandbox:\n  config: [local.conf]\n");
  project.start({"--no-watch"}, {{"THE_WORD", "hushhush"}});
  project.prints("Ctrl-C stops it.");
  const std::string state = written(project);
  CHECK(state.find("process") != std::string::npos);
  CHECK(state.find("hushhush") == std::string::npos);
  CHECK(plan(project, {}, {{"THE_WORD", "hushhush"}}).status == 0);
  const ProcessOutput changed = plan(project, {}, {{"THE_WORD", "psstpsst"}});
  CHECK(changed.status == 2);
  CHECK_THAT(changed.output, ContainsSubstring("~ secret.conf: cloudflow.streamlets.source.word  (secret)"));
  for (const std::string& text :
       {changed.output, plan(project, {"--json", "--full"}, {{"THE_WORD", "psstpsst"}}).output}) {
    CHECK(text.find("hushhush") == std::string::npos);
    CHECK(text.find("psstpsst") == std::string::npos);
  }
}

TEST_CASE("a plan makes no folder for a volume that is new", "[cli][sandbox][slow]") {
  SandboxRun project;
  project.start({"--no-watch"});
  project.prints("Ctrl-C stops it.");
  project.write("local.conf", "cloudflow.streamlets.source.volume-mounts.data = kept/data\n");
  project.replace("cloudflow.yaml", "sandbox:\n", "sandbox:\n  config: [local.conf]\n");
  project.replace("blueprint.conf", "outlets { out = bytearray }",
                  "outlets { out = bytearray }, volume-mounts { data { path = /data, access-mode = ReadWriteMany } }");
  const ProcessOutput changed = plan(project);
  CHECK(changed.status == 2);
  CHECK_THAT(changed.output, ContainsSubstring(project.folder().path("kept/data")));
  CHECK_FALSE(std::filesystem::exists(project.folder().path("kept")));
}

TEST_CASE("a plan without a sandbox says which one is missing", "[cli][sandbox][slow]") {
  SandboxRun project;
  CHECK(plan(project).errors == "error: no sandbox runs\n  hint: start one in another terminal: cloudflow sandbox\n");
  project.start({"--no-watch"});
  project.prints("Ctrl-C stops it.");
  project.signal(SIGKILL);
  CHECK(project.end() != 0);
  const ProcessOutput killed = plan(project);
  CHECK(killed.status == 1);
  CHECK(killed.errors == "error: the sandbox of the project in \"" +
                             std::filesystem::canonical(project.folder().path("")).string() +
                             "\" was killed\n  hint: the next one ends what it left: cloudflow sandbox\n");
  project.start({"--for", "1s"});  // ends what it left
  CHECK(project.end() == 0);
}
