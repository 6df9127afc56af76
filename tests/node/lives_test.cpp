// Random lives of containers: what was said of them against what ran, second by second.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>
#include <future>
#include <memory>
#include <random>
#include <semaphore>

#include "sdk/base/clock.h"
#include "tests/node/application.h"
#include "tests/node/real_node.h"
#include "tests/support/random_search.h"

using namespace cloudflow;
using namespace cloudflow::testing;

namespace {

/// How one container lives, and what may truly be said of it.
struct Life {
  std::string arguments{};
  std::string memory{};  ///< limit; empty for none
  int replicas = 1;
  bool lasts = true;  ///< it stays up once it runs
};

Life random_life(std::mt19937& random) {
  const auto upto = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  Life life{.replicas = 1 + upto(2)};
  switch (upto(5)) {
    case 0:
      life.arguments = fmt::format("--exit-after {}ms --code {}", 100 + upto(1000), upto(4));
      life.lasts = false;
      break;
    case 1:
      life.arguments = fmt::format("--hog {}", 200 + upto(200));
      life.memory = fmt::format("{}Mi", 12 + upto(12));
      life.lasts = false;
      break;
    case 2:
      life.arguments = fmt::format("--ready-after {}ms", upto(4000));
      break;
    case 3:
      life.arguments = "--ignore-term";
      break;
    default:
      life.arguments = fmt::format("--term-after {}ms", upto(4000));
  }
  return life;
}

std::string container(const Life& life, int version) {
  const std::string probe = life.arguments.starts_with("--ready-after")
                                ? R"(, readinessProbe: {exec: {command: ["/bin/cat", "/tmp/ready"]}, periodSeconds: 1})"
                                : "";
  const std::string limit =
      life.memory.empty()
          ? ""
          : fmt::format(", resources: {{limits: {{memory: {0}}}, requests: {{memory: {0}}}}}", life.memory);
  return fmt::format(R"(image: "nodebed/app:{}", env: [{{name: APP_ARGS, value: "{}"}}]{}{})", version, life.arguments,
                     limit, probe);
}

bool is_running(const Json& pod) {
  for (const Json& status : pod.at("status").value("containerStatuses", Json::array()))
    if (find(status, {"state", "running"}) == nullptr || !bool_at(status, {"ready"})) return false;
  return string_at(pod, {"status", "phase"}) == "Running";
}

/// One application through one to three versions and its end; what was said and was not so.
std::vector<std::string> live(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::string> lies;
  NodeApplication application(fmt::format("life{}", seed));
  application.set("app", {});
  std::string story;
  const auto lie = [&](const std::string& what, const ProcessOutput& output) {
    lies.push_back(fmt::format("seed {}: {}\n{}\n{}{}", seed, what, story, output.output, output.errors));
  };
  const int versions = 1 + static_cast<int>(random() % 2);
  for (int version = 1; version <= versions; ++version) {
    const Life life = random_life(random);
    const std::string text = container(life, version);
    story += fmt::format("  {} × {}\n", life.replicas, text);
    application.set_deployment("own", text, "", fmt::format("replicas: {}", life.replicas));
    const ProcessOutput applied = application.apply(life.lasts ? 90 : 12);
    // What crashes may be caught a moment before: then it must not be called ready by who looks next.
    if (life.lasts != (applied.status == 0)) lie("apply of what lasts or not", applied);
    if (applied.status == 0) {
      const std::vector<Json> pods = application.running_pods("own-");
      if (pods.size() != static_cast<std::size_t>(life.replicas)) lie("other pods run than asked for", applied);
      for (const Json& pod : pods) {
        if (!is_running(pod)) lie("a pod does not run: " + pod.at("status").dump(), applied);
        const std::string image = pod.at("spec").at("containers")[0].at("image");
        if (image != fmt::format("nodebed/app:{}", version)) lie("an old pod runs", applied);
      }
    }
    const ProcessOutput status = application.status();
    if (life.lasts != (status.status == 0)) lie("status of what lasts or not", status);
  }
  const ProcessOutput destroyed = application.run({"destroy", "--yes"});
  if (destroyed.status != 0) lie("destroy", destroyed);
  if (const auto left = application.running_pods(); !left.empty()) lie("pods run after destroy", destroyed);
  return lies;
}

}  // namespace

TEST_CASE("what is said of random lives of containers is so", "[node][oracle]") {
  real_node();
  const RandomSearch search = random_search(6, 100);
  std::counting_semaphore<> at_once(6);
  std::vector<std::future<std::vector<std::string>>> runs;
  for (int i = 0; i < search.rounds; ++i) {
    runs.push_back(std::async(std::launch::async, [&at_once, seed = search.seed + static_cast<unsigned>(i)] {
      at_once.acquire();
      const auto release = [&at_once](const unsigned*) { at_once.release(); };
      const std::unique_ptr<const unsigned, decltype(release)> turn(&seed, release);
      return live(seed);
    }));
  }
  int disagreements = 0;
  for (auto& run : runs) {
    for (const std::string& lie : run.get()) {
      ++disagreements;
      UNSCOPED_INFO(lie);
    }
  }
  CHECK(disagreements == 0);
}
