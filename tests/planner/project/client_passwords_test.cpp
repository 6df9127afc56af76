// Which settings are secret because Kafka's clients say so.
#include "planner/project/client_passwords.h"

#include <catch2/catch_all.hpp>

#include "tests/planner/render/sensors.h"

namespace cloudflow {
namespace {

std::vector<std::string> secrets_of(const std::string& text) {
  std::vector<std::string> out;
  with_passwords_marked(testing::hocon(text)).each_leaf([&](const std::string& pointer, const ConfigValue& leaf) {
    if (leaf.is_secret()) out.push_back(pointer);
  });
  return out;
}

TEST_CASE("passwords of Kafka clients are secret wherever they are written", "[config][secret]") {
  CHECK(secrets_of("a.connection-config { sasl.jaas.config = x, sasl.mechanism = PLAIN }") ==
        std::vector<std::string>{"/a/connection-config/sasl/jaas/config"});
  CHECK(secrets_of(
            R"(consumer-config { "ssl.key.password" = x, ssl { "keystore.password" = y, key { password = z } } })") ==
        std::vector<std::string>{"/consumer-config/ssl/key/password", "/consumer-config/ssl/keystore.password",
                                 "/consumer-config/ssl.key.password"});
  CHECK(secrets_of(R"("kafka.ssl.truststore.password" = x)") ==
        std::vector<std::string>{"/kafka.ssl.truststore.password"});
}

TEST_CASE("what is only similar is not", "[config][secret]") {
  CHECK(secrets_of(R"(ssl.key.passwords = x, xssl.key.password = x, ssl.key = password, key.password = x,
      "xsasl.jaas.config" = x, sasl.jaas { config { a = b } }, password = x)")
            .empty());
}

}  // namespace
}  // namespace cloudflow
