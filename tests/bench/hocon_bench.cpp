// How long a large HOCON file takes, against nlohmann::json::parse of the same tree.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <functional>

#include "planner/config/read_config.h"

using namespace cloudflow;

namespace {

constexpr std::size_t megabytes = 10;

/// A configuration like those people write: streamlets with nested settings, lists and a substitution each.
std::string sample(bool substitutions) {
  std::string out = "defaults { cpu = 500, memory = 512M }\n";
  for (int i = 0; out.size() < megabytes * 1024 * 1024; ++i) {
    out += fmt::format(
        "cloudflow.streamlets.streamlet-{0} {{\n"
        "  # what the streamlet needs\n"
        "  config-parameters {{ valid-file = \"/mnt/data/{0}.csv\", rate = {0}, ratio = 0.{0}, enabled = true }}\n"
        "  config.akka {{\n    loglevel = DEBUG\n    actor.default-dispatcher.throughput = 10\n    hosts = [alpha-{0}, "
        "beta, \"gamma {0}\"]\n  }}\n"
        "  kubernetes.pods.pod.containers.container {{\n    resources {{ requests {{ cpu = {1}, memory = \"512M\" }} "
        "}}\n"
        "    env = [ {{ name = JAVA_OPTS, value = \"-XX:MaxRAMPercentage=40.0\" }} {{ name = KEY_{0}, value = text of "
        "{0} words }} ]\n  }}\n}}\n",
        i, substitutions ? "${defaults.cpu}" : "500");
  }
  return out;
}

double best_seconds(int rounds, const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

}  // namespace

int main() {
  const std::string hocon = sample(true);
  Diagnostics problems;
  const std::string json = read_hocon_text(hocon, "bench.conf", {}, problems).to_json_text();
  if (problems.has_errors()) {
    fmt::print(stderr, "{}\n", problems.all().front().message);
    return 1;
  }
  constexpr int rounds = 5;
  const double baseline = best_seconds(rounds, [&] {
    if (Json::parse(json).empty()) std::abort();
  });
  const double as_hocon = best_seconds(rounds, [&] { read_hocon_text(hocon, "bench.conf", {}, problems); });
  const double as_json = best_seconds(rounds, [&] { read_hocon_text(json, "bench.json", {}, problems); });
  fmt::print("nlohmann::json::parse   {:5.1f} MB  {:6.1f} ms\n", static_cast<double>(json.size()) / 1e6,
             baseline * 1e3);
  fmt::print("read_hocon_text, HOCON  {:5.1f} MB  {:6.1f} ms  {:.2f}x\n", static_cast<double>(hocon.size()) / 1e6,
             as_hocon * 1e3, as_hocon / baseline);
  fmt::print("read_hocon_text, JSON   {:5.1f} MB  {:6.1f} ms  {:.2f}x\n", static_cast<double>(json.size()) / 1e6,
             as_json * 1e3, as_json / baseline);
  return 0;
}
