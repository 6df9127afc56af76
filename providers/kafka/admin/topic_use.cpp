// Groups, members and lag of topics, from three batched requests and one per group.
#include "providers/kafka/admin/topic_use.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sdk/support/name_pattern.h"
#include "sdk/support/number_text.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::vector<TopicPartition> all_partitions(std::span<const TopicSize> topics) {
  std::vector<TopicPartition> out;
  for (const TopicSize& topic : topics) {
    for (int p = 0; p < topic.partitions; ++p) out.push_back({topic.topic, p});
  }
  return out;
}

/// All groups and what each has read, as far as they can be looked into.
struct Groups {
  std::vector<GroupListing> listed{};
  std::vector<Result<GroupInfo>> described{};
  std::vector<Result<std::map<TopicPartition, long long>>> committed{};
  std::vector<std::string> unseen{};  ///< what concerns every topic
};

template <class T>
void all_fail(std::vector<Result<T>>& answers, std::size_t count, const Error& error) {
  answers.assign(count, std::unexpected(error));
}

/// Where a part of this topic has no leader, the groups that it holds have no coordinator, and no broker lists them.
constexpr const char* offsets_topic = "__consumer_offsets";

/// Why groups may be missing from a list of all of them; empty when none are, or when that topic may not be looked at.
Result<std::string> hidden_by_coordinators(KafkaAdmin& admin, const std::stop_token& stop) {
  const std::vector<std::string> names = {offsets_topic};
  CF_TRY(const auto answers, admin.describe_topics(names, std::nullopt, stop));
  const Result<TopicInfo>& topic = answers.at(0);
  if (!topic) {
    const ErrorKind kind = topic.error().kind;
    if (kind == ErrorKind::not_found || kind == ErrorKind::denied) return std::string();
    return std::unexpected(topic.error());
  }
  const auto away = std::ranges::count_if(topic->partitions, [](const PartitionInfo& one) { return one.leader < 0; });
  if (away == 0) return std::string();
  return fmt::format("which groups read it is not known: {} of {} of {} {} no leader, and groups there are not listed",
                     away, counted(static_cast<long long>(topic->partitions.size()), "partition"), offsets_topic,
                     away == 1 ? "has" : "have");
}

Result<Groups> look_at_groups(KafkaAdmin& admin, const std::stop_token& stop) {
  Groups out;
  CF_TRY(const ClusterInfo cluster, admin.cluster(stop));
  if (!cluster.shows_all_groups)
    out.unseen.emplace_back("which groups read it is not known: the right Describe on the cluster is missing");
  const Result<std::string> hidden = hidden_by_coordinators(admin, stop);
  if (!hidden && hidden.error().kind == ErrorKind::interrupted) return std::unexpected(hidden.error());
  const std::string why = hidden ? *hidden : "which groups read it is not known: " + hidden.error().message;
  if (!why.empty()) out.unseen.push_back(why);
  auto listed = admin.groups(stop);
  if (!listed) {
    if (listed.error().kind == ErrorKind::interrupted) return std::unexpected(std::move(listed).error());
    out.unseen.push_back("which groups read it is not known: " + listed.error().message);
    return out;
  }
  out.listed = *std::move(listed);
  std::vector<std::string> names;
  for (const GroupListing& group : out.listed) names.push_back(group.name);
  auto described = admin.describe_groups(names, stop);
  auto committed = admin.committed(names, stop);
  for (const ErrorKind kind : {described ? ErrorKind::not_found : described.error().kind,
                               committed ? ErrorKind::not_found : committed.error().kind}) {
    if (kind == ErrorKind::interrupted) return failure(ErrorKind::interrupted, "stopped");
  }
  if (described) {
    out.described = *std::move(described);
  } else {
    all_fail(out.described, names.size(), described.error());
  }
  if (committed) {
    out.committed = *std::move(committed);
  } else {
    all_fail(out.committed, names.size(), committed.error());
  }
  return out;
}

std::string not_known(const std::string& group, const Error& error) {
  if (error.kind == ErrorKind::denied) {
    return fmt::format(
        "group {}: it is not known whether it reads this topic: the right Describe on the group is missing", group);
  }
  return fmt::format("group {}: it is not known whether it reads this topic: {}", group, error.message);
}

std::string not_seen(const std::string& group, const std::map<TopicPartition, long long>& committed) {
  // Only Kafka Streams commits; what a share group has read is kept elsewhere.
  std::set<std::string> topics;
  for (const auto& [partition, offset] : committed) topics.insert(partition.topic);
  constexpr std::size_t most_named = 3;
  std::vector<std::string> named(topics.begin(), topics.end());
  if (named.size() > most_named) {
    const std::size_t more = named.size() - most_named;
    named.resize(most_named);
    named.push_back(fmt::format("{} more", more));
  }
  return named.empty()
             ? fmt::format(
                   "group {}: it is a share or streams group, and whether it reads this topic now cannot be seen",
                   group)
             : fmt::format(
                   "group {}: it is a streams group that has read {}, and whether it reads this topic now cannot be "
                   "seen",
                   group, join(named, ", "));
}

