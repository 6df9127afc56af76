// SCRAM over TLS against a real broker, with the properties that Java clients use.
#include "tests/kafka/topic_fixture.h"
#include "tests/support/kafkabed.h"

namespace cloudflow::testing {
namespace {

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

TEST_CASE("SCRAM over TLS", "[broker][secure]") {
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
}

}  // namespace cloudflow::testing
