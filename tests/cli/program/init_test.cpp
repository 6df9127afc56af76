// `cloudflow init` makes projects that are valid as they are.
#include <catch2/catch_all.hpp>
#include <filesystem>

#include "sdk/support/process.h"
#include "tests/cli/program/binary.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;

namespace {

ProcessOutput run(const TempFolder& in, std::vector<std::string> arguments, const std::string& folder = "") {
  arguments.insert(arguments.begin(), cloudflow_binary());
  const auto ran = run_process({.command = std::move(arguments),
                                .environment = {{"KAFKA_BOOTSTRAP", "broker.example.com:9092"}},
                                .directory = in.path(folder)},
                               {});
  REQUIRE(ran);
  return *ran;
}

bool mentions(const TempFolder& in, const std::string& folder, const std::string& word) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(in.path(folder))) {
    if (file.is_regular_file() &&
        in.read(std::filesystem::relative(file.path(), in.path(""))).find(word) != std::string::npos)
      return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a new project is valid, renders, and has its own name", "[cli][init]") {
  const TempFolder folder;
  const std::string kind = GENERATE("cpp", "go", "java", "python", "runtime");
  CAPTURE(kind);
  const ProcessOutput made = run(folder, {"init", "my-pipe", "--kind", kind});
  CHECK(made.status == 0);
  CHECK_THAT(made.output, ContainsSubstring("  cd 'my-pipe'\n"));
  CHECK_THAT(made.output, ContainsSubstring("\n  cloudflow sandbox"));
  const ProcessOutput valid = run(folder, {"validate"}, "my-pipe");
  INFO(valid.errors);
  CHECK(valid.status == 0);
  CHECK_THAT(valid.output, ContainsSubstring("my-pipe 1.0.0: "));
  const ProcessOutput rendered = run(folder, {"render"}, "my-pipe");
  CHECK(rendered.status == 0);
  CHECK_THAT(rendered.output, ContainsSubstring("image: my-pipe:1.0.0"));
  for (const std::string word : {"sensor-data", "sensor_data", "-greetings", "disk-runtime"}) {
    CAPTURE(word);
    CHECK_FALSE(mentions(folder, "my-pipe", word));
  }
}

TEST_CASE("what is there is not overwritten, and a name must be one", "[cli][init]") {
  const TempFolder folder;
  folder.write("full/file", "mine");
  const ProcessOutput full = run(folder, {"init", "full"});
  CHECK(full.status == 1);
  CHECK(
      full.errors ==
      "error: \"full\" exists already: nothing was written\n  hint: name a folder that does not exist, or is empty\n");
  CHECK(run(folder, {"init", "Not_A_Name"}).status == 1);
  CHECK_FALSE(std::filesystem::exists(folder.path("Not_A_Name")));
  CHECK(run(folder, {"init", "install"}).status == 1);
  CHECK(run(folder, {"init", std::string(41, 'a')}).status == 1);
  std::filesystem::create_directories(folder.path("clone/.git"));
  CHECK(run(folder, {"init", "clone"}).status == 0);
  std::filesystem::create_directory(folder.path("here"));
  CHECK(run(folder, {"init", "."}, "here").status == 0);
  CHECK(run(folder, {"validate"}, "here").status == 0);
}
