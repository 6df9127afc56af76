#include "cli/pipeline/outside_values.h"

#include <catch2/catch_all.hpp>

#include "planner/config/read_config.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;

namespace {

ConfigValue hocon(const std::string& text) {
  Diagnostics problems;
  return read_hocon_text(text, "a test", {}, problems);
}

}  // namespace

TEST_CASE("the cluster is asked only for what the source does not say", "[outside]") {
  Application application;
  Environment environment;
  environment.kafka["default"] = {};
  application.topics.push_back({.id = "calls"});
  CHECK_FALSE(facts_needed(application, environment, {}).any());

  SECTION("the Kafka cluster of a topic") {
    application.topics.front().cluster = "other";
    CHECK(facts_needed(application, environment, {}).kafka_clusters == std::set<std::string>{"other"});
  }
  SECTION("the default cluster") {
    environment.kafka.clear();
    CHECK(facts_needed(application, environment, {}).kafka_clusters == std::set<std::string>{"default"});
  }
  SECTION("a cluster that configuration names") {
    const auto config = hocon("cloudflow.topics.calls.cluster = eu");
    CHECK(facts_needed(application, environment, config).kafka_clusters == std::set<std::string>{"eu"});
  }
  SECTION("claims of runtimes that have one by default") {
    application.runtimes["flink"].storage = SharedStorage{.claim = "cloudflow-flink", .path = "/mnt/flink/storage"};
    application.streamlets.push_back({.name = "s", .runtime = "flink"});
    CHECK(facts_needed(application, environment, {}).claims);
  }
  SECTION("no claim for a runtime without") {
    application.streamlets.push_back({.name = "s", .runtime = "akka"});
    CHECK_FALSE(facts_needed(application, environment, {}).any());
  }
  SECTION("claims that configuration mounts") {
    CHECK(facts_needed(application, environment, hocon("a.b.pvc.name = x")).claims);
  }
  SECTION("registries where there are credentials to add") {
    environment.pull_credentials.emplace();
    CHECK(facts_needed(application, environment, {}).registries);
  }
}

TEST_CASE("of a cluster's secret only addresses and counts are ever shown", "[outside]") {
  Diagnostics problems;
  const FactsRead read{.kafka_clusters = {{"default", Secret("bootstrap.servers = \"k:9092\", partitions = 3, "
                                                             "connection-config.sasl.jaas.config = hush")}}};
  const ClusterFacts facts = facts_of(read, {.kafka_clusters = {"default"}}, problems);
  CHECK(problems.empty());
  CHECK(facts.online);
  const ConfigValue& cluster = facts.kafka.at("default");
  CHECK_FALSE(cluster.dotted("bootstrap.servers")->is_secret());
  CHECK_FALSE(cluster.dotted("partitions")->is_secret());
  CHECK(cluster.dotted("connection-config.sasl.jaas.config")->is_secret());
}

TEST_CASE("a broken secret of a cluster is told only to those who use it", "[outside]") {
  const FactsRead read{.kafka_clusters = {{"theirs", Secret("bootstrap { servers = ")}}};
  Diagnostics problems;
  CHECK(facts_of(read, {.kafka_clusters = {"default"}}, problems).kafka.empty());
  CHECK(problems.empty());
  facts_of(read, {.kafka_clusters = {"theirs"}}, problems);
  CHECK(problems.has_errors());
}

TEST_CASE("values from outside say what could not be had, and never what a command printed", "[outside]") {
  const cloudflow::testing::TempFolder folder;
  folder.write("password", "hush");
  const auto secret = [](const std::string&, const std::string&) -> Result<std::string> { return std::string("s"); };
  const ExternalLookup lookup = lookup_online(folder.path("."), secret, {});
  CHECK(lookup.file("password") == "hush");
  CHECK(lookup.file("none").error().message == "the file \"none\" cannot be read");
  CHECK(lookup.environment("CLOUDFLOW_TEST_NOT_SET").error().message ==
        "the environment variable \"CLOUDFLOW_TEST_NOT_SET\" is not set");
  CHECK(lookup.command({"cat", "password"}) == "hush");
  const auto failed = lookup.command({"sh", "-c", "cat password; echo no >&2; exit 3"});
  REQUIRE_FALSE(failed);
  CHECK_THAT(failed.error().message, ContainsSubstring("ended with status 3: no"));
  CHECK_THAT(failed.error().message, !ContainsSubstring("hush"));
  CHECK(lookup_offline().file("password") == "<from-outside>");
}
