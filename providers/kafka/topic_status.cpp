// What status shows: topics as they are, and how far their readers are.
#include <algorithm>
#include <set>

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

/// Those of `names` that look dead only because this client cannot look into their protocol.
std::set<std::string> opaque_groups(KafkaAdmin& admin, const std::vector<std::string>& names,
                                    const std::vector<Result<GroupInfo>>& described, const std::stop_token& stop) {
  std::set<std::string> out;
  const bool all_known =
      std::ranges::all_of(described, [](const Result<GroupInfo>& group) { return group && group->state != "Dead"; });
  if (all_known) return out;
  const auto listed = admin.groups(stop);
  if (!listed) return out;
  for (const GroupListing& group : *listed) {
    if (group.opaque && std::ranges::binary_search(names, group.name)) out.insert(group.name);
  }
  return out;
}

std::string why(const Error& error) {
  return error.kind == ErrorKind::denied ? "the right Describe on the group is missing" : error.message;
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
  const std::set<std::string> hidden = opaque_groups(cluster.admin(), names, described, stop);
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
      if (hidden.contains(names[g])) lag.unknown = "a share or streams group, whose members cannot be seen";
      if (!described[g] && described[g].error().kind != ErrorKind::not_found) lag.unknown = why(described[g].error());
      if (!committed[g] && committed[g].error().kind != ErrorKind::not_found) lag.unknown = why(committed[g].error());
      if (!lag.unknown.empty()) lag.state = "not known";
      if (described[g] && described[g]->state != "Dead") {
        lag.state = described[g]->state;
        lag.members = members_on(*described[g], topic);
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
