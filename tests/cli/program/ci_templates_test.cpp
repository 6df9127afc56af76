// The files for CI servers: they can be read, ask for no more than they need, and their step says what is missing.
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>

#include "sdk/support/process.h"
#include "sdk/support/text.h"
#include "sdk/support/yaml_tree.h"
#include "tests/cli/program/binary.h"
#include "tests/support/temp_folder.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

const fs::path folder = fs::path(CLOUDFLOW_SOURCE_DIR) / "templates/ci";

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

ProcessOutput step(std::vector<std::string> arguments, std::map<std::string, std::string> environment,
                   const std::string& directory) {
  arguments.insert(arguments.begin(), {"sh", (folder / "plan-and-apply.sh").string()});
  environment["PATH"] = fs::path(testing::cloudflow_binary()).parent_path().string() + ":/usr/bin:/bin";
  const auto ran = run_process(
      {.command = arguments, .environment = environment, .directory = directory, .deadline = std::chrono::minutes(1)},
      {});
  REQUIRE(ran);
  return *ran;
}

TEST_CASE("the files for CI servers are YAML, pin what they use and name no registry", "[ci]") {
  int found = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string text = text_of(entry.path());
    CAPTURE(entry.path().string());
    ++found;
    CHECK_FALSE(std::regex_search(text, std::regex("docker\\.io|ghcr\\.io|gcr\\.io|quay\\.io|:latest")));
    CHECK_FALSE(std::regex_search(text, std::regex("pull_request_target|set -[a-z]*x|write-all")));
    CHECK_THAT(text, ContainsSubstring("plan-and-apply.sh"));
    if (entry.path().extension() != ".yaml") continue;
    for (std::string rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find("\n---\n"), rest.size());
      const std::string document = rest.substr(0, end);
      rest = rest.substr(std::min(end + 5, rest.size()));
      const auto tree = read_yaml_tree(document);
      INFO((tree ? "" : tree.error().message));
      CHECK(tree);
    }
  }
  CHECK(found == 5);
  const std::string github = text_of(folder / "github-actions.yaml");
  const std::regex uses("uses: ([^\\s]+)");
  int actions = 0;
  for (auto use = std::sregex_iterator(github.begin(), github.end(), uses); use != std::sregex_iterator(); ++use) {
    ++actions;
    CAPTURE((*use)[1].str());
    CHECK(std::regex_match((*use)[1].str(), std::regex("[a-z/-]+@v[0-9]+\\.[0-9]+\\.[0-9]+")));
  }
  CHECK(actions > 4);
  CHECK_THAT(github, ContainsSubstring("\npermissions: {}\n"));
}

TEST_CASE("the step of a CI server says what is missing", "[ci]") {
  const testing::TempFolder work;
  const ProcessOutput nothing = step({"plan"}, {}, work.path(""));
  CHECK(nothing.status != 0);
  CHECK_THAT(nothing.errors, ContainsSubstring("ENVIRONMENT: is not set: name the environment of cloudflow.yaml"));
  const std::map<std::string, std::string> set = {{"ENVIRONMENT", "prod"}, {"OUT", work.path("out")}};
  const ProcessOutput usage = step({}, set, work.path(""));
  CHECK(usage.status == 1);
  CHECK(usage.errors == "usage: plan-and-apply.sh plan | apply\n");
  const ProcessOutput unplanned = step({"apply"}, set, work.path(""));
  CHECK(unplanned.status == 1);
  CHECK(unplanned.errors == "there is no " + work.path("out") +
                                "/plan.cfplan: hand the file that \"plan\" wrote from one job to the other\n");
  work.write("out/plan.cfplan", R"({"source": {"commit": ""}})");
  const ProcessOutput dirty = step({"apply"}, set, work.path(""));
  CHECK(dirty.status == 1);
  CHECK(dirty.errors == "the plan is of no commit: make it from a clean checkout\n");
}

}  // namespace
}  // namespace cloudflow