/// What one group has to do with one topic, as far as that can be found out.
class GroupOnTopic {
 public:
  GroupOnTopic(const Groups& groups, const std::vector<std::string>& unrelated, TopicUse& use)
      : groups_(groups), unrelated_(unrelated), use_(use) {}

  void add(std::size_t g, const std::string& topic) {
    GroupUse one{.group = groups_.listed[g].name};
    if (!groups_.committed[g]) {
      hide(one.group, not_known(one.group, groups_.committed[g].error()));
      return;
    }
    for (const auto& [partition, offset] : *groups_.committed[g]) {
      if (partition.topic != topic || !use_.end.contains(partition.partition)) continue;
      one.committed.emplace(partition.partition, offset);
      one.lag = std::max(one.lag, 0LL) + std::max(0LL, use_.end.at(partition.partition) - offset);
    }
    if (groups_.listed[g].opaque) {
      // Who has read this topic is not unrelated to it, whatever is said of it.
      if (one.lag >= 0) {
        say_hidden(one.group, not_seen(one.group, *groups_.committed[g]));
        use_.groups.push_back(std::move(one));
      } else {
        hide(one.group, not_seen(one.group, *groups_.committed[g]));
      }
      return;
    }
    if (!groups_.described[g]) {
      hide(one.group, not_known(one.group, groups_.described[g].error()));
      return;
    }
    one.state = groups_.described[g]->state;
    const bool assigned = std::ranges::binary_search(groups_.described[g]->topics, topic);
    if (assigned || one.lag >= 0) {
      one.members = members_on(*groups_.described[g], topic);
      use_.groups.push_back(std::move(one));
    }
  }

 private:
  void hide(const std::string& group, std::string why) {
    if (any_matches(unrelated_, group)) {
      use_.unrelated.push_back(group);
    } else {
      say_hidden(group, std::move(why));
    }
  }
  void say_hidden(const std::string& group, std::string why) {
    use_.unseen.push_back(std::move(why));
    use_.hidden_groups.push_back(group);
  }

  const Groups& groups_;
  const std::vector<std::string>& unrelated_;
  TopicUse& use_;
};

}  // namespace

int members_on(const GroupInfo& group, const std::string& topic) {
  // While partitions are handed round, nobody's assignment says what it will read.
  if (group.state != "Stable") return group.members;
  const auto elsewhere = std::ranges::count_if(
      group.assignments, [&](const auto& topics) { return !std::ranges::binary_search(topics, topic); });
  return group.members - static_cast<int>(elsewhere);
}

KafkaAdmin::PerItem<TopicUse> topic_use(KafkaAdmin& admin, std::span<const TopicSize> topics,
                                        const std::vector<std::string>& unrelated, std::stop_token stop) {
  const std::vector<TopicPartition> partitions = all_partitions(topics);
  CF_TRY(const auto begins, admin.offsets(partitions, OffsetSpec::earliest, stop));
  CF_TRY(const auto ends, admin.offsets(partitions, OffsetSpec::latest, stop));
  CF_TRY(const Groups groups, look_at_groups(admin, stop));
  CF_TRY(const auto later, admin.offsets(partitions, OffsetSpec::latest, stop));

  std::vector<Result<TopicUse>> out;
  std::size_t at = 0;
  for (const TopicSize& topic : topics) {
    TopicUse use{.unseen = groups.unseen};
    std::optional<Error> unknown;
    for (int p = 0; p < topic.partitions; ++p, ++at) {
      for (const auto* answer : {&begins[at], &ends[at], &later[at]}) {
        if (!*answer) unknown = answer->error();
      }
      if (unknown) continue;
      use.records += *later[at] - *begins[at];
      use.written = use.written || *later[at] > *ends[at];
      use.begin[p] = *begins[at];
      use.end[p] = *later[at];
    }
    if (unknown) {
      out.emplace_back(std::unexpected(*unknown));
      continue;
    }
    GroupOnTopic group(groups, unrelated, use);
    for (std::size_t g = 0; g < groups.listed.size(); ++g) group.add(g, topic.topic);
    out.emplace_back(std::move(use));
  }
  return out;
}

std::string records_in_words(long long records) {
  return records == 1 ? "1 record" : with_commas(records) + " records";
}

std::string in_words(const GroupUse& use) {
  const std::string lag = use.lag < 0 ? "no committed offset" : "lag " + with_commas(use.lag);
  return fmt::format("group {}: {}, {}", use.group, counted(use.members, "member"), lag);
}

std::string reason_to_keep(const TopicUse& use, std::string_view ending) {
  std::vector<std::string> reasons;
  for (const GroupUse& group : use.groups) {
    if (!ending.empty() && group.group.starts_with(ending)) continue;
    if (group.members > 0 || group.lag > 0) reasons.push_back(in_words(group));
  }
  if (use.written && ending.empty()) reasons.emplace_back("records are being written");
  reasons.insert(reasons.end(), use.unseen.begin(), use.unseen.end());
  return join(reasons, "; ");
}

}  // namespace cloudflow
