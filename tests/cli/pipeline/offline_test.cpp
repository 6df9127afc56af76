#include "cli/pipeline/offline.h"

#include <catch2/catch_all.hpp>

#include "planner/application/load_application.h"
#include "planner/project/read_project.h"
#include "tests/support/memory_tree.h"

using namespace cloudflow;
using cloudflow::testing::MemoryTree;

namespace {

/// The messages of checking a project with these environments and this shared configuration.
std::vector<std::string> check(const std::string& environments, const std::string& config,
                               const std::string& only = {}) {
  const MemoryTree tree(
      {{"cloudflow.yaml",
        "application: shop\nversion: 1.0.0\nblueprint: blueprint.conf\n"
        "config: [shared.conf]\nenvironments:\n" +
            environments},
       {"shared.conf", config},
       {"bad.conf", "cloudflow.streamlets.other.config.x = 1"},
       {"blueprint.conf", "blueprint { streamlets { s { image = \"registry.example.com/s:1\" } } }"}});
  Diagnostics problems;
  const auto none = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  const std::optional<Project> project = read_project(tree, "cloudflow.yaml", none, problems);
  REQUIRE(project);
  const std::optional<Application> application = load_application(tree, *project, none, problems);
  REQUIRE(application);
  check_environments(tree, *project, *application, only, problems);
  std::vector<std::string> out;
  for (const Diagnostic& one : problems.all()) out.push_back(one.where.text() + ": " + one.message);
  return out;
}

const std::string kafka = "kafka: {default: {bootstrap-servers: \"k:9092\"}}";

}  // namespace

TEST_CASE("a mistake in a file that environments share is said once", "[offline]") {
  const std::string two = "  a: {" + kafka + "}\n  b: {" + kafka + "}\n";
  CHECK(check(two, "cloudflow.streamlets.s.kubernetes.pods.pod.labels.x = y").empty());
  const auto said = check(two, "cloudflow.streamlets.other.config.x = 1");
  REQUIRE(said.size() == 1);
  CHECK(said.front().starts_with("shared.conf:1:"));
}

TEST_CASE("only the environment that is named is checked, or all of them", "[offline]") {
  const std::string two = "  a: {" + kafka + "}\n  b: {" + kafka + ", config: [bad.conf]}\n";
  CHECK(check(two, "").size() == 1);
  CHECK(check(two, "", "a").empty());
  CHECK(check(two, "", "b").size() == 1);
}
