#include "cli/pipeline/source.h"

#include <catch2/catch_all.hpp>

using namespace cloudflow;

namespace {

Project project_with(const std::vector<std::string>& environments) {
  Project out;
  for (const std::string& name : environments) out.environments[name].name = name;
  return out;
}

}  // namespace

TEST_CASE("the environment is the one that is named, or the only one", "[source]") {
  struct Row {
    std::vector<std::string> environments;
    std::string named;
    std::string chosen;  ///< empty: none
    std::string message;
    std::string hint;
  };
  const auto row = GENERATE(values<Row>({
      {{"prod"}, "", "prod", "", ""},
      {{"prod", "test"}, "test", "test", "", ""},
      {{"prod", "test"}, "", "", "which environment? the project has: prod, test", "name one with -e"},
      {{"prod", "test"}, "prdo", "", "the project has no environment \"prdo\"", "did you mean \"prod\"?"},
      {{"prod", "test"}, "staging", "", "the project has no environment \"staging\"", "it has: prod, test"},
      {{}, "", "", "the project has no environments", "add `environments:` to the project file"},
      {{}, "prod", "", "the project has no environment \"prod\"", ""},
  }));
  CAPTURE(row.environments, row.named);
  const auto chosen = choose_environment(project_with(row.environments), {.environment = row.named}, "calls");
  CHECK(chosen.has_value() == !row.chosen.empty());
  if (chosen) {
    CHECK(chosen->name == row.chosen);
  } else {
    CHECK(chosen.error().message == row.message);
    CHECK(chosen.error().hint == row.hint);
  }
}

TEST_CASE("what options say counts before what the environment says", "[source]") {
  Project project = project_with({"prod"});
  KubernetesSettings& written = project.environments["prod"].kubernetes;
  SECTION("the application's name is its namespace where nothing is said") {
    CHECK(choose_environment(project, {}, "calls")->kubernetes.ns == "calls");
  }
  SECTION("over it the environment, over that the options") {
    written.ns = "written";
    written.context = "written";
    written.kubeconfig = "written";
    CHECK(choose_environment(project, {}, "calls")->kubernetes.ns == "written");
    const auto chosen =
        choose_environment(project, {.context = "option", .ns = "option", .kubeconfig = "option"}, "calls");
    CHECK(chosen->kubernetes.ns == "option");
    CHECK(chosen->kubernetes.context == "option");
    CHECK(chosen->kubernetes.kubeconfig == "option");
  }
}

TEST_CASE("a plan without a commit says why", "[source]") {
  Revision revision;
  CHECK(why_no_commit(revision) == "no commit is named: the folder is not in a git repository");
  revision.branch = "main";
  CHECK(why_no_commit(revision) == "no commit is named: the branch \"main\" has none yet");
  revision.commit = "0123456";
  CHECK(why_no_commit(revision).empty());
  CHECK(why_no_commit(failure(ErrorKind::denied, "the repository belongs to somebody else", "git config …")) ==
        "no commit is named: the repository belongs to somebody else (git config …)");
}
