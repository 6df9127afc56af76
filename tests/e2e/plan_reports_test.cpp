// One run of plan, in all forms at once.
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "tests/e2e/world.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

constexpr const char* formats[] = {"text", "json", "markdown", "html", "junit", "sarif"};

struct Written {
  explicit Written(const World& world) : folder(fs::path(world.folder()).parent_path() / "reports") {
    fs::create_directories(folder);
  }
  std::string path(const std::string& format) const { return (folder / format).string(); }
  std::vector<std::string> arguments(std::vector<std::string> first) const {
    for (const std::string format : formats) {
      first.emplace_back("--write");
      first.push_back(format + "=" + path(format));
    }
    return first;
  }
  std::string read(const std::string& format) const {
    std::ifstream in(path(format), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::set<std::string> names() const {
    std::set<std::string> out;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
      out.insert(entry.path().filename().string());
    return out;
  }

  fs::path folder{};
};

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t out = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++out;
  return out;
}

}  // namespace

TEST_CASE("one run of plan writes all forms of the same plan", "[e2e]") {
  const World world("forms");
  const Written written(world);
  const ProcessOutput out = world.expect(2, written.arguments({"plan", "--detailed-exitcode", "--json"}));
  CHECK(out.output == written.read("json"));
  const Json plan = Json::parse(out.output);
  const std::size_t changes = plan.at("changes").size();
  REQUIRE(changes > 10);
  const std::string markdown = written.read("markdown");
  const std::string page = written.read("html");
  const std::string junit = written.read("junit");
  CHECK(occurrences(page, "<details>") == changes);
  CHECK(occurrences(junit, "<testcase ") == changes);
  for (const Json& change : plan.at("changes")) {
    const std::string address = change.at("address");
    CAPTURE(address);
    CHECK(page.find(address) != std::string::npos);
    // Cloudflow's own records have a line of their own there.
    const bool is_record = address.find("cloudflow") != std::string::npos || address.starts_with("secret/");
    CHECK((is_record || markdown.find("<code>" + address + "</code>") != std::string::npos));
    CHECK(junit.find("create " + address) != std::string::npos);
  }
  CHECK_THAT(markdown, ContainsSubstring("## Plan for " + world.application()));
  CHECK_THAT(written.read("text"), ContainsSubstring("Plan: "));
  CHECK(Json::parse(written.read("sarif")).at("runs").at(0).at("results").empty());
  // Each streamlet and topic of the graph is one that is made.
  const Json graph = Json::parse(world.expect(0, {"graph", "--format", "json"}).output);
  const std::size_t nodes = graph.at("streamlets").size() + graph.at("topics").size();
  CHECK(occurrences(page, "<a class=\"node create\"") == nodes);
  // The same again gives the same bytes.
  world.expect(0, written.arguments({"plan"}));
  CHECK(written.read("html") == page);
  CHECK(written.read("markdown") == markdown);
  CHECK(written.read("junit") == junit);
}

TEST_CASE("where no plan can be made only those forms are written that say why", "[e2e]") {
  World world("mistake");
  const Written written(world);
  world.expect(0, written.arguments({"plan"}));
  CHECK(written.names() == std::set<std::string>{"text", "json", "markdown", "html", "junit", "sarif"});
  world.replace("cloudflow.yaml", "environments:", "environment:");
  const ProcessOutput out = world.expect(1, written.arguments({"plan", "--format", "sarif"}));
  CHECK_THAT(out.errors, ContainsSubstring("cloudflow.yaml:"));
  CHECK(written.names() == std::set<std::string>{"junit", "sarif"});
  CHECK(out.output == written.read("sarif"));
  const Json run = Json::parse(out.output).at("runs").at(0);
  REQUIRE_FALSE(run.at("results").empty());
  CHECK(run.at("results").at(0).at("locations").at(0).at("physicalLocation").at("artifactLocation").at("uri") ==
        "cloudflow.yaml");
  CHECK_THAT(written.read("junit"), ContainsSubstring("<failure type="));
}

TEST_CASE("a report that cannot be written is an error, and the plan is shown nevertheless", "[e2e]") {
  const World world("unwritable");
  const ProcessOutput out = world.expect(1, {"plan", "--write", "markdown=/nowhere/plan.md"});
  CHECK_THAT(out.output, ContainsSubstring("Plan: "));
  CHECK_THAT(out.errors, ContainsSubstring("cannot write \"/nowhere/plan.md\": No such file or directory"));
}
