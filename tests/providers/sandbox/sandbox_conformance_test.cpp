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

TEST_CASE("a change that holds a secret value anywhere does not show it", "[sandbox]") {
  const TempFolder work;
  const ProcessProvider provider(work.path(""), {});
  const Json before = {{"command", {"run"}}, {"documents", {{"secret.conf", {{"hosts", {"one", "two"}}}}}}};
  Resource desired{.id = {"sandbox", "Process", "", "a"}, .spec = before};
  desired.secrets = {"/documents/secret.conf/hosts/1"};
  Json after = before;
  SECTION("in a list") { after["documents"]["secret.conf"]["hosts"][1] = "three"; }
  SECTION("in what was a list") { after["documents"]["secret.conf"]["hosts"] = "none"; }
  desired.spec = after;
  const Live live{.id = desired.id, .document = dump({{"spec", before}, {"secrets", desired.secrets}})};
  const auto change = provider.compare(&desired, &live);
  REQUIRE(change);
  REQUIRE(change->fields.size() == 1);
  CHECK(change->fields.front().path == "secret.conf: hosts");
  CHECK(change->fields.front().secret);
}

TEST_CASE("a secret number of partitions is not shown", "[sandbox]") {
  const auto broker = EmbeddedBroker::start();
  REQUIRE(broker);
  const EmbeddedTopics provider(**broker);
  const Resource topic{
      .id = {"kafka", "Topic", "default", "a"}, .spec = {{"partitions", 7}}, .secrets = {"/partitions"}};
  CHECK(provider.headline(topic) == "partitions (secret)");
  const Live live{.id = topic.id, .document = R"({"partitions": 3})"};
  const auto change = provider.compare(&topic, &live);
  REQUIRE(change);
  REQUIRE(change->fields.size() == 1);
  CHECK(change->fields.front().secret);
}
