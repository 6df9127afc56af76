#include "cli/pipeline/kafka_clusters.h"

#include <catch2/catch_all.hpp>

#include "planner/config/read_config.h"

using namespace cloudflow;

namespace {

ConfigValue hocon(const std::string& text) {
  Diagnostics problems;
  return read_hocon_text(text, "cluster.conf", {}, problems);
}

}  // namespace

TEST_CASE("a Kafka cluster is connected to as configuration says", "[kafka-clusters]") {
  EffectiveConfig config;
  config.clusters["default"] = hocon(R"(
    bootstrap.servers = "a:9092"
    connection-config { security.protocol = SASL_SSL, "sasl.mechanism" = PLAIN, list = [1, 2], nothing = null }
  )");
  config.clusters["eu"] = hocon("bootstrap.servers = \"eu:9092\"");
  config.other_clusters["spare"] = hocon("bootstrap.servers = \"s:9092\"");
  Environment environment;
  environment.kafka["eu"].cluster_id = "pinned";
  environment.policy.unrelated_groups = {"pay-*"};
  const std::vector<KafkaClusterOptions> clusters = kafka_clusters_of(config, environment);
  REQUIRE(clusters.size() == 3);

  CHECK(clusters[0].name == "default");
  CHECK(clusters[0].bootstrap_servers == "a:9092");
  CHECK(clusters[0].where.value().text() == "cluster.conf:2:25");
  CHECK(clusters[0].cluster_id.empty());
  std::map<std::string, std::string> properties;
  for (const auto& [name, value] : clusters[0].properties) properties.emplace(name, value.reveal());
  CHECK(properties == std::map<std::string, std::string>{
                          {"security.protocol", "SASL_SSL"}, {"sasl.mechanism", "PLAIN"}, {"list", "1,2"}});
  CHECK(clusters[1].cluster_id == "pinned");
  CHECK_FALSE(clusters[1].is_spare);
  CHECK(clusters[2].name == "spare");
  CHECK(clusters[2].is_spare);
  for (const KafkaClusterOptions& cluster : clusters)
    CHECK(cluster.unrelated_groups == std::vector<std::string>{"pay-*"});

  CHECK(clusters_by_brokers(config) ==
        std::map<std::string, std::string>{{"a:9092", "default"}, {"eu:9092", "eu"}, {"s:9092", "spare"}});
}
