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
  /// Whether this client is shown the groups of everybody (the right Describe on the cluster); without it a list of
  /// groups leaves out others and says so to nobody. False as well where the brokers do not tell.
  bool shows_all_groups = false;
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

/// A group as a list of groups has it.
struct GroupListing {
  std::string name{};
  /// A share or streams group, which this client can neither describe nor tell from each other: of a share group not
  /// even what it has read.
  bool opaque = false;
};

struct GroupInfo {
  std::string state{};  ///< "Stable", "Empty", "Dead" …
  int members = 0;
  std::vector<std::string> topics{};  ///< that some member is assigned partitions of, sorted
  bool only_commits = false;          ///< its clients have never joined it (Flink's sources), so it never has members
  /// Topics of each member that is assigned any, sorted: members of one group may read different topics.
  std::vector<std::vector<std::string>> assignments{};
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
  /// A topic that has as many or more already is a conflict.
  virtual PerItem<void> create_partitions(std::span<const MorePartitions> topics, Write write,
                                          std::stop_token stop) = 0;
  virtual PerItem<void> delete_topics(std::span<const std::string> names, std::stop_token stop) = 0;

  /// What is in effect on one broker, with the settings that topics fall back to under the broker's own names.
  virtual Result<std::vector<ConfigEntry>> broker_configs(int broker, std::stop_token stop) = 0;
  /// Groups of every protocol, as far as this client is shown them, sorted by name; see ClusterInfo::shows_all_groups.
  virtual Result<std::vector<GroupListing>> groups(std::stop_token stop) = 0;
  virtual PerItem<GroupInfo> describe_groups(std::span<const std::string> groups, std::stop_token stop) = 0;
  /// Only partitions with a committed offset.
  virtual PerItem<std::map<TopicPartition, long long>> committed(std::span<const std::string> groups,
                                                                 std::stop_token stop) = 0;
  virtual PerItem<long long> offsets(std::span<const TopicPartition> partitions, OffsetSpec spec,
                                     std::stop_token stop) = 0;
  /// The first offset whose record is of `since` (milliseconds since 1970) or later; -1 when there is none.
  virtual PerItem<long long> offsets_since(std::span<const TopicPartition> partitions, long long since,
                                           std::stop_token stop) = 0;
};

}  // namespace cloudflow
