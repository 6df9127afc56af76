// Why a cluster cannot be reached.
#include "providers/kafka/admin/broker_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "sdk/support/port_probe.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// An ApiVersions request: every broker answers it before any login, in the plain or after TLS.
constexpr std::string_view api_versions(
    "\0\0\0\x13\0\x12\0\0\0\0\x2A\x2A\0\x09"
    "cloudflow",
    23);
constexpr std::string_view correlation("\0\0\x2A\x2A", 4);

bool is_broker(std::string_view answer) { return answer.size() >= 8 && answer.substr(4, 4) == correlation; }

bool is_encrypted(std::string_view protocol) { return protocol == "ssl" || protocol == "sasl_ssl"; }

/// "host:port", also "[::1]:9092".
PortQuestion question_for(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  std::string host(address.substr(0, colon));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string port(colon == std::string_view::npos ? "9092" : address.substr(colon + 1));
  return {.host = std::move(host),
          .port = std::atoi(port.c_str()),  // NOLINT(cert-err34-c): 0 is refused like any other wrong port
          .request = std::string(api_versions),
          .is_expected = is_broker};
}

/// Whether what went wrong went wrong at one of the addresses that were given.
bool is_about(std::string_view words, std::string_view bootstrap_servers) {
  const std::string text = lower(words);
  return std::ranges::any_of(split(bootstrap_servers, ','), [&](const std::string& address) {
    return text.find(lower(trimmed(address))) != std::string::npos;
  });
}

/// A broker that answers without TLS.
std::string of_plain_broker(const std::string& address, std::string_view protocol, bool at_given_address) {
  if (is_encrypted(protocol)) {
    return fmt::format(
        "a broker answers at {} without TLS: correct the port, or security.protocol in "
        "connection-config (PLAINTEXT, or SASL_PLAINTEXT with a login)",
        address);
  }
  if (!at_given_address) {
    return fmt::format(
        "a broker answers at {}, but what it names as the cluster's addresses (advertised.listeners) "
        "cannot be reached from here",
        address);
  }
  if (protocol == "sasl_plaintext") return "";
  return fmt::format(
      "a broker answers at {} and ends what follows: if it wants a login, give security.protocol "
      "(SASL_PLAINTEXT), sasl.mechanism and sasl.jaas.config in connection-config",
      address);
}

}  // namespace

std::string why_no_answer(const std::string& bootstrap_servers, std::string_view protocol, std::string_view words) {
  const std::string address(trimmed(split(bootstrap_servers, ',').front()));
  switch (probe_port(question_for(address))) {
    case PortAnswer::unresolved:
      return fmt::format(
          "the name in {} has no address here: correct it; names of Services are known only inside "
          "their cluster",
          address);
    case PortAnswer::refused:
      return fmt::format("nothing listens at {}: correct the port, or start the broker", address);
    case PortAnswer::unreachable:
      return fmt::format("no connection to {} comes about: a firewall or a missing route drops it", address);
    case PortAnswer::silent:
      return fmt::format("something takes connections at {} and says nothing", address);
    case PortAnswer::closed:
      return fmt::format(
          "something takes connections at {} and ends them: it is no broker, does not let this "
          "machine in, or is just starting",
          address);
    case PortAnswer::tls:
      if (is_encrypted(protocol)) return "";
      return fmt::format(
          "TLS is spoken at {}: give security.protocol (SSL, or SASL_SSL with a login) in "
          "connection-config",
          address);
    case PortAnswer::http:
      return fmt::format("HTTP is spoken at {}, so that is no broker: correct the port", address);
    case PortAnswer::other:
      return fmt::format("no broker answers at {}, but something else: correct the port", address);
    case PortAnswer::expected:
      return of_plain_broker(address, protocol, is_about(words, bootstrap_servers));
  }
  return "";
}

}  // namespace cloudflow
