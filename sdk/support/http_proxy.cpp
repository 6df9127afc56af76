// The rules of no_proxy, which every program has its own of: those of Go.
#include "sdk/support/http_proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Address = std::vector<unsigned char>;  // 4 or 16 bytes

std::optional<Address> address_of(std::string_view text) {
  if (text.size() > 1 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  const std::string name(text);
  Address out(sizeof(in6_addr));
  if (inet_pton(AF_INET6, name.c_str(), out.data()) == 1) return out;
  out.resize(sizeof(in_addr));
  if (inet_pton(AF_INET, name.c_str(), out.data()) == 1) return out;
  return std::nullopt;
}

bool is_this_machine(std::string_view host, const std::optional<Address>& address) {
  if (!address) return host == "localhost" || host.ends_with(".localhost");
  if (address->size() == sizeof(in_addr)) return address->front() == 127;
  return std::all_of(address->begin(), address->end() - 1, [](unsigned char byte) { return byte == 0; }) &&
         address->back() == 1;
}

bool same_beginning(const Address& one, const Address& other, std::size_t bits) {
  constexpr std::size_t byte = 8;
  if (one.size() != other.size() || bits > one.size() * byte) return false;
  const auto whole = static_cast<std::ptrdiff_t>(bits / byte);
  if (!std::equal(one.begin(), one.begin() + whole, other.begin())) return false;
  if (bits % byte == 0) return true;
  const unsigned mask = 0xFFU << (byte - bits % byte);
  const auto at = static_cast<std::size_t>(whole);
  return ((one[at] ^ other[at]) & mask & 0xFFU) == 0;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool excludes(std::string_view rule, std::string_view host, std::string_view port,
              const std::optional<Address>& address) {
  if (rule == "*") return true;
  if (const std::size_t slash = rule.find('/'); slash != std::string_view::npos) {
    const auto network = address_of(rule.substr(0, slash));
    std::size_t bits = 0;
    const std::string_view digits = rule.substr(slash + 1);
    if (!network || !address || !is_number(digits)) return false;
    std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    return same_beginning(*network, *address, bits);
  }
  // A port stands behind the last colon, but for an IPv6 address without brackets.
  const std::size_t colon = rule.rfind(':');
  if (colon != std::string_view::npos && (rule.find(':') == colon || rule[colon - 1] == ']') &&
      is_number(rule.substr(colon + 1))) {
    if (rule.substr(colon + 1) != port) return false;
    rule = rule.substr(0, colon);
  }
  if (const auto other = address_of(rule)) return address && *other == *address;
  if (address) return false;
  if (rule.starts_with("*.")) rule.remove_prefix(1);
  if (rule.starts_with(".")) return host.ends_with(rule);
  return !rule.empty() && (host == rule || (host.ends_with(rule) && host[host.size() - rule.size() - 1] == '.'));
}

/// The first of these that is set.
HttpProxy first_of(std::span<const char* const> names, const std::function<std::string(const std::string&)>& variable) {
  for (const char* name : names) {
    if (std::string value = variable(name); !value.empty()) return {std::move(value), name};
  }
  return {};
}

}  // namespace

HttpProxy proxy_of_environment(std::string_view scheme, std::string_view host, std::string_view port,
                               const std::function<std::string(const std::string&)>& variable,
                               bool proxies_this_machine) {
  const std::string name = lower(host.ends_with(".") ? host.substr(0, host.size() - 1) : host);
  const std::optional<Address> address = address_of(name);
  if (!proxies_this_machine && is_this_machine(name, address)) return {};
  // HTTP_PROXY in large letters may come from a client's header where a program is run by a web server.
  const HttpProxy proxy = scheme == "https"
                              ? first_of(std::array{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}, variable)
                              : first_of(std::array{"http_proxy", "all_proxy", "ALL_PROXY"}, variable);
  if (proxy.url.empty()) return {};
  const HttpProxy without = first_of(std::array{"no_proxy", "NO_PROXY"}, variable);
  for (const std::string& rule : split(without.url, ',')) {
    if (excludes(lower(trimmed(rule)), name, port, address)) return {};
  }
  return proxy;
}

std::string proxy_host(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) url = url.substr(scheme + 3);
  url = url.substr(0, url.find('/'));
  if (const std::size_t user = url.rfind('@'); user != std::string_view::npos) url = url.substr(user + 1);
  return std::string(url);
}

}  // namespace cloudflow
