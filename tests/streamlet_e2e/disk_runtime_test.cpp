// examples/disk-runtime: a runtime of templates, and its program in the sandbox.
#include <catch2/catch_all.hpp>

#include <cstdlib>
#include <string>

#include "cloudflow/json.h"
#include "tests/streamlet_e2e/example_sandbox.h"
#include "tests/support/cache.h"

namespace cloudflow::testing {

TEST_CASE("a streamlet of a runtime of one's own becomes what its templates say", "[servers]") {
  const auto ran = run_process({.command = {CLOUDFLOW_BINARY, "render", "--format", "json"},
                                .directory = std::string(CLOUDFLOW_SOURCE_DIR) + "/examples/disk-runtime"},
                               {});
  REQUIRE(ran);
  REQUIRE(ran->status == 0);
  std::map<std::string, std::string> workloads;
  const Json rendered = Json::parse(ran->output);
  for (const Json& object : rendered.at("manifests")) {
    const std::string kind = object.at("kind");
    if (kind == "Deployment" || kind == "StatefulSet") workloads[object.at("metadata").at("name")] = kind;
    if (kind == "StatefulSet") CHECK(object.at("spec").at("volumeClaimTemplates").size() == 1);
  }
  CHECK(workloads == std::map<std::string, std::string>{{"disk-runtime-counter", "StatefulSet"},
                                                        {"disk-runtime-writer", "Deployment"}});
}

TEST_CASE("the program of a runtime of one's own keeps on its disk what it knows", "[servers]") {
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing here sets it
  ExampleSandbox sandbox("disk-runtime", "", {{"blueprint.yaml", {"default: 1 s", "default: 50 ms"}}},
                         {{"PATH", cache_folder() + "/oracles/bin:" + (path == nullptr ? "" : path)}});
  REQUIRE(sandbox.prints("counter | red: 3\n"));
  sandbox.append("streamlet.py", "# edited\n");
  REQUIRE(sandbox.prints("process/counter updated"));
  const std::size_t edited = sandbox.printed().find("process/counter updated");
  REQUIRE(sandbox.prints("counter | red: 20\n"));
  CHECK(sandbox.stop() == 0);
  // Across both runs of the program, each number was said once.
  const std::string& all = sandbox.printed();
  for (int number = 1; number <= 20; ++number) {
    const std::string line = "counter | red: " + std::to_string(number) + "\n";
    CAPTURE(line);
    CHECK(all.find(line) != std::string::npos);
    CHECK(all.find(line) == all.rfind(line));
  }
  CHECK(all.find("counter | red: 20\n") > edited);
}

}  // namespace cloudflow::testing
