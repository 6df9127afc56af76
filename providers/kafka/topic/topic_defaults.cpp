// Of an overridden setting whose default stands under another key, Kafka names no fallback at all.
#include "providers/kafka/topic/topic_defaults.h"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/support/kafka_values.h"

namespace cloudflow {
namespace {

/// A broker's setting and how many units of the topic's one it counts.
struct BrokerKey {
  std::string_view key{};
  long long units = 1;
};

constexpr long long minute = 60'000;  ///< milliseconds
constexpr long long hour = 60 * minute;

/// First come first: Kafka takes the finest that is set.
const std::map<std::string_view, std::vector<BrokerKey>>& broker_keys() {
  static const std::map<std::string_view, std::vector<BrokerKey>> keys = {
      {"retention.ms", {{"log.retention.ms"}, {"log.retention.minutes", minute}, {"log.retention.hours", hour}}},
      {"segment.ms", {{"log.roll.ms"}, {"log.roll.hours", hour}}},
      {"segment.jitter.ms", {{"log.roll.jitter.ms"}, {"log.roll.jitter.hours", hour}}},
      {"flush.ms", {{"log.flush.interval.ms"}, {"log.flush.scheduler.interval.ms"}}},
  };
  return keys;
}

/// Settings that brokers have no default of: Kafka's own applies.
const std::map<std::string_view, std::string_view>& built_in() {
  static const std::map<std::string_view, std::string_view> values = {
      {"remote.storage.enable", "false"},
      {"remote.log.copy.disable", "false"},
      {"remote.log.delete.on.disable", "false"},
  };
  return values;
}

}  // namespace

std::set<std::string> derived_from_brokers(const std::set<std::string>& keys) {
  std::set<std::string> out;
  for (const std::string& key : keys) {
    if (broker_keys().contains(key) || built_in().contains(key)) out.insert(key);
  }
  return out;
}

std::optional<std::string> broker_default(std::string_view key, std::span<const ConfigEntry> broker) {
  if (const auto own = built_in().find(key); own != built_in().end()) return std::string(own->second);
  const auto known = broker_keys().find(key);
  if (known == broker_keys().end()) return std::nullopt;
  for (const BrokerKey& one : known->second) {
    const auto entry = std::ranges::find(broker, one.key, &ConfigEntry::key);
    if (entry == broker.end()) continue;
    if (entry->sensitive) return std::nullopt;
    if (!entry->value) continue;
    const std::optional<long long> number = java_whole_number(*entry->value);
    if (!number) return std::nullopt;
    return fmt::format("{}", *number < 0 ? -1 : *number * one.units);
  }
  return std::nullopt;
}

std::map<std::string, std::string> agreed_defaults(const std::set<std::string>& keys,
                                                   std::span<const std::vector<ConfigEntry>> brokers) {
  std::map<std::string, std::string> out;
  for (const std::string& key : keys) {
    std::set<std::optional<std::string>> values;
    for (const std::vector<ConfigEntry>& broker : brokers) values.insert(broker_default(key, broker));
    if (values.size() == 1 && *values.begin()) out.emplace(key, **values.begin());
  }
  return out;
}

void learn_from_each_other(std::span<std::vector<ConfigEntry>*> topics) {
  std::vector<ConfigEntry*> unknown;
  std::map<std::string_view, const ConfigEntry*> shown;  // of the keys that somebody asks about
  for (std::vector<ConfigEntry>* topic : topics) {
    for (ConfigEntry& entry : *topic) {
      if (!entry.overridden || entry.fallback) continue;
      unknown.push_back(&entry);
      shown.try_emplace(entry.key, nullptr);
    }
  }
  if (unknown.empty()) return;
  for (const std::vector<ConfigEntry>* topic : topics) {
    for (const ConfigEntry& entry : *topic) {
      if (entry.overridden || !entry.value || entry.sensitive) continue;
      if (const auto asked = shown.find(entry.key); asked != shown.end() && asked->second == nullptr)
        asked->second = &entry;
    }
  }
  for (ConfigEntry* entry : unknown) {
    if (const ConfigEntry* other = shown.at(entry->key)) entry->fallback = other->value;
  }
}

}  // namespace cloudflow
