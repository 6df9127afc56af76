// Who uses a topic: the facts behind removing one or cutting what it keeps, and consumer lag.
#pragma once

#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "providers/kafka/admin/kafka_admin.h"

namespace cloudflow {

struct TopicSize {
  std::string topic{};
  int partitions = 0;
};

/// A consumer group that reads a topic, or once did.
struct GroupUse {
  std::string group{};
  std::string state{};
  int members = 0;                       ///< that may read the topic
  long long lag = -1;                    ///< -1: nothing committed on this topic
  std::map<int, long long> committed{};  ///< partition → offset that is read next
};

struct TopicUse {
  long long records = 0;  ///< end minus begin, all partitions
  bool written = false;   ///< records were added while we looked
  std::map<int, long long> begin{};
  std::map<int, long long> end{};
  std::vector<GroupUse> groups{};
  /// What keeps us from seeing everybody who may read it, one line each: "group x …: the right Describe on it is
  /// missing".
  std::vector<std::string> unseen{};
  std::vector<std::string> hidden_groups{};  ///< those of them that are groups
  std::vector<std::string> unrelated{};      ///< groups that cannot be looked into and are said to read other topics
};

/// Members that may read `topic`: not those that are assigned partitions of others only, once the group has settled.
int members_on(const GroupInfo& group, const std::string& topic);

/// For every topic, in order. Reads all groups of the cluster. What is not seen of groups whose names match one of
/// `unrelated` (name_pattern.h) counts as nothing; what is seen of them counts.
KafkaAdmin::PerItem<TopicUse> topic_use(KafkaAdmin& admin, std::span<const TopicSize> topics,
                                        const std::vector<std::string>& unrelated, std::stop_token stop);

/// "1 record", "1,204 records"
std::string records_in_words(long long records);
/// "group reporting: 2 members, lag 1,204"
std::string in_words(const GroupUse& use);
/// Why the topic may not be deleted now; empty when it can be shown that nobody uses it. Groups whose names begin with
/// `ending` come to an end before it is deleted, and so do those who write; empty: nobody does.
std::string reason_to_keep(const TopicUse& use, std::string_view ending = {});

}  // namespace cloudflow
