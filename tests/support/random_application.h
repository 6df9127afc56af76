// Applications made from a seed, for properties.
#pragma once

#include <fmt/format.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace cloudflow::testing {

/// The files of a valid project: containers wired by topics at random, some with parameters, servers and replicas.
inline std::map<std::string, std::string> random_application(unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  const unsigned topics = 1 + pick(5);
  const unsigned streamlets = 1 + pick(8);
  std::vector<std::vector<std::string>> producers(topics);
  std::vector<std::vector<std::string>> consumers(topics);
  std::string blueprint = "blueprint {\n  streamlets {\n";
  std::string config = "cloudflow.runtimes.container.config.level = " + std::to_string(pick(3)) + "\n";
  for (unsigned i = 0; i < streamlets; ++i) {
    std::string ports;
    for (unsigned k = 0; k < pick(3); ++k) {
      ports += fmt::format(" inlets.in{} = {{schema = bytearray}}\n", k);
      consumers[pick(topics)].push_back(fmt::format("s{}.in{}", i, k));
    }
    for (unsigned k = 0; k < pick(3); ++k) {
      ports += fmt::format(" outlets.out{} = {{schema = bytearray}}\n", k);
      producers[pick(topics)].push_back(fmt::format("s{}.out{}", i, k));
    }
    if (pick(2) == 0) {
      ports += " config-parameters.rate = {type = int32, default = 3}\n";
      if (pick(2) == 0) config += fmt::format("cloudflow.streamlets.s{}.config-parameters.rate = {}\n", i, pick(100));
    }
    if (pick(3) == 0) ports += " server = true\n";
    if (pick(3) == 0) ports += fmt::format(" replicas = {}\n", pick(4));
    blueprint += fmt::format("    s{} {{ image = \"registry.example.com/s:{}\"\n{}    }}\n", i, pick(3), ports);
  }
  blueprint += "  }\n  topics {\n";
  for (unsigned i = 0; i < topics; ++i) {
    blueprint += fmt::format("    t{} {{ producers = [{}], consumers = [{}], partitions = {} }}\n", i,
                             fmt::join(producers[i], ", "), fmt::join(consumers[i], ", "), 1 + pick(6));
  }
  blueprint += "  }\n}\n";
  return {{"cloudflow.yaml",
           "application: random\nversion: \"1\"\nblueprint: blueprint.conf\nconfig: [app.conf]\nenvironments:\n  "
           "test:\n    kafka:\n"
           "      default: {bootstrap-servers: \"127.0.0.1:9092\", partitions: 2, replicas: 1}\n"},
          {"blueprint.conf", blueprint},
          {"app.conf", config}};
}

}  // namespace cloudflow::testing
