// The table between the two vocabularies, and the key store formats.
#include "providers/kafka/admin/client_properties.h"

#include <fmt/format.h>

#include <array>
#include <set>
#include <string_view>

#include "providers/kafka/admin/jaas.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Properties = std::map<std::string, Secret>;

/// Same meaning and values on both sides, under another or the same name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> renamed{{
    {"ssl.truststore.certificates", "ssl.ca.pem"},
    {"ssl.keystore.certificate.chain", "ssl.certificate.pem"},
    {"ssl.keystore.key", "ssl.key.pem"},
    {"ssl.key.password", "ssl.key.password"},
    {"client.id", "client.id"},
    {"sasl.username", "sasl.username"},
    {"sasl.password", "sasl.password"},
}};

/// Understood by the functions below, not by the table.
const std::set<std::string_view> handled{
    "security.protocol",     "sasl.mechanism",          "sasl.mechanisms",   "sasl.jaas.config",
    "ssl.truststore.type",   "ssl.truststore.location", "ssl.keystore.type", "ssl.keystore.location",
    "ssl.keystore.password", "ssl.truststore.password", "bootstrap.servers", "ssl.endpoint.identification.algorithm"};

const std::string* text_of(const Properties& properties, std::string_view name) {
  const auto found = properties.find(std::string(name));
  return found == properties.end() ? nullptr : &found->second.reveal();
}

/// Why a Java client property means nothing to us; empty when it may mean something to librdkafka.
std::string_view reason_to_ignore(std::string_view name) {
  if (name.ends_with(".serializer") || name.ends_with(".deserializer") || name == "group.id" || name == "acks" ||
      name.starts_with("auto.offset") || name.starts_with("interceptor")) {
    return "only for producers and consumers";
  }
  if (name == "ssl.protocol" || name == "ssl.enabled.protocols" || name == "ssl.cipher.suites" ||
      name == "ssl.provider" || name.starts_with("ssl.trustmanager") || name.starts_with("ssl.keymanager") ||
      name == "ssl.secure.random.implementation" || name == "security.providers") {
    return "names a setting of Java's TLS; OpenSSL's own choice is used";
  }
  if (name.ends_with(".class") || name.starts_with("sasl.login.") || name.starts_with("sasl.kerberos.")) {
    return "names Java code or Kerberos";
  }
  if (name == "request.timeout.ms" || name == "default.api.timeout.ms" || name.starts_with("reconnect.backoff") ||
      name.starts_with("retry.backoff") || name == "retries" || name == "metadata.max.age.ms" ||
      name == "connections.max.idle.ms") {
    return "deadlines and retries are this program's own";
  }
  if (name.starts_with("metric")) return "no metrics are reported";
  if (name.starts_with("plugin.") || name.starts_with("ssl.engine") || name == "ssl.providers" ||
      name.ends_with("_cb")) {
    return "loads code, which a configuration file may not do";
  }
  return {};
}

Result<void> read_login(const std::string& line, ClientProperties& out) {
  CF_TRY(const JaasEntry entry, read_jaas(line));
  if (!entry.module.ends_with(".PlainLoginModule") && !entry.module.ends_with(".ScramLoginModule")) {
    return failure(ErrorKind::unsupported,
                   "sasl.jaas.config: the login module must be PlainLoginModule or ScramLoginModule",
                   "other mechanisms need a build of librdkafka with Kerberos or OAuth");
  }
  const auto username = entry.options.find("username");
  const auto password = entry.options.find("password");
  if (username == entry.options.end() || password == entry.options.end())
    return failure(ErrorKind::invalid_input, "sasl.jaas.config: has no username=\"…\" and password=\"…\"");
  out.settings.insert_or_assign("sasl.username", Secret(username->second));
  out.settings.insert_or_assign("sasl.password", Secret(password->second));
  return {};
}

Result<void> read_mechanism(const Properties& properties, ClientProperties& out) {
  const std::string* mechanism = text_of(properties, "sasl.mechanism");
  if (mechanism == nullptr) mechanism = text_of(properties, "sasl.mechanisms");
  if (mechanism == nullptr) return {};
  if (*mechanism != "PLAIN" && *mechanism != "SCRAM-SHA-256" && *mechanism != "SCRAM-SHA-512") {
    return failure(ErrorKind::unsupported,
                   fmt::format("sasl.mechanism: {} is not supported, only PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512",
                               quote(*mechanism)));
  }
  out.settings.insert_or_assign("sasl.mechanisms", Secret(*mechanism));
  return {};
}

