// Where the answer goes: a full disk, a closed stdout, a reader that has seen enough.
#include <catch2/catch_all.hpp>

#include "sdk/base/process.h"
#include "tests/cli/binary.h"

namespace cloudflow {
namespace {

ProcessOutput shell(const std::string& script) {
  const auto ran = run_process({.command = {"sh", "-c", script},
                                .environment = {{"CLOUDFLOW", testing::cloudflow_binary()}},
                                .directory = CLOUDFLOW_SOURCE_DIR "/examples/call-records"},
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

}  // namespace
}  // namespace cloudflow
