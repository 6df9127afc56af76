// One topic as it is asked for and as it is: typed forms of Resource::spec and Live::document.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "cloudflow/resource.h"
#include "providers/kafka/admin/kafka_admin.h"
#include "providers/kafka/topic/asked_settings.h"

namespace cloudflow {

/// What is asked for. Unset numbers are the cluster's business.
struct TopicWish {
  std::optional<int> partitions{};
  std::optional<int> replicas{};
  std::map<std::string, std::string> config{};
  bool managed = true;
  bool as_it_is = false;  ///< a topic that exists stays as it is; differences are only said
};

/// What is there.
struct TopicFacts {
  std::string cluster_id{};
  std::string topic_id{};
  bool owned = false;         ///< this application created it
  bool presumed = false;      ///< it owns what an apply was to create that did not end, and nobody has written to
  std::string recorded_id{};  ///< of the topic that it created under this name; set when that is not this one
  int partitions = 0;
  /// Most that a partition has whose replicas are all in sync: one that is being moved has those of both places. Where
  /// there is no such partition, most that any has.
  int replicas = 0;
  int under_replicated = 0;
  std::map<std::string, std::string> config{};    ///< overrides of the topic itself
  std::map<std::string, std::string> defaults{};  ///< what is in effect without the override, for keys of interest
  std::set<std::string> read_only{};
  std::set<std::string> sensitive{};
  std::optional<AskedSettings> asked{};  ///< by the last apply; nothing where that is not recorded
};

/// An error when the spec is not of the form that Resource::spec promises.
Result<TopicWish> topic_wish(const Resource& desired);

/// Facts from what the cluster says; of the defaults only those of `wanted`, of overridden keys and of those that
/// decide what other changes cost.
TopicFacts topic_facts(const TopicInfo& topic, const std::vector<ConfigEntry>& config,
                       const std::map<std::string, std::string>& wanted);

std::string to_document(const TopicFacts& facts);
Result<TopicFacts> topic_facts(const Live& live);

/// Kafka's own topics, which no plan may write.
bool is_internal(std::string_view topic);

}  // namespace cloudflow
