// Between JSON and the typed forms of a topic.
#include "providers/kafka/topic/topic_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "providers/kafka/topic/topic_config.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

Result<std::optional<int>> whole_number(const Resource& desired, std::string_view key) {
  const Json* value = find(desired.spec, {key});
  if (value == nullptr || value->is_null()) return std::optional<int>{};
  if (value->is_number_integer()) {
    const long long number = value->get<long long>();
    if (number >= 1 && number <= 100000) return std::optional<int>(static_cast<int>(number));
  }
  Error error{ErrorKind::invalid_input,
              fmt::format("{}: {} must be a whole number from 1 to 100000", desired.id.text(), key),
              desired.origin_of(fmt::format("/{}", key)),
              {}};
  return std::unexpected(std::move(error));
}

}  // namespace

Result<TopicWish> topic_wish(const Resource& desired) {
  TopicWish wish;
  CF_TRY(wish.partitions, whole_number(desired, "partitions"));
  CF_TRY(wish.replicas, whole_number(desired, "replicas"));
  wish.managed = bool_at(desired.spec, {"managed"}, true);
  wish.as_it_is = string_at(desired.spec, {"existing"}) == "as-it-is";
  const Json* config = find(desired.spec, {"config"});
  if (config == nullptr || !config->is_object()) return wish;
  for (const auto& [key, value] : config->items()) {
    if (value.is_null()) continue;  // nothing is asked for
    wish.config.emplace(key, value.is_string() ? value.get<std::string>() : dump(value));
  }
  return wish;
}

TopicFacts topic_facts(const TopicInfo& topic, const std::vector<ConfigEntry>& config,
                       const std::map<std::string, std::string>& wanted) {
  TopicFacts facts;
  facts.topic_id = topic.topic_id;
  facts.partitions = static_cast<int>(topic.partitions.size());
  int settled = 0;
  for (const PartitionInfo& partition : topic.partitions) {
    facts.replicas = std::max(facts.replicas, partition.replicas);
    if (partition.in_sync < partition.replicas) ++facts.under_replicated;
    if (partition.in_sync >= partition.replicas) settled = std::max(settled, partition.replicas);
  }
  if (settled > 0) facts.replicas = settled;
  for (const ConfigEntry& entry : config) {
    if (entry.overridden && entry.value) facts.config.emplace(entry.key, *entry.value);
  }
  // No setting changes where these are the same, so nobody asks what another one would cost.
  const bool is_as_asked = facts.config == wanted;
  for (const ConfigEntry& entry : config) {
    const bool counts = entry.overridden || wanted.contains(entry.key) || (!is_as_asked && decides_risk(entry.key));
    if (!counts) continue;
    if (entry.fallback) facts.defaults.emplace(entry.key, *entry.fallback);
    if (entry.read_only && (entry.overridden || wanted.contains(entry.key))) facts.read_only.insert(entry.key);
    if (entry.sensitive || !entry.value) facts.sensitive.insert(entry.key);
  }
  return facts;
}

std::string to_document(const TopicFacts& facts) {
  Json out = {{"cluster_id", facts.cluster_id}, {"topic_id", facts.topic_id}, {"owned", facts.owned},
              {"partitions", facts.partitions}, {"replicas", facts.replicas}, {"config", facts.config}};
  if (facts.presumed) out["presumed"] = true;
  if (!facts.recorded_id.empty()) out["recorded_id"] = facts.recorded_id;
  if (facts.under_replicated > 0) out["under_replicated"] = facts.under_replicated;
  if (!facts.defaults.empty()) out["defaults"] = facts.defaults;
  if (!facts.read_only.empty()) out["read_only"] = facts.read_only;
  if (!facts.sensitive.empty()) out["sensitive"] = facts.sensitive;
  if (facts.asked) out["asked"] = *facts.asked;
  return dump(out);
}

Result<TopicFacts> topic_facts(const Live& live) {
  CF_TRY(const Json document, parse_json(live.document, live.id.text()));
  TopicFacts facts;
  facts.cluster_id = string_at(document, {"cluster_id"});
  facts.topic_id = string_at(document, {"topic_id"});
  facts.owned = bool_at(document, {"owned"});
  facts.presumed = bool_at(document, {"presumed"});
  facts.recorded_id = string_at(document, {"recorded_id"});
  facts.partitions = static_cast<int>(int_at(document, {"partitions"}));
  facts.replicas = static_cast<int>(int_at(document, {"replicas"}));
  facts.under_replicated = static_cast<int>(int_at(document, {"under_replicated"}));
  const auto texts = [&](std::string_view key, std::map<std::string, std::string>& out) {
    const Json* values = find(document, {key});
    if (values == nullptr || !values->is_object()) return;
    for (const auto& [name, value] : values->items()) {
      if (value.is_string()) out.emplace(name, value.get<std::string>());
    }
  };
  const auto names = [&](std::string_view key, std::set<std::string>& out) {
    const Json* values = find(document, {key});
    if (values == nullptr || !values->is_array()) return;
    for (const Json& value : *values) {
      if (value.is_string()) out.insert(value.get<std::string>());
    }
  };
  texts("config", facts.config);
  texts("defaults", facts.defaults);
  names("read_only", facts.read_only);
  names("sensitive", facts.sensitive);
  if (find(document, {"asked"}) != nullptr) texts("asked", facts.asked.emplace());
  return facts;
}

bool is_internal(std::string_view topic) {
  return topic == "__consumer_offsets" || topic == "__transaction_state" || topic == "__share_group_state" ||
         topic == "__cluster_metadata" || topic == "__remote_log_metadata";
}

}  // namespace cloudflow
