// The examples, and what init makes, as real servers plan them.
#include <catch2/catch_all.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/support/process.h"
#include "tests/e2e/world.h"
#include "tests/support/cloudflow2_project.h"
#include "tests/support/kafkabed.h"
#include "tests/support/kubebed.h"
#include "tests/support/temp_folder.h"

namespace cloudflow::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

ProcessOutput run(const TempFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), binary());
  const auto ran = run_process(
      {.command = std::move(arguments),
       .environment = {{"KUBECONFIG", kubebed()}, {"KAFKA_BOOTSTRAP", World::brokers()}, {"CHECK_MAX_WATTS", "7"}},
       .directory = folder.path("app"),
       .deadline = std::chrono::minutes(5)},
      {});
  REQUIRE(ran);
  return *ran;
}

void replace(const TempFolder& folder, const std::string& file, const std::string& from, const std::string& to) {
  std::string text = folder.read(file);
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  folder.write(file, text.replace(at, from.size(), to));
}

}  // namespace

TEST_CASE("examples that run on a developer's machine can be planned for a cluster", "[servers]") {
  const std::string example = GENERATE("sensor-data", "call-records", "disk-runtime", "jvm-application");
  CAPTURE(example);
  const TempFolder folder;
  std::filesystem::copy(std::string(CLOUDFLOW_SOURCE_DIR) + "/examples/" + example, folder.path("app"),
                        std::filesystem::copy_options::recursive);
  const std::string name = fresh_space("example");
  replace(folder, "app/cloudflow.yaml", "application: " + example, "application: " + name);
  if (folder.read("app/cloudflow.yaml").find("namespace: ") != std::string::npos)
    replace(folder, "app/cloudflow.yaml", "namespace: " + example, "namespace: " + name);
  const ProcessOutput plan = run(folder, {"plan"});
  INFO(plan.output << plan.errors);
  CHECK(plan.status == 0);
  CHECK_THAT(plan.output, ContainsSubstring(" 0 to change, 0 to remove."));
  const std::string last = example == "disk-runtime" ? "statefulset/" + name + "-counter" : "deployment/" + name + "-";
  CHECK_THAT(plan.output, ContainsSubstring(last));
}

TEST_CASE("a runtime of one's own is applied, and then there is nothing to do", "[servers]") {
  const TempFolder folder;
  std::filesystem::create_directories(folder.path("app"));
  const std::string name = fresh_space("disk");
  REQUIRE(run(folder, {"init", name, "--kind", "runtime"}).status == 0);
  std::filesystem::rename(folder.path("app/" + name), folder.path("project"));
  std::filesystem::remove(folder.path("app"));
  std::filesystem::rename(folder.path("project"), folder.path("app"));
  replace(folder, "app/blueprint.yaml", "    words:\n", "    " + name + "-words:\n");
  const ProcessOutput applied = run(folder, {"apply", "--yes"});
  INFO(applied.output << applied.errors);
  CHECK(applied.status == 0);
  const ProcessOutput again = run(folder, {"plan", "--detailed-exitcode"});
  INFO(again.output << again.errors);
  CHECK(again.status == 0);
  // A disk cannot be changed in place, and what is on it goes when it is made anew: the plan says so.
  replace(folder, "app/cloudflow.yaml", "\nenvironments:",
          "values: {cloudflow: {streamlets: {counter: {config: {disk-size: 5Gi}}}}}\n\nenvironments:");
  const ProcessOutput larger = run(folder, {"plan"});
  INFO(larger.output << larger.errors);
  CHECK_THAT(larger.output, ContainsSubstring("\"1Gi\" → \"5Gi\""));
}

TEST_CASE("an application of Cloudflow 2 can be planned with what init wrote", "[servers]") {
  const TempFolder folder;
  const World world("meters");
  const std::string& name = world.application();
  world.create("api/v1", "namespaces", {{"metadata", {{"name", name}}}}, "");
  world.create("api/v1", "persistentvolumeclaims",
               {{"metadata", {{"name", "check-rules"}}},
                {"spec", {{"accessModes", {"ReadOnlyMany"}}, {"resources", {{"requests", {{"storage", "1Gi"}}}}}}}},
               name);
  folder.write("app/target/" + name + ".json", cloudflow2_application(name, name + "-readings"));
  REQUIRE(run(folder, {"init"}).status == 0);
  const ProcessOutput plan = run(folder, {"plan"});
  INFO(plan.output << plan.errors);
  CHECK(plan.status == 0);
  CHECK_THAT(plan.output, ContainsSubstring("deployment/" + name + "-check"));
  CHECK_THAT(plan.output, ContainsSubstring("topic/" + name + "-readings"));
  CHECK_THAT(plan.output, ContainsSubstring(" 0 to change, 0 to remove."));
}

}  // namespace cloudflow::testing
