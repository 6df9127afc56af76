// What a topic's settings fall back to where Kafka does not say it of an overridden one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "providers/kafka/admin/kafka_admin.h"

namespace cloudflow {

/// The keys among `keys` whose fallback can be derived from a broker's own settings.
std::set<std::string> derived_from_brokers(const std::set<std::string>& keys);

/// The fallback of one topic setting, from a broker's settings: retention.ms from log.retention.ms, .minutes and
/// .hours. Nothing when it cannot be derived.
std::optional<std::string> broker_default(std::string_view key, std::span<const ConfigEntry> broker);

/// Fallbacks on which all brokers agree: where they differ, what a topic falls back to depends on who leads it.
std::map<std::string, std::string> agreed_defaults(const std::set<std::string>& keys,
                                                   std::span<const std::vector<ConfigEntry>> brokers);

/// Adds the fallbacks that other topics without an override of their own show.
void learn_from_each_other(std::span<std::vector<ConfigEntry>*> topics);

}  // namespace cloudflow
