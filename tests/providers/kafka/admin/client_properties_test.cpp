// Java client properties as librdkafka settings.
#include "providers/kafka/admin/client_properties.h"

#include <catch2/catch_all.hpp>

namespace cloudflow {
namespace {

std::map<std::string, Secret> given(const std::map<std::string, std::string>& texts) {
  std::map<std::string, Secret> out;
  for (const auto& [name, text] : texts) out.emplace(name, Secret(text));
  return out;
}

std::map<std::string, std::string> revealed(const std::map<std::string, Secret>& secrets) {
  std::map<std::string, std::string> out;
  for (const auto& [name, secret] : secrets) out.emplace(name, secret.reveal());
  return out;
}

using Texts = std::map<std::string, std::string>;

Texts settings(const Texts& texts) {
  const Result<ClientProperties> properties = client_properties(given(texts));
  if (!properties) FAIL(properties.error().message);
  return revealed(properties->settings);
}

std::string problem(const Texts& texts) {
  const Result<ClientProperties> properties = client_properties(given(texts));
  return properties ? "none" : properties.error().message;
}

}  // namespace

TEST_CASE("SASL by a JAAS line", "[properties]") {
  const Texts wanted{{"security.protocol", "sasl_ssl"},
                     {"sasl.mechanisms", "SCRAM-SHA-512"},
                     {"sasl.username", "app"},
                     {"sasl.password", "p\"a;s\\s = x"}};
  CHECK(
      settings(
          {{"security.protocol", "SASL_SSL"},
           {"sasl.mechanism", "SCRAM-SHA-512"},
           {"sasl.jaas.config",
            R"(org.apache.kafka.common.security.scram.ScramLoginModule required username="app" password="p\"a;s\\s = x";)"}}) ==
      wanted);
  CHECK(settings({{"sasl.mechanism", "PLAIN"},
                  {"sasl.jaas.config",
                   "  org.apache.kafka.common.security.plain.PlainLoginModule  required\n  "
                   "password='password=\"no\"'\n  username = app;"}}) ==
        Texts{{"sasl.mechanisms", "PLAIN"}, {"sasl.username", "app"}, {"sasl.password", "password=\"no\""}});
  CHECK(settings({{"sasl.jaas.config",
                   "x.PlainLoginModule required serviceusername=\"no\" username=\"yes\" password=\"\";"}}) ==
        Texts{{"sasl.username", "yes"}, {"sasl.password", ""}});
}

TEST_CASE("a JAAS line that cannot be used", "[properties]") {
  CHECK(problem({{"sasl.jaas.config", "com.sun.security.auth.module.Krb5LoginModule required;"}}) ==
        "sasl.jaas.config: the login module must be PlainLoginModule or ScramLoginModule");
  CHECK(problem({{"sasl.jaas.config", "x.PlainLoginModule required username=\"app\";"}}) ==
        "sasl.jaas.config: has no username=\"…\" and password=\"…\"");
  CHECK(problem({{"sasl.jaas.config", "x.PlainLoginModule required username=\"app\" password=\"open"}}) ==
        "sasl.jaas.config: it does not end with \";\"");
  CHECK(problem({{"sasl.jaas.config", ""}}) == "sasl.jaas.config: it names no login module");
  CHECK(problem({{"sasl.mechanism", "GSSAPI"}}) ==
        "sasl.mechanism: \"GSSAPI\" is not supported, only PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512");
  CHECK(problem({{"security.protocol", "SASL_TLS"}}) ==
        "security.protocol: \"SASL_TLS\" is not one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL");
}

TEST_CASE("trust stores and key stores", "[properties]") {
  CHECK(settings({{"ssl.truststore.type", "PEM"}, {"ssl.truststore.location", "/etc/ca.pem"}}) ==
        Texts{{"ssl.ca.location", "/etc/ca.pem"}});
  CHECK(settings({{"ssl.truststore.location", "/etc/ca.crt"}}) == Texts{{"ssl.ca.location", "/etc/ca.crt"}});
  CHECK(settings({{"ssl.truststore.type", "PEM"}, {"ssl.truststore.certificates", "-----BEGIN"}}) ==
        Texts{{"ssl.ca.pem", "-----BEGIN"}});
  CHECK(settings(
            {{"ssl.keystore.type", "PEM"}, {"ssl.keystore.location", "/etc/client.pem"}, {"ssl.key.password", "k"}}) ==
        Texts{{"ssl.certificate.location", "/etc/client.pem"},
              {"ssl.key.location", "/etc/client.pem"},
              {"ssl.key.password", "k"}});
  CHECK(settings({{"ssl.keystore.certificate.chain", "C"}, {"ssl.keystore.key", "K"}}) ==
        Texts{{"ssl.certificate.pem", "C"}, {"ssl.key.pem", "K"}});
  CHECK(settings({{"ssl.keystore.location", "/etc/client.p12"}, {"ssl.keystore.password", "s"}}) ==
        Texts{{"ssl.keystore.location", "/etc/client.p12"}, {"ssl.keystore.password", "s"}});
  CHECK(problem({{"ssl.keystore.location", "/etc/client.jks"}}) ==
        "ssl.keystore.location: a JKS key store cannot be read here, PKCS12 and PEM can");
  CHECK(problem({{"ssl.truststore.location", "/etc/trust.p12"}}) ==
        "ssl.truststore.location: a PKCS12 trust store cannot be read here, PEM can");
  CHECK(client_properties(given({{"ssl.keystore.location", "/etc/client.jks"}})).error().hint ==
        "convert it: keytool -importkeystore -srckeystore STORE -destkeystore STORE.p12 -deststoretype PKCS12, then "
        "ssl.keystore.type = PKCS12");
}

TEST_CASE("the host name check can be switched off as in Java", "[properties]") {
  CHECK(settings({{"ssl.endpoint.identification.algorithm", ""}}) ==
        Texts{{"ssl.endpoint.identification.algorithm", "none"}});
  CHECK(settings({{"ssl.endpoint.identification.algorithm", "HTTPS"}}) ==
        Texts{{"ssl.endpoint.identification.algorithm", "https"}});
  CHECK(problem({{"ssl.endpoint.identification.algorithm", "ldaps"}}) ==
        "ssl.endpoint.identification.algorithm: \"ldaps\" is neither \"https\" nor empty");
}

TEST_CASE("what has no meaning here is kept apart, with the reason", "[properties]") {
  const Result<ClientProperties> properties = client_properties(given({{"key.serializer", "x"},
                                                                       {"ssl.protocol", "TLSv1.3"},
                                                                       {"bootstrap.servers", "old:9092"},
                                                                       {"ssl.ca.pem", "C"},
                                                                       {"metrics.num.samples", "2"},
                                                                       {"plugin.library.paths", "/tmp/evil.so"}}));
  REQUIRE(properties);
  CHECK(properties->settings.empty());
  CHECK(revealed(properties->perhaps) == Texts{{"ssl.ca.pem", "C"}});
  CHECK(properties->ignored == Texts{{"key.serializer", "only for producers and consumers"},
                                     {"metrics.num.samples", "no metrics are reported"},
                                     {"plugin.library.paths", "loads code, which a configuration file may not do"},
                                     {"ssl.protocol", "names a setting of Java's TLS; OpenSSL's own choice is used"}});
}

}  // namespace cloudflow
