// Where the answer goes: a full disk, a closed stdout, a reader that has seen enough.
#include <catch2/catch_all.hpp>

#include "cloudflow/json.h"
#include "sdk/support/process.h"
#include "tests/cli/program/binary.h"

namespace cloudflow {
namespace {

ProcessOutput shell(const std::string& script) {
  const auto ran = run_process({.command = {"sh", "-c", script},
                                .environment = {{"CLOUDFLOW", testing::cloudflow_binary()}},
                                .directory = CLOUDFLOW_SOURCE_DIR "/examples/call-records-akka"},
                               {});
  REQUIRE(ran);
  return *ran;
}

TEST_CASE("an answer that cannot be written is an error", "[cli][output]") {
  for (const std::string command : {"render", "graph", "validate --json", "--help", "version"}) {
    CAPTURE(command);
    const ProcessOutput full = shell("exec $CLOUDFLOW " + command + " > /dev/full");
    CHECK(full.status == 1);
    CHECK(full.errors == "error: cannot write to stdout: No space left on device\n");
    const ProcessOutput closed = shell("exec $CLOUDFLOW " + command + " >&-");
    CHECK(closed.status == 1);
    CHECK(closed.errors == "error: cannot write to stdout: Bad file descriptor\n");
  }
}

TEST_CASE("a reader that has seen enough is no error", "[cli][output]") {
  const ProcessOutput ran = shell("{ $CLOUDFLOW render; echo $? >&2; } | head -n 1");
  CHECK(ran.output == "---\n");
  CHECK(ran.errors == "0\n");
}

TEST_CASE("an option that a script leaves empty is a mistake, not the default", "[cli][output]") {
  for (const std::string option : {"-C", "--repository", "--revision", "--path", "--file", "--environment", "--context",
                                   "--namespace", "--kubeconfig"}) {
    const ProcessOutput ran = shell("$CLOUDFLOW plan " + option + " \"$UNSET\"");
    CHECK(ran.status == 1);
    CHECK(ran.errors == "error: " + (option == "-C" ? "--directory" : option) +
                            ": is empty\n  hint: cloudflow plan --help says what it takes\n");
  }
}

TEST_CASE("help is an answer however it is asked for, and said where no command is given", "[cli][output]") {
  CHECK(shell("$CLOUDFLOW help plan").output == shell("$CLOUDFLOW plan --help").output);
  CHECK(shell("$CLOUDFLOW help").output == shell("$CLOUDFLOW --help").output);
  const ProcessOutput alone = shell("$CLOUDFLOW");
  CHECK(alone.status == 1);
  CHECK(alone.output.empty());
  CHECK(alone.errors == shell("$CLOUDFLOW --help").output);
}

TEST_CASE("programs ask every command for JSON in the same way", "[cli][output]") {
  for (const std::string command : {"validate", "version", "explain config aggregator --offline -e local"}) {
    CAPTURE(command);
    const ProcessOutput asked = shell("$CLOUDFLOW " + command + " --format json");
    CHECK(asked.status == 0);
    CHECK(Json::parse(asked.output).at("format_version") == "1.0");
    CHECK(shell("$CLOUDFLOW " + command + " --json").output == asked.output);
    CHECK(shell("$CLOUDFLOW " + command + " --format text").output == shell("$CLOUDFLOW " + command).output);
    CHECK(shell("$CLOUDFLOW " + command + " --json --format text").status == 1);
  }
  CHECK(Json::parse(shell("$CLOUDFLOW graph --format json").output).at("application") == "call-records");
  for (const std::string command : {"plan", "apply", "status", "destroy", "sync", "schema check"}) {
    CAPTURE(command);
    CHECK(shell("$CLOUDFLOW " + command + " --format yaml").errors.find("text,json") != std::string::npos);
    CHECK(shell("$CLOUDFLOW help " + command).output.find("Short for --format json") != std::string::npos);
  }
}

}  // namespace
}  // namespace cloudflow
