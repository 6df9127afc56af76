// Environments that meet on a Kafka cluster.
#include "planner/project/shared_kafka.h"

#include <catch2/catch_all.hpp>

#include "planner/project/read_project.h"
#include "tests/planner/render/sensors.h"

namespace cloudflow {
namespace {

std::string warnings_of(const std::string& environments) {
  const testing::MemoryTree tree(
      {{"cloudflow.yaml", "application: shop\nversion: 1.0.0\nenvironments:\n" + environments},
       {"blueprint.conf", ""}});
  Diagnostics problems;
  const auto project = read_project(tree, "cloudflow.yaml", {}, problems);
  REQUIRE(project);
  warn_of_shared_kafka(*project, problems);
  return testing::texts(problems);
}

}  // namespace

TEST_CASE("environments that meet on one Kafka cluster are warned about", "[model][project]") {
  const std::string prod =
      "  prod: {kubernetes: {namespace: prod}, kafka: {default: {bootstrap-servers: \"k1:9092, k2:9092\"}}}\n";
  CHECK(
      warnings_of(prod + "  test: {kubernetes: {namespace: test}, kafka: {default: {bootstrap-servers: K2:9092}}}\n") ==
      "cloudflow.yaml:5:58: warning: environments \"prod\" and \"test\" are both on Kafka cluster \"default\" "
      "(k2:9092) with "
      "the same topics, and their consumer groups take each other's records (give one of them a topic-prefix and a "
      "group-prefix)\n");
  CHECK(warnings_of(prod +
                    "  test: {kubernetes: {namespace: test}, group-prefix: t., kafka: {default: {bootstrap-servers: "
                    "k1:9092}}}\n") ==
        "cloudflow.yaml:5:76: warning: environments \"prod\" and \"test\" are both on Kafka cluster \"default\" "
        "(k1:9092) with "
        "the same topics (give one of them a topic-prefix)\n");
  CHECK(warnings_of(prod +
                    "  test: {kubernetes: {namespace: test}, topic-prefix: t-, kafka: {default: {bootstrap-servers: "
                    "k1:9092}}}\n") ==
        "cloudflow.yaml:5:76: warning: environments \"prod\" and \"test\" are both on Kafka cluster \"default\" "
        "(k1:9092) with the same consumer groups on different topics, which rebalance and count as one (give one of "
        "them a group-prefix)\n");
  for (const char* apart :
       {"  test: {kubernetes: {namespace: test}, topic-prefix: t-, group-prefix: t., kafka: {default: "
        "{bootstrap-servers: k1:9092}}}\n",
        "  test: {kubernetes: {namespace: prod}, topic-prefix: t-, kafka: {default: {bootstrap-servers: k1:9092}}}\n",
        "  test: {kubernetes: {namespace: test}, kafka: {default: {bootstrap-servers: other:9092}}}\n",
        "  test: {kubernetes: {namespace: test}, kafka: {other: {bootstrap-servers: k1:9092}}}\n",
        "  test: {kubernetes: {namespace: test}, kafka: {default: {bootstrap-servers: {from-env: SERVERS}}}}\n",
        "  test: {kubernetes: {namespace: prod}, kafka: {default: {bootstrap-servers: k1:9092}}}\n"})
    CHECK(warnings_of(prod + apart).empty());
}

TEST_CASE("environments that take their brokers from one place outside git may meet", "[model][project]") {
  const auto environment = [](const std::string& name, const std::string& servers, const std::string& more = "") {
    return "  " + name + ": {kubernetes: {namespace: " + name + "}, kafka: {default: {bootstrap-servers: " + servers +
           more + "}}}\n";
  };
  const auto said = [&](const std::string& place) {
    return "cloudflow.yaml:5:58: warning: environments \"prod\" and \"test\" may both be on Kafka cluster \"default\" "
           "(" +
           place +
           ") with the same topics, and their consumer groups take each other's records (give one of them a "
           "topic-prefix and a group-prefix; if these are two clusters, write the cluster-id of each)\n";
  };
  const auto both = [&](const std::string& servers) {
    return warnings_of(environment("prod", servers) + environment("test", servers));
  };
  CHECK(both("{from-env: KAFKA}") == said("from-env: KAFKA"));
  CHECK(both("{from-file: brokers.txt}") == said("from-file: brokers.txt"));
  CHECK(both("{from-command: [kafka-address, --first]}") == said("from-command"));
  CHECK(both("{from-secret: kafka/servers}").empty());  // each namespace has its own
  const std::string prod = environment("prod", "{from-env: KAFKA}");
  CHECK(warnings_of(prod + environment("test", "{from-env: OTHER_KAFKA}")).empty());
  CHECK(warnings_of(prod + environment("test", "{from-file: KAFKA}")).empty());
  CHECK(warnings_of(environment("prod", "{from-env: KAFKA}", ", cluster-id: AAAAAAAAAAAAAAAAAAAAAA") +
                    environment("test", "{from-env: KAFKA}", ", cluster-id: BBBBBBBBBBBBBBBBBBBBBB"))
            .empty());
}

TEST_CASE("brokers that HOCON takes from a variable are compared and not shown", "[model][project]") {
  const testing::MemoryTree tree(
      {{"cloudflow.conf",
        "application = shop, version = 1.0.0\nenvironments {\n  prod { kubernetes.namespace = prod, "
        "kafka.default.bootstrap-servers = ${KAFKA} }\n  test { kubernetes.namespace = test, "
        "kafka.default.bootstrap-servers = ${KAFKA} }\n}\n"},
       {"blueprint.conf", ""}});
  Diagnostics problems;
  const auto project = read_project(
      tree, "cloudflow.conf", [](std::string_view) { return std::optional<std::string>("hidden.example:9092"); },
      problems);
  REQUIRE(project);
  warn_of_shared_kafka(*project, problems);
  const std::string said = testing::texts(problems);
  CHECK_THAT(said, Catch::Matchers::ContainsSubstring("are both on Kafka cluster \"default\" (its brokers come from "
                                                      "outside git) with the same topics"));
  CHECK(said.find("hidden.example") == std::string::npos);
}

TEST_CASE("a prefix is what may stand in a name", "[model][project]") {
  CHECK(warnings_of("  test: {topic-prefix: \"a b\"}\n") ==
        "cloudflow.yaml:4:24: error: \"topic-prefix\" of environment \"test\" is \"a b\", wanted letters, digits, "
        "dots, dashes "
        "and underscores\n");
}

}  // namespace cloudflow
