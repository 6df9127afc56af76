// What this provider asks of one Kafka cluster, in our words; behind it are librdkafka or a test's fake.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

struct ClusterInfo {
  std::string id{};
  std::vector<int> brokers{};  ///< ids of those that are alive, sorted
};

struct PartitionInfo {
  int leader = -1;  ///< broker id; -1: none
  int replicas = 0;
  int in_sync = 0;
};

struct TopicInfo {
  std::string name{};
  std::string topic_id{};  ///< changes when a topic is deleted and made anew; empty before Kafka 2.8
  bool internal = false;
  std::vector<PartitionInfo> partitions{};
};

/// One setting of a topic as it is in effect.
struct ConfigEntry {
  std::string key{};
  std::optional<std::string> value{};  ///< empty: sensitive, or null
  bool overridden = false;             ///< set on the topic itself
  bool read_only = false;
  bool sensitive = false;
  std::optional<std::string> fallback{};  ///< what is in effect once the topic's own value is gone
};

struct NewTopic {
  std::string name{};
  int partitions = -1;  ///< -1: the broker's default
  int replicas = -1;    ///< -1: the broker's default
  std::map<std::string, std::string> config{};
};

struct ConfigAlteration {
  std::string topic{};
  std::map<std::string, std::string> set{};
  std::vector<std::string> unset{};
};

struct MorePartitions {
  std::string topic{};
  int total = 0;
};

struct TopicPartition {
  std::string topic{};
  int partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};

struct GroupInfo {
  std::string state{};  ///< "Stable", "Empty", "Dead" …
  int members = 0;
  std::vector<std::string> topics{};  ///< that some member is assigned partitions of, sorted
};

enum class OffsetSpec { earliest, latest };
enum class Write { really, validate_only };

/// Calls block, are safe from any thread, and return soon after `stop` is requested. The outer Result is the whole
/// request's; the inner ones answer for one item each, in the order asked. Items may be any number.
class KafkaAdmin {
 public:
  template <class T>
  using PerItem = Result<std::vector<Result<T>>>;

  virtual ~KafkaAdmin() = default;

  virtual Result<ClusterInfo> cluster(std::stop_token stop) = 0;
  /// Never creates a topic. `broker` asks that very broker, with a short deadline; an absent topic is not_found.
  virtual PerItem<TopicInfo> describe_topics(std::span<const std::string> names, std::optional<int> broker,
                                             std::stop_token stop) = 0;
  virtual PerItem<std::vector<ConfigEntry>> describe_configs(std::span<const std::string> topics,
                                                             std::stop_token stop) = 0;
  /// A topic that exists is a conflict.
  virtual PerItem<void> create_topics(std::span<const NewTopic> topics, Write write, std::stop_token stop) = 0;
  virtual PerItem<void> alter_configs(std::span<const ConfigAlteration> topics, Write write, std::stop_token stop) = 0;
  virtual PerItem<void> create_partitions(std::span<const MorePartitions> topics, Write write,
                                          std::stop_token stop) = 0;
  virtual PerItem<void> delete_topics(std::span<const std::string> names, std::stop_token stop) = 0;

  virtual Result<std::vector<std::string>> groups(std::stop_token stop) = 0;
  virtual PerItem<GroupInfo> describe_groups(std::span<const std::string> groups, std::stop_token stop) = 0;
  /// Only partitions with a committed offset.
  virtual PerItem<std::map<TopicPartition, long long>> committed(std::span<const std::string> groups,
                                                                 std::stop_token stop) = 0;
  virtual PerItem<long long> offsets(std::span<const TopicPartition> partitions, OffsetSpec spec,
                                     std::stop_token stop) = 0;
};

}  // namespace cloudflow
