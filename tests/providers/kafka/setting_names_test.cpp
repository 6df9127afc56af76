// Which names of settings are taken for mistakes, against Kafka's own library.
#include <fmt/format.h>

#include <catch2/catch_all.hpp>

#include "sdk/support/kafka_names.h"
#include "tests/support/cache.h"
#include "tests/support/oracle_process.h"

namespace cloudflow::testing {

TEST_CASE("no setting that Kafka's own library knows is taken for a mistake, and a slip in it is", "[names][slow]") {
  const std::vector<std::string> names =
      ask(fmt::format("java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '{}/kafka/lib/*' {}", cache_folder(),
                      CLOUDFLOW_SOURCE_DIR "/tests/oracles/kafka/SettingNames.java"),
          {});
  CHECK(names.size() > 150);
  for (const std::string& line : names) {
    const std::size_t ns = line.find(' ');
    const std::string name = line.substr(ns + 1);
    const auto near = line.starts_with("topic ") ? near_topic_setting : near_client_setting;
    if (name.starts_with("internal.")) continue;
    CAPTURE(line);
    CHECK(near(name).empty());
    if (name.size() < 6) continue;
    std::string slip = name;
    std::swap(slip[2], slip[3]);
    if (slip != name) CHECK(near(slip) == fmt::format("did you mean \"{}\"?", name));
  }
}

TEST_CASE("Kafka's rule for names of topics is known", "[names]") {
  for (const std::string& name : {std::string("a"), std::string("A.b_c-9"), std::string("..."), std::string(249, 'x')})
    CHECK(is_topic_name(name));
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), std::string("../x"),
                                  std::string("é"), std::string(250, 'x')})
    CHECK_FALSE(is_topic_name(name));
}

TEST_CASE("settings of plug-ins and managed services are no mistakes", "[names]") {
  for (const char* name :
       {"schema.registry.url", "auto.register.schemas", "value.subject.name.strategy", "basic.auth.credentials.source",
        "apicurio.registry.auto-register", "oauth.ssl.truststore.location", "oauth.token.endpoint.uri"})
    CHECK(near_client_setting(name).empty());
  for (const char* name : {"confluent.value.schema.validation", "confluent.tier.enable", "redpanda.remote.read",
                           "retention.local.target.ms", "diskless.enable"})
    CHECK(near_topic_setting(name).empty());
}

}  // namespace cloudflow::testing
