// `cloudflow describe`: files of descriptors stay what programs say.
#include <catch2/catch_all.hpp>

#include "sdk/support/process.h"
#include "tests/cli/program/binary.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

ProcessOutput describe(const TempFolder& in, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {cloudflow_binary(), "describe"});
  const auto ran = run_process({.command = std::move(arguments), .directory = in.path("")}, {});
  REQUIRE(ran);
  return *ran;
}

/// A program that prints this, whatever it is asked.
void write_program(const TempFolder& folder, const std::string& prints) {
  folder.write_program("program", "#!/bin/sh\ncat <<'END'\n" + prints + "\nEND\n");
}

}  // namespace

TEST_CASE("descriptors are printed, written where they differ, and checked", "[cli][describe]") {
  const TempFolder folder;
  write_program(folder, R"([{"class_name": "a.A", "inlets": []}, {"class_name": "a.B"}])");
  const std::string text = "[{\"class_name\": \"a.A\", \"inlets\": []}, {\"class_name\": \"a.B\"}]\n";
  CHECK(describe(folder, {"./program"}).output == text);
  const ProcessOutput first = describe(folder, {"./program", "--output", "d.json"});
  CHECK(first.errors == "d.json: a.A is new; a.B is new\n");
  CHECK(folder.read("d.json") == text);
  CHECK(describe(folder, {"./program", "--output", "d.json"}).errors.empty());
  CHECK(describe(folder, {"./program", "--check", "d.json"}).status == 0);

  write_program(folder, R"([{"class_name": "a.A", "inlets": [1]}, {"class_name": "a.C"}])");
  const ProcessOutput other = describe(folder, {"./program", "--check", "d.json"});
  CHECK(other.status == 1);
  CHECK(
      other.errors ==
      "error: \"d.json\" is not what the program says: a.A has changed: inlets; a.C is new; a.B is gone\n  hint: write "
      "it anew with --output d.json\n");
  CHECK(folder.read("d.json") == text);
  CHECK(describe(folder, {"./program", "--check", "none.json"}).status == 1);
}

TEST_CASE("a program that does not describe itself is told apart", "[cli][describe]") {
  const TempFolder folder;
  CHECK(describe(folder, {"./none"}).errors ==
        "error: cannot ask \"./none\" for its descriptors: cannot run \"./none\": No such file or directory\n");
  write_program(folder, "hello");
  CHECK(describe(folder, {"./program"}).errors == "error: \"./program\" --describe did not print descriptors\n");
  folder.write_program("program", "#!/bin/sh\necho 'unknown option' >&2\nexit 3\n");
  const ProcessOutput failed = describe(folder, {"./program", "--output", "d.json"});
  CHECK(failed.status == 1);
  CHECK(failed.errors == "error: \"./program\" --describe ended with status 3: unknown option\n");
  CHECK_FALSE(std::filesystem::exists(folder.path("d.json")));
  folder.write_program("program", "#!/bin/sh\necho 'error: one (a)\nerror: two (b)' >&2\nexit 1\n");
  CHECK(describe(folder, {"./program"}).errors ==
        "error: \"./program\" --describe ended with status 1: one (a); two (b)\n");
}
