// SCRAM over TLS against a real broker, with the properties that Java clients use.
#include <fmt/format.h>

#include "tests/providers/kafka/topic_fixture.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

std::map<std::string, Secret> plain_login(const std::string& user, const std::string& password) {
  std::map<std::string, Secret> properties;
  properties.emplace("security.protocol", "SASL_PLAINTEXT");
  properties.emplace("sasl.mechanism", "SCRAM-SHA-256");
  properties.emplace("sasl.jaas.config",
                     "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + user +
                         "\" password=\"" + password + "\";");
  return properties;
}

std::map<std::string, Secret> login(const std::string& ca, const std::string& user, const std::string& password) {
  std::map<std::string, Secret> properties;
  properties.emplace("security.protocol", "SASL_SSL");
  properties.emplace("sasl.mechanism", "SCRAM-SHA-256");
  properties.emplace("sasl.jaas.config",
                     "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + user +
                         "\" password=\"" + password + "\";");
  properties.emplace("ssl.truststore.type", "PEM");
  if (!ca.empty()) properties.emplace("ssl.truststore.location", ca);
  return properties;
}

}  // namespace

TEST_CASE("SCRAM over TLS", "[servers][secure]") {
  const auto bed = must(Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {"--secure", "--tls"}));
  const std::string ca = bed->folder() + "/ca.pem";
  const auto connect = [&](const std::map<std::string, Secret>& properties) {
    return must(KafkaProvider::open({{.name = "prod", .bootstrap_servers = bed->bootstrap(), .properties = properties}},
                                    real_clock()));
  };
  const std::string place = "kafka cluster \"prod\" at " + bed->bootstrap() + ": describe cluster: ";

  const auto admin = connect(login(ca, "admin", "admin-secret"));
  const std::string id = must(admin->cluster_ids({})).at("prod");
  CHECK(id.size() == 22);
  const Resource desired = topic("orders", {{"partitions", 2}}, "prod");
  must(admin->apply(must(admin->compare(&desired, nullptr)), {}));
  CHECK(is_ready(*admin, desired.id));

  const auto wrong = connect(login(ca, "admin", "hunter2"))->cluster_ids({});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().kind == ErrorKind::unauthenticated);
  CHECK(wrong.error().message == place + "sasl_ssl://" + bed->bootstrap() +
                                     "/bootstrap: SASL authentication error: Authentication failed during "
                                     "authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256");

  const auto stranger = connect(login("", "admin", "admin-secret"))->cluster_ids({});
  REQUIRE_FALSE(stranger);
  INFO(stranger.error().message);
  CHECK(stranger.error().kind == ErrorKind::unauthenticated);
  CHECK(stranger.error().message.find("certificate verify failed") != std::string::npos);

  std::map<std::string, Secret> plain;
  const auto no_tls = connect(plain)->cluster_ids({});
  REQUIRE_FALSE(no_tls);
  INFO(no_tls.error().message);
  CHECK(no_tls.error().kind == ErrorKind::unavailable);
  CHECK(no_tls.error().hint == "TLS is spoken at " + bed->bootstrap() +
                                   ": give security.protocol (SSL, or SASL_SSL with a login) in connection-config");
}

