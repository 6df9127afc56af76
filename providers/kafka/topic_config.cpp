// Rules by key; everything that is not named here is compared as trimmed text or number and costs nothing.
#include "providers/kafka/topic_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <vector>

#include "sdk/base/text.h"

namespace cloudflow {
namespace {

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::set<std::string> parts_of(std::string_view list) {
  std::set<std::string> parts;
  for (const std::string& part : split(list, ',')) {
    if (const std::string_view name = trimmed(part); !name.empty()) parts.emplace(name);
  }
  return parts;
}

/// -1 means unlimited.
bool is_cut(const std::string& before, const std::string& after) {
  const auto was = number<long long>(trimmed(before));
  const auto becomes = number<long long>(trimmed(after));
  if (!was || !becomes || *becomes < 0) return false;
  return *was < 0 || *becomes < *was;
}

}  // namespace

std::string canonical_value(std::string_view key, std::string_view value) {
  const std::string_view text = trimmed(value);
  if (key == "cleanup.policy" || key.ends_with(".replicas")) {
    const std::set<std::string> parts = parts_of(text);
    return join(std::vector<std::string>(parts.begin(), parts.end()), ",");
  }
  if (const std::string word = lower(text); word == "true" || word == "false") return word;
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  if (const auto whole = number<long long>(digits)) return fmt::format("{}", *whole);
  if (const auto real = number<double>(digits)) return fmt::format("{}", *real);
  return std::string(text);
}

bool is_throttle(std::string_view key) {
  return key == "leader.replication.throttled.replicas" || key == "follower.replication.throttled.replicas";
}

ConfigRisk config_risk(std::string_view key, const std::optional<std::string>& before,
                       const std::optional<std::string>& after) {
  if (!before || !after) return {};
  if ((key == "retention.ms" || key == "retention.bytes") && is_cut(*before, *after)) {
    return {true, fmt::format("{}: records older than the new limit are deleted", key)};
  }
  if (key == "cleanup.policy") {
    const std::set<std::string> was = parts_of(*before);
    const std::set<std::string> becomes = parts_of(*after);
    if (becomes.contains("delete") && !was.contains("delete"))
      return {true, "cleanup.policy: records past the retention limits are deleted"};
    if (becomes.contains("compact") && !was.contains("compact")) {
      return {true, "cleanup.policy: older records of each key are deleted, and records without a key are rejected"};
    }
  }
  if (key == "max.message.bytes" && is_cut(*before, *after))
    return {false, "max.message.bytes: larger records are rejected"};
  if (key == "min.insync.replicas") {
    const auto was = number<int>(trimmed(*before));
    const auto becomes = number<int>(trimmed(*after));
    if (was && becomes && *becomes < *was)
      return {false, "min.insync.replicas: acknowledged records are on fewer brokers"};
  }
  if (key == "unclean.leader.election.enable" && canonical_value(key, *after) == "true") {
    return {false, "unclean.leader.election.enable: acknowledged records may be lost when brokers fail"};
  }
  return {};
}

}  // namespace cloudflow
