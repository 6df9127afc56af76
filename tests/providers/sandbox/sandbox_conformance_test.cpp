#include <catch2/catch_all.hpp>

#include <filesystem>

#include "cloudflow/testing/provider_conformance.h"
#include "providers/sandbox/embedded_topics.h"
#include "providers/sandbox/process_provider.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;

TEST_CASE("topics of the embedded broker keep the rules of providers", "[sandbox]") {
  const auto broker = EmbeddedBroker::start();
  REQUIRE(broker);
  EmbeddedTopics provider(**broker);
  const auto topic = [](const std::string& name, int partitions) {
    return Resource{.id = {"kafka", "Topic", "default", name}, .spec = {{"partitions", partitions}}};
  };
  const ProviderSample sample{.resources = {topic("a", 1), topic("b", 4)},
                              .changed = topic("a", 3),
                              .unknown = {"kafka", "Topic", "default", "none"}};
  CHECK(broken_rules(provider, sample) == std::vector<std::string>{});
}

TEST_CASE("processes keep the rules of providers", "[sandbox][slow]") {
  const TempFolder work;
  ProcessProvider provider(work.path(""), {});
  const auto process = [](const std::string& name, const std::string& value) {
    return Resource{
        .id = {"sandbox", "Process", "", name},
        .spec = {{"command", {"sleep", "60"}}, {"documents", {{"secret.conf", {{"cloudflow", {{"value", value}}}}}}}}};
  };
  const ProviderSample sample{.resources = {process("a", "one"), process("b", "two")},
                              .changed = process("a", "three"),
                              .unknown = {"sandbox", "Process", "", "none"}};
  CHECK(broken_rules(provider, sample) == std::vector<std::string>{});
}