TEST_CASE("a right that is missing refuses what it hides, and is named", "[servers][secure][slow]") {
  const auto bed = must(Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {"--secure"}));
  const std::string as_admin =
      fmt::format("--bootstrap-server {} --command-config {}/admin.properties ", bed->bootstrap(), bed->folder());
  const auto tool = [&](const std::string& input, const std::string& main_class, const std::string& arguments) {
    REQUIRE(run_kafka_tool(input, main_class, as_admin + arguments));
  };
  const auto allow = [&](const std::string& what) {
    tool("true", "org.apache.kafka.tools.AclCommand", "--add --allow-principal User:app " + what);
  };
  tool("true", "kafka.admin.ConfigCommand",
       "--alter --add-config 'SCRAM-SHA-256=[password=app-secret]' --entity-type users --entity-name app");
  allow(
      "--operation Create --operation Describe --operation DescribeConfigs --operation AlterConfigs --operation Alter "
      "--operation Delete --topic '*'");
  const auto provider = must(KafkaProvider::open(
      {{.name = "default", .bootstrap_servers = bed->bootstrap(), .properties = plain_login("app", "app-secret")}},
      real_clock()));
  const Resource old = topic("old", {{"partitions", 1}, {"replicas", 1}});
  const Resource kept = topic("kept", {{"replicas", 1}, {"config", {{"retention.ms", "9000000000"}}}});
  for (const Resource* desired : {&old, &kept}) {
    must(provider->apply(must(provider->compare(desired, nullptr)), {}));
    REQUIRE(is_ready(*provider, desired->id));
  }
  tool("seq 5", "org.apache.kafka.tools.ConsoleProducer", "--topic old");
  tool("true", "org.apache.kafka.tools.consumer.ConsoleConsumer",
       "--topic old --group theirs --from-beginning --max-messages 5");
  const Inventory ledger = owner_of(must(provider->cluster_ids({})).at("default"), {"old", "kept"});
  // Only the settings of "kept" are asked for: "old" goes, and nothing else shows what retention falls back to.
  const Resource usual = topic("kept", {{"replicas", 1}, {"config", Json::object()}});
  const auto plan = [&] {
    const std::vector<Live> owned = must(provider->read(std::span(&usual, 1), ledger, {}));
    std::vector<Change> changes{must(provider->compare(nullptr, live_of(owned, "old"))),
                                must(provider->compare(&usual, live_of(owned, "kept")))};
    CHECK(must(provider->verify(changes, {})).empty());
    return changes;
  };
  CHECK(plan()[0].refused.value_or("") ==
        "which groups read it is not known: the right Describe on the cluster is missing");
  allow("--operation Describe --cluster");
  const std::string hidden =
      "group theirs: it is not known whether it reads this topic: the right Describe on the group is missing";
  REQUIRE(eventually([&] { return plan()[0].refused.value_or("") == hidden; }));
  CHECK(plan()[1].refused == std::nullopt);
  allow("--operation Describe --group '*'");
  REQUIRE(eventually([&] { return plan()[0].refused == std::nullopt; }));
  CHECK(losses_of(plan()[0]) == std::vector<std::string>{"the topic with 5 records in 1 partition"});
}

TEST_CASE("without the right DescribeConfigs on the cluster a default may be unknown, and records may be lost",
          "[servers][secure][slow]") {
  const auto bed = must(Kafkabed::start(CLOUDFLOW_SOURCE_DIR, {"--secure"}));
  const std::string as_admin =
      fmt::format("--bootstrap-server {} --command-config {}/admin.properties ", bed->bootstrap(), bed->folder());
  const auto allow = [&](const std::string& what) {
    REQUIRE(run_kafka_tool("true", "org.apache.kafka.tools.AclCommand",
                           as_admin + "--add --allow-principal User:app " + what));
  };
  REQUIRE(run_kafka_tool("true", "kafka.admin.ConfigCommand",
                         as_admin + "--alter --add-config 'SCRAM-SHA-256=[password=app-secret]' --entity-type users "
                                    "--entity-name app"));
  allow("--operation Create --operation Describe --operation DescribeConfigs --operation AlterConfigs --topic '*'");
  const auto provider = must(KafkaProvider::open(
      {{.name = "default", .bootstrap_servers = bed->bootstrap(), .properties = plain_login("app", "app-secret")}},
      real_clock()));
  const Resource kept = topic("kept", {{"replicas", 1}, {"config", {{"retention.ms", "9000000000"}}}});
  must(provider->apply(must(provider->compare(&kept, nullptr)), {}));
  REQUIRE(is_ready(*provider, kept.id));
  const Inventory ledger = owner_of(must(provider->cluster_ids({})).at("default"), {"kept"});
  const Resource usual = topic("kept", {{"replicas", 1}, {"config", Json::object()}});
  const auto loss = [&] {
    const std::vector<Live> live = must(provider->read(std::span(&usual, 1), ledger, {}));
    const Change change = must(provider->compare(&usual, live_of(live, "kept")));
    REQUIRE(change.losses.size() == 1);
    return (change.losses[0].certain ? "loses " : "may lose ") + change.losses[0].what;
  };
  CHECK(loss() == "may lose records past the new limit: retention.ms 9000000000 → (not known)");
  allow("--operation DescribeConfigs --cluster");
  CHECK(eventually([&] { return loss() == "loses records past the new limit: retention.ms 9000000000 → 604800000"; }));
}

}  // namespace cloudflow::testing
