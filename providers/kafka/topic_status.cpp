// What status shows: topics as they are, and how far their readers are.
#include <algorithm>

#include "providers/kafka/kafka_cluster.h"

namespace cloudflow {
namespace {

TopicStatus status_of(const std::string& cluster, const TopicInfo& topic) {
  TopicStatus status{
      .cluster = cluster, .topic = topic.name, .exists = true, .partitions = static_cast<int>(topic.partitions.size())};
  for (const PartitionInfo& partition : topic.partitions) {
    if (partition.leader < 0) {
      ++status.offline;
    } else if (partition.in_sync < partition.replicas) {
      ++status.under_replicated;
    }
  }
  return status;
}

}  // namespace

Result<std::vector<TopicStatus>> topic_status(KafkaCluster& cluster, const std::vector<std::string>& topics,
                                              std::stop_token stop) {
  CF_TRY(const auto found, cluster.admin().describe_topics(topics, std::nullopt, stop));
  std::vector<TopicStatus> out;
  for (std::size_t i = 0; i < topics.size(); ++i) {
    if (found[i]) {
      out.push_back(status_of(cluster.name(), *found[i]));
    } else if (found[i].error().kind == ErrorKind::not_found) {
      out.push_back({.cluster = cluster.name(), .topic = topics[i]});
    } else {
      return std::unexpected(found[i].error());
    }
  }
  return out;
}

Result<std::vector<GroupLag>> group_lag(KafkaCluster& cluster,
                                        const std::map<std::string, std::vector<std::string>>& groups,
                                        std::stop_token stop) {
  std::vector<std::string> names;
  for (const auto& [group, topics] : groups) names.push_back(group);
  CF_TRY(const auto described, cluster.admin().describe_groups(names, stop));
  CF_TRY(const auto committed, cluster.admin().committed(names, stop));
  std::vector<TopicPartition> partitions;
  for (std::size_t g = 0; g < names.size(); ++g) {
    if (!committed[g]) continue;  // a group that does not exist yet
    for (const auto& [partition, offset] : *committed[g]) partitions.push_back(partition);
  }
  std::ranges::sort(partitions);
  partitions.erase(std::ranges::unique(partitions).begin(), partitions.end());
  CF_TRY(const auto ends, cluster.admin().offsets(partitions, OffsetSpec::latest, stop));
  std::map<TopicPartition, long long> end;
  for (std::size_t p = 0; p < partitions.size(); ++p) {
    if (ends[p]) end.emplace(partitions[p], *ends[p]);
  }
  std::vector<GroupLag> out;
  for (std::size_t g = 0; g < names.size(); ++g) {
    for (const std::string& topic : groups.at(names[g])) {
      GroupLag lag{.group = names[g], .topic = topic, .state = "none", .lag = -1};
      if (described[g] && described[g]->state != "Dead") {
        lag.state = described[g]->state;
        lag.members = described[g]->members;
      }
      if (committed[g]) {
        for (const auto& [partition, offset] : *committed[g]) {
          if (partition.topic != topic || !end.contains(partition)) continue;
          lag.lag = std::max(lag.lag, 0LL) + std::max(0LL, end.at(partition) - offset);
        }
      }
      out.push_back(std::move(lag));
    }
  }
  return out;
}

}  // namespace cloudflow
