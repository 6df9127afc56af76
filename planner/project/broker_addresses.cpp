// The addresses of a Kafka cluster as clients take them.
#include "planner/project/broker_addresses.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "planner/project/external_values.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct Wrong {
  std::string what{};
  std::string hint{};
};

std::optional<Wrong> wrong_port(std::string_view port) {
  constexpr int most = 65535;
  int number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error == std::errc() && end == port.data() + port.size() && number >= 1 && number <= most) return std::nullopt;
  return Wrong{fmt::format("has no port from 1 to {}", most), ""};
}

/// What is wrong with one "host:port".
std::optional<Wrong> wrong_address(std::string_view address) {
  if (const std::size_t scheme = address.find("://"); scheme != std::string_view::npos) {
    return Wrong{"begins with the name of a listener or protocol",
                 "write HOST:PORT alone; how to connect is for connection-config: security.protocol"};
  }
  const bool is_bracketed = address.starts_with('[');
  const std::size_t colon = address.rfind(':');
  const std::string_view host = address.substr(0, colon);
  if (colon == std::string_view::npos || (is_bracketed && !host.ends_with(']')))
    return Wrong{"has no port", "write HOST:PORT; brokers usually listen at 9092"};
  const auto is_part_of_name = [](unsigned char c) {
    return (c < 0x80 && std::isalnum(c) != 0) || c == '-' || c == '.' || c == '_' || c == '%' || c == ':';
  };
  const std::string_view name = is_bracketed ? host.substr(1, host.size() - 2) : host;
  if (name.empty() || !std::ranges::all_of(name, is_part_of_name))
    return Wrong{"has no name of a machine", "write HOST:PORT"};
  return wrong_port(address.substr(colon + 1));
}

}  // namespace

void check_broker_addresses(const std::string& cluster, const ConfigValue& servers, Diagnostics& problems) {
  if (!servers.is_scalar() || is_external(servers) || is_placeholder(servers)) return;
  for (const std::string& one : split(servers.text(), ',')) {
    const std::string_view address = trimmed(one);
    if (address.empty()) continue;
    const std::optional<Wrong> wrong = wrong_address(address);
    if (!wrong) continue;
    const std::string named = servers.is_secret() ? "an address in bootstrap-servers" : quote(address);
    problems.error("broker-address", servers.where(),
                   fmt::format("Kafka cluster {}: {} {}", quote(cluster), named, wrong->what), wrong->hint,
                   servers.is_secret() ? 1 : static_cast<int>(servers.text().size()));
  }
}

}  // namespace cloudflow
