// Properties of the whole way from text to a plan, on applications made from a seed.
#include <catch2/catch_all.hpp>

#include "planner/application/load_application.h"
#include "planner/apply/executor.h"
#include "planner/config/read_config.h"
#include "planner/plan/make_plan.h"
#include "planner/project/read_project.h"
#include "planner/render/render.h"
#include "planner/settings/effective_config.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_provider.h"
#include "tests/support/memory_tree.h"
#include "tests/support/random_application.h"

using namespace cloudflow;
using cloudflow::testing::FakeClock;
using cloudflow::testing::FakeProvider;
using cloudflow::testing::MemoryTree;
using cloudflow::testing::random_application;

namespace {

std::string text_of(const Diagnostics& problems) {
  std::string out;
  for (const Diagnostic& problem : problems.all()) out += problem.where.text() + ": " + problem.message + "\n";
  return out;
}

/// From the project's files to what should exist.
std::vector<Resource> desired_of(const std::map<std::string, std::string>& files) {
  const MemoryTree tree(files);
  Diagnostics problems;
  const auto project = read_project(tree, "cloudflow.yaml", {}, problems);
  INFO(text_of(problems));
  REQUIRE(project);
  const auto application = load_application(tree, *project, {}, problems);
  INFO(text_of(problems) + files.at("blueprint.conf"));
  REQUIRE(application);
  const Environment& environment = project->environments.at("test");
  const ConfigValue user = read_config(tree, project->config, {}, problems);
  const EffectiveConfig config = effective_config(*application, environment, user, {}, problems);
  std::vector<Resource> desired = render(*application, environment, config, tree, problems, project->folder);
  INFO(text_of(problems));
  REQUIRE_FALSE(problems.has_errors());
  return desired;
}

std::string bytes_of(const std::vector<Resource>& resources) {
  std::string out;
  for (const Resource& resource : resources) {
    out += resource.id.text() + " " + dump(resource.spec);
    for (const auto& [pointer, where] : resource.origins.all()) out += " " + pointer + "@" + where.text();
    for (const ResourceId& before : resource.after) out += " <" + before.text();
    out += "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("the same source renders the same bytes, and every value knows its place", "[plan][property][slow]") {
  const unsigned seed = GENERATE(range(1U, 60U));
  CAPTURE(seed);
  const auto files = random_application(seed);
  const std::vector<Resource> desired = desired_of(files);
  CHECK(bytes_of(desired) == bytes_of(desired_of(files)));
  for (const Resource& resource : desired) {
    CAPTURE(resource.id.text());
    CHECK(resource.origins.contains(""));
  }
}

TEST_CASE("after an apply, whatever was there before, the plan is empty", "[plan][apply][property][slow]") {
  const unsigned seed = GENERATE(range(1U, 40U));
  CAPTURE(seed);
  FakeProvider kubernetes("kubernetes");
  FakeProvider kafka("kafka");
  FakeClock clock;
  std::vector<Provider*> providers = {&kubernetes, &kafka};
  for (const unsigned step : {seed, seed + 1000}) {
    const std::vector<Resource> desired = desired_of(random_application(step));
    auto plan = make_plan({.desired = desired, .inventory = {}, .providers = providers}, {});
    REQUIRE(plan);
    const Outcome outcome =
        execute(*plan, providers, clock, {.first_poll = std::chrono::milliseconds(0)}, [](const Event&) {}, {}, {});
    REQUIRE(outcome.complete());
    auto again = make_plan({.desired = desired, .inventory = {}, .providers = providers}, {});
    REQUIRE(again);
    CHECK_FALSE(has_changes(*again));
    CHECK(kubernetes.specs().size() + kafka.specs().size() == desired.size());
  }
}
