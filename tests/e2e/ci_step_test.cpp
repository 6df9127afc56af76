// The step that CI servers run: what was planned for a change is applied once it is merged.
#include <fmt/format.h>
#include <catch2/catch_all.hpp>
#include <filesystem>

#include "tests/e2e/world.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

ProcessOutput step(const World& world, const std::string& verb) {
  ProcessRequest request = world.request({});
  request.command = {"sh", CLOUDFLOW_SOURCE_DIR "/templates/ci/plan-and-apply.sh", verb};
  request.environment["ENVIRONMENT"] = "test";
  request.environment["OUT"] = (fs::path(world.folder()).parent_path() / "out").string();
  request.environment["PATH"] = fs::path(binary()).parent_path().string() + ":/usr/bin:/bin";
  const auto ran = run_process(request, {});
  REQUIRE(ran);
  UNSCOPED_INFO(ran->output << ran->errors);
  return *ran;
}

}  // namespace

TEST_CASE("the step of a CI server applies the plan that was reviewed, and no other", "[e2e]") {
  World world("step");
  world.make_lonely();
  if (world.run({"plan", "--help"}).output.find("--out") == std::string::npos) SKIP("this binary saves no plans");
  CHECK(step(world, "plan").status == 0);
  for (const std::string name : {"plan.cfplan", "plan.md", "plan.html", "plan.junit.xml", "plan.sarif"})
    CHECK(fs::exists(fs::path(world.folder()).parent_path() / "out" / name));
  // Merged, with something beside it that nobody has read.
  world.replace("cloudflow.yaml", "environments:", "# beside it\nenvironments:");
  world.commit("Something else");
  const ProcessOutput moved = step(world, "apply");
  CHECK(moved.status == 1);
  CHECK_THAT(moved.errors, ContainsSubstring("has changed beside this plan, which is of commit "));
  world.replace("cloudflow.yaml", "# beside it\n", "");
  // Another commit with the same files, as a squash makes one.
  world.commit("As it was");
  CHECK(step(world, "apply").status == 0);
  CHECK(world.planned().empty());
  // Once more is no plan that anybody has read.
  CHECK(step(world, "apply").status != 0);
}
