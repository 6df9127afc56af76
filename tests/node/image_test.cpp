// An image that cloudflow built is pulled from a registry by the digest that cloudflow wrote, and runs in a pod.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include "sdk/support/text.h"
#include "tests/node/application.h"
#include "tests/node/real_node.h"
#include "tests/support/debian_registry.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a node pulls a program's image by its digest and runs it", "[image]") {
  if (!DebianRegistry::is_installed()) SKIP("docker-registry is not installed: scripts/bootstrap");
  const int node = node_process();
  // The node has a network of its own: the registry is on its loopback.
  const DebianRegistry registry({.network_of = node});
  const TempFolder folder;
  folder.write("blueprint.conf", "blueprint {}\n");
  folder.write("cloudflow.yaml",
               fmt::format("application: sleeper\nversion: 1.0.0\nimages:\n  app: none:1 # its image\n"
                           "builds:\n  sleeper:\n    image: {}/shop/sleeper\n    for: [app]\n"
                           "    program: /bin/sleep\n    arguments: [\"100000\"]\n    descriptors: none\n",
                           registry.host()));
  const auto run = [&](std::vector<std::string> command) {
    const auto ran = run_process({.command = std::move(command), .directory = folder.path("")}, {});
    REQUIRE(ran);
    INFO(ran->errors);
    REQUIRE(ran->status == 0);
    return ran->output;
  };
  run({CLOUDFLOW_BINARY, "image", "build"});
  const std::string pushed =
      run({"nsenter", "--target", std::to_string(node), "--net", CLOUDFLOW_BINARY, "image", "push"});
  const std::string image(trimmed(pushed));
  CHECK_THAT(folder.read("cloudflow.yaml"), ContainsSubstring(fmt::format("\n  app: {} # its image\n", image)));

  NodeApplication application("image");
  application.set("app", {.arguments = "", .image = image});
  const ProcessOutput applied = application.apply();
  INFO(applied.output << applied.errors);
  CHECK(applied.status == 0);
  const std::vector<Json> pods = application.running_pods();
  REQUIRE(pods.size() == 1);
  const Json status = pods[0]["status"]["containerStatuses"][0];
  CHECK(status["ready"] == true);
  CHECK_THAT(status["imageID"].get<std::string>(), ContainsSubstring(image.substr(image.find("@sha256:"))));
}