/// PEM, PKCS12 or JKS: as said, else by the file's ending, else JKS as in Java.
std::string store_type(const Properties& properties, std::string_view store, const std::string& location) {
  if (const std::string* type = text_of(properties, fmt::format("ssl.{}.type", store))) return *type;
  const std::string name = lower(location);
  if (name.ends_with(".p12") || name.ends_with(".pfx") || name.ends_with(".pkcs12")) return "PKCS12";
  if (name.ends_with(".pem") || name.ends_with(".crt") || name.ends_with(".cer")) return "PEM";
  return "JKS";
}

Result<void> read_truststore(const Properties& properties, ClientProperties& out) {
  const std::string* location = text_of(properties, "ssl.truststore.location");
  if (location == nullptr) return {};
  const std::string type = store_type(properties, "truststore", *location);
  if (type != "PEM") {
    return failure(
        ErrorKind::unsupported,
        fmt::format("ssl.truststore.location: a {} trust store cannot be read here, PEM can", type),
        "convert it: keytool -exportcert -rfc -keystore STORE -alias ALIAS > ca.pem, then ssl.truststore.type = PEM");
  }
  out.settings.insert_or_assign("ssl.ca.location", Secret(*location));
  return {};
}

Result<void> read_keystore(const Properties& properties, ClientProperties& out) {
  const std::string* location = text_of(properties, "ssl.keystore.location");
  if (location == nullptr) return {};
  const std::string type = store_type(properties, "keystore", *location);
  if (type == "PEM") {  // Java keeps the key and its certificates in one file
    out.settings.insert_or_assign("ssl.certificate.location", Secret(*location));
    out.settings.insert_or_assign("ssl.key.location", Secret(*location));
    return {};
  }
  if (type == "PKCS12") {
    out.settings.insert_or_assign("ssl.keystore.location", Secret(*location));
    if (const std::string* password = text_of(properties, "ssl.keystore.password")) {
      out.settings.insert_or_assign("ssl.keystore.password", Secret(*password));
    }
    return {};
  }
  return failure(ErrorKind::unsupported,
                 fmt::format("ssl.keystore.location: a {} key store cannot be read here, PKCS12 and PEM can", type),
                 "convert it: keytool -importkeystore -srckeystore STORE -destkeystore STORE.p12 -deststoretype "
                 "PKCS12, then ssl.keystore.type = PKCS12");
}

Result<void> read_protocol(const Properties& properties, ClientProperties& out) {
  const std::string* protocol = text_of(properties, "security.protocol");
  if (protocol == nullptr) return {};
  static const std::vector<std::string> known{"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"};
  for (const std::string& one : known) {
    if (lower(one) != lower(*protocol)) continue;
    out.settings.insert_or_assign("security.protocol", Secret(lower(one)));
    return {};
  }
  return failure(ErrorKind::invalid_input,
                 fmt::format("security.protocol: {} is not one of {}", quote(*protocol), join(known, ", ")),
                 did_you_mean(*protocol, known));
}

Result<void> read_endpoint_check(const Properties& properties, ClientProperties& out) {
  const std::string* algorithm = text_of(properties, "ssl.endpoint.identification.algorithm");
  if (algorithm == nullptr) return {};
  const std::string wanted = lower(*algorithm);
  if (!wanted.empty() && wanted != "https" && wanted != "none") {
    return failure(
        ErrorKind::invalid_input,
        fmt::format("ssl.endpoint.identification.algorithm: {} is neither \"https\" nor empty", quote(*algorithm)));
  }
  out.settings.insert_or_assign("ssl.endpoint.identification.algorithm", Secret(wanted == "https" ? "https" : "none"));
  return {};
}

}  // namespace

Result<ClientProperties> client_properties(const std::map<std::string, Secret>& properties) {
  ClientProperties out;
  CF_CHECK(read_protocol(properties, out));
  CF_CHECK(read_mechanism(properties, out));
  if (const std::string* jaas = text_of(properties, "sasl.jaas.config")) CF_CHECK(read_login(*jaas, out));
  CF_CHECK(read_truststore(properties, out));
  CF_CHECK(read_keystore(properties, out));
  CF_CHECK(read_endpoint_check(properties, out));
  for (const auto& [java, ours] : renamed) {
    if (const std::string* value = text_of(properties, java))
      out.settings.insert_or_assign(std::string(ours), Secret(*value));
  }
  for (const auto& [name, value] : properties) {
    if (handled.contains(name)) continue;
    bool in_table = false;
    for (const auto& [java, ours] : renamed) in_table = in_table || java == name;
    if (in_table) continue;
    if (const std::string_view reason = reason_to_ignore(name); !reason.empty()) {
      out.ignored.emplace(name, reason);
    } else {
      out.perhaps.emplace(name, value);
    }
  }
  return out;
}

}  // namespace cloudflow
