// The Role in docs/rights.md is enough.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <fstream>
#include <iterator>

#include "planner/config/read_config.h"
#include "tests/e2e/world.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::World;

namespace {

/// The Role that the document shows.
Json documented_role() {
  std::ifstream file(std::string(CLOUDFLOW_SOURCE_DIR) + "/docs/rights.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = text.find("```yaml\n");
  REQUIRE(begin != std::string::npos);
  const std::size_t from = begin + std::string_view("```yaml\n").size();
  Diagnostics problems;
  Json role = parse_yaml(text.substr(from, text.find("```", from) - from), "rights.md", problems).to_json();
  REQUIRE_FALSE(problems.has_errors());
  REQUIRE(role.at("kind") == "Role");
  return role;
}

/// An application in a namespace that exists, run by a user with this Role and nothing else.
struct Limited {
  explicit Limited(Json role) : world("rights") {
    const std::string user = world.application() + "-deployer";
    world.create("api/v1", "namespaces", {{"metadata", {{"name", world.ns()}}}}, "");
    role["metadata"] = {{"name", "deployer"}};
    world.create("apis/rbac.authorization.k8s.io/v1", "roles", role, world.ns());
    world.create("apis/rbac.authorization.k8s.io/v1", "rolebindings",
                 {{"metadata", {{"name", "deployer"}}},
                  {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", "deployer"}}},
                  {"subjects", {{{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "User"}, {"name", user}}}}},
                 world.ns());
    world.replace("cloudflow.yaml", "{namespace: " + world.ns() + "}",
                  "{namespace: " + world.ns() + ", as: " + user + "}");
    world.commit("As a user with few rights");
  }

  World world;
};

}  // namespace

TEST_CASE("the documented Role is enough for the whole life of an application", "[e2e][servers][rights]") {
  Limited limited(documented_role());
  World& world = limited.world;
  world.expect(2, {"plan", "--detailed-exitcode"});
  world.expect(0, {"apply", "--yes"});
  CHECK_THAT(world.expect(0, {"plan", "--detailed-exitcode"}).output, ContainsSubstring("No changes."));

  world.replace("config/local.conf", "records-per-second = 5", "records-per-second = 9");
  world.commit("Make more records");
  world.expect(2, {"plan", "--detailed-exitcode"});
  world.expect(0, {"apply", "--yes"});
  CHECK(Json::parse(world.expect(0, {"status", "--format", "json"}).output).at("healthy") == true);
  world.expect(0, {"unlock"});

  world.expect(0, {"destroy", "--yes", "--delete-topics"});
  CHECK(world.list("apis/apps/v1", "deployments").empty());
  CHECK(world.list("api/v1", "secrets").empty());
}

TEST_CASE("without the right to make a secret the plan says so and nothing is made", "[e2e][servers][rights]") {
  Json role = documented_role();
  for (Json& rule : role.at("rules")) {
    auto& resources = rule.at("resources").get_ref<Json::array_t&>();
    if (std::ranges::find(resources, Json("secrets")) != resources.end()) {
      std::erase(resources, Json("secrets"));
      role.at("rules").push_back(
          {{"apiGroups", {""}}, {"resources", {"secrets"}}, {"verbs", {"get", "list", "delete"}}});
      break;
    }
  }
  const Limited limited(role);
  const World& world = limited.world;
  const ProcessOutput refused = world.expect(1, {"plan"});
  CHECK_THAT(refused.output, ContainsSubstring("blueprint.conf:4:") && ContainsSubstring("secret/generator: ") &&
                                 ContainsSubstring("hint: docs/rights.md has the Role that this needs"));
  CHECK(refused.errors == "error: the plan holds changes that a server rejects: nothing was changed\n");
  CHECK(world.run({"apply", "--yes"}).status == 1);
  CHECK(world.list("apis/apps/v1", "deployments").empty());
}
