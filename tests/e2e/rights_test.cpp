// The Role in docs/rights.md is enough.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch_all.hpp>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>

#include "planner/config/read_config.h"
#include "tests/e2e/running.h"
#include "tests/e2e/world.h"
#include "tests/support/eventually.h"
#include "tests/support/random_search.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using cloudflow::testing::eventually;
using cloudflow::testing::is_long_search;
using cloudflow::testing::Running;
using cloudflow::testing::World;

namespace {

constexpr const char* rbac_api = "apis/rbac.authorization.k8s.io/v1";

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

/// An application in a namespace that exists, run by a user who has only what is given.
struct Limited {
  Limited() {
    world.create("api/v1", "namespaces", {{"metadata", {{"name", world.ns()}}}}, "");
    world.replace("cloudflow.yaml", "{namespace: " + world.ns() + "}",
                  "{namespace: " + world.ns() + ", as: " + user + "}");
    world.write("kubernetes/extra.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {is: \"1\"}\n");
    world.commit("As a user with few rights");
  }
  explicit Limited(Json role) : Limited() {
    role["metadata"] = {{"name", "deployer"}};
    give({role,
          {{"kind", "RoleBinding"},
           {"metadata", {{"name", "deployer"}}},
           {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", "deployer"}}},
           {"subjects", {{{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "User"}, {"name", user}}}}}});
  }

  /// What `rbac` prints for this application.
  std::vector<Json> asked_for(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"rbac", "--json"});
    return Json::parse(world.expect(0, options).output).at("manifests").get<std::vector<Json>>();
  }
  /// As kubectl apply would make them.
  void give(const std::vector<Json>& manifests) const {
    for (const Json& manifest : manifests) {
      const std::string kind = manifest.at("kind").get<std::string>();
      const bool in_cluster = kind.starts_with("Cluster");
      world.create(rbac_api,
                   kind == "Role"          ? "roles"
                   : kind == "RoleBinding" ? "rolebindings"
                   : kind == "ClusterRole" ? "clusterroles"
                                           : "clusterrolebindings",
                   manifest, in_cluster ? "" : world.ns());
    }
  }

  World world{"rights"};
  std::string user = world.application() + "-deployer";
};

/// Everything that an application lives through; which step went wrong, or nothing. Says nothing to the test framework.
std::optional<std::string> live(World& world) {
  std::string failed;
  const auto step = [&](int status, const std::vector<std::string>& arguments, const std::string& says = "") {
    if (!failed.empty()) return;
    const ProcessOutput output = world.run(arguments);
    if (output.status != status || output.output.find(says) == std::string::npos)
      failed =
          fmt::format("{} ended with {}\n{}{}", fmt::join(arguments, " "), output.status, output.output, output.errors);
  };
  step(2, {"plan", "--detailed-exitcode"});
  step(0, {"apply", "--yes"});
  step(0, {"plan", "--detailed-exitcode"}, "No changes.");
  world.replace("config/local.conf", "records-per-second = 5", "records-per-second = 9");
  world.write("kubernetes/extra.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {is: \"1\"}\n");
  world.commit("Make more records");
  step(2, {"plan", "--detailed-exitcode"});
  step(0, {"apply", "--yes"});
  step(0, {"status", "--json"}, "\"healthy\": true");
  step(0, {"unlock"});
  step(0, {"history", "show", "2"}, "applied");
  // A run that was killed leaves its lock, which the next one takes.
  if (failed.empty()) {
    world.replace("config/local.conf", "records-per-second = 9", "records-per-second = 8");
    world.commit("Make fewer records");
    Running killed(world, {"apply", "--yes"});
    const std::string lease = "cloudflow-" + world.application();
    if (!eventually([&] { return !world.get("apis/coordination.k8s.io/v1", "leases", lease).is_null(); }))
      failed = "apply took no lock";
    killed.signal(SIGKILL);
  }
  step(0, {"rollback", "1", "--yes"});
  step(0, {"history"}, "rollback");
  step(0, {"destroy", "--yes", "--delete-topics"});
  if (failed.empty() && world.list("apis/apps/v1", "deployments").size() + world.list("api/v1", "secrets").size() > 0)
    failed = "destroy left something";
  return failed.empty() ? std::nullopt : std::optional(failed);
}

/// Every rule with one verb on one resource.
std::vector<Json> single_rights(const Json& role) {
  std::vector<Json> out;
  for (const Json& rule : role.at("rules")) {
    for (const Json& resource : rule.at("resources")) {
      for (const Json& verb : rule.at("verbs")) {
        Json one = rule;
        one["resources"] = Json::array({resource});
        one["verbs"] = Json::array({verb});
        out.push_back(std::move(one));
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("the documented Role is what rbac prints, and is enough for the whole life of an application",
          "[e2e][servers][rights]") {
  Limited limited(documented_role());
  CHECK(live(limited.world).value_or("") == "");
  Json printed = limited.asked_for().at(0);
  CHECK(printed.at("rules") == documented_role().at("rules"));
}

TEST_CASE("what rbac prints is enough, and without any single right something fails", "[e2e][servers][rights]") {
  Limited whole;
  std::vector<Json> manifests = whole.asked_for();
  REQUIRE(manifests.size() == 2);
  const Json rules = manifests.at(0);
  whole.give(manifests);
  CHECK(live(whole.world).value_or("") == "");

  const std::vector<Json> rights = single_rights(rules);
  REQUIRE(rights.size() > 40);
  // All of them take minutes; each run of the tests tries other ones.
  const std::size_t stride = is_long_search() ? 1 : 11;
  const std::size_t first = is_long_search() ? 0 : std::random_device()() % stride;
  for (std::size_t i = first; i < rights.size(); i += stride) {
    Limited limited;
    std::vector<Json> some = limited.asked_for();
    std::vector<Json> left = rights;
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
    some.at(0)["rules"] = left;
    limited.give(some);
    INFO("without " << rights[i].dump());
    const auto failed = live(limited.world);
    CHECK(failed.has_value());
  }
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
