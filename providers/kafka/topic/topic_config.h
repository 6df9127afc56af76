// The values of topic configuration: when two texts mean the same, and what a change of them loses.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cloudflow/change.h"

namespace cloudflow {

/// One text for all texts that Kafka reads alike: "compact,delete" and "delete, compact", "TRUE" and "true", "0.50" and
/// "0.5d". What Kafka would not read is only trimmed.
std::string canonical_value(std::string_view key, std::string_view value);

/// Set by a reassignment while it runs, never by a plan.
bool is_throttle(std::string_view key);

/// Whether what is in effect for this key decides what other changes cost: its value is wanted of every topic.
bool decides_risk(std::string_view key);

/// The value in effect for a key, before or after a change; empty when it is not known.
using InEffect = std::function<std::optional<std::string>(std::string_view key)>;

/// What a change of one value costs.
struct ConfigRisk {
  Risk risk = Risk::none;
  std::optional<Loss> loss{};  ///< with it the risk is data_loss
  std::string note{};          ///< empty: nothing special
};

/// The cost of the change of `key` alone. Where a value that decides is unknown, records may be lost.
ConfigRisk config_risk(std::string_view key, const InEffect& before, const InEffect& after);

}  // namespace cloudflow
