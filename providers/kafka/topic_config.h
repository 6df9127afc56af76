// The values of topic configuration: when two texts mean the same, and when a change loses records.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cloudflow {

/// One text for all texts that Kafka reads alike: "compact,delete" and "delete, compact", "TRUE" and "true", "0.50" and
/// "0.5".
std::string canonical_value(std::string_view key, std::string_view value);

/// Set by a reassignment while it runs, never by a plan.
bool is_throttle(std::string_view key);

/// What a change of one value costs.
struct ConfigRisk {
  bool loses_records = false;
  std::string note{};  ///< empty: nothing special
};

/// `before` and `after` are the values in effect; empty when unknown.
ConfigRisk config_risk(std::string_view key, const std::optional<std::string>& before,
                       const std::optional<std::string>& after);

}  // namespace cloudflow
