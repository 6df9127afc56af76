// Groups, members and lag of topics, from three batched requests and one per group.
#include "providers/kafka/topic_use.h"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/base/text.h"

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

Result<Groups> look_at_groups(KafkaAdmin& admin, const std::stop_token& stop) {
  Groups out;
  CF_TRY(const ClusterInfo cluster, admin.cluster(stop));
  if (!cluster.shows_all_groups)
    out.unseen.emplace_back("which groups read it is not known: the right Describe on the cluster is missing");
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

/// What one group has to do with one topic; `unseen` gets what cannot be found out.
void add_group(const Groups& groups, std::size_t g, const std::string& topic, TopicUse& use) {
  GroupUse one{.group = groups.listed[g].name};
  if (!groups.committed[g]) {
    use.unseen.push_back(not_known(one.group, groups.committed[g].error()));
    return;
  }
  for (const auto& [partition, offset] : *groups.committed[g]) {
    if (partition.topic != topic || !use.end.contains(partition.partition)) continue;
    one.committed.emplace(partition.partition, offset);
    one.lag = std::max(one.lag, 0LL) + std::max(0LL, use.end.at(partition.partition) - offset);
  }
  if (groups.listed[g].opaque) {
    use.unseen.push_back(fmt::format(
        "group {}: it is a share or streams group, and whether it reads this topic now cannot be seen", one.group));
    if (one.lag >= 0) use.groups.push_back(std::move(one));
    return;
  }
  if (!groups.described[g]) {
    use.unseen.push_back(not_known(one.group, groups.described[g].error()));
    return;
  }
  one.state = groups.described[g]->state;
  const bool assigned = std::ranges::binary_search(groups.described[g]->topics, topic);
  if (assigned || one.lag >= 0) {
    one.members = groups.described[g]->members;
    use.groups.push_back(std::move(one));
  }
}

}  // namespace

KafkaAdmin::PerItem<TopicUse> topic_use(KafkaAdmin& admin, std::span<const TopicSize> topics, std::stop_token stop) {
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
    for (std::size_t g = 0; g < groups.listed.size(); ++g) add_group(groups, g, topic.topic, use);
    out.emplace_back(std::move(use));
  }
  return out;
}

std::string records_in_words(long long records) {
  return records == 1 ? "1 record" : with_commas(records) + " records";
}

std::string with_commas(long long number) {
  const std::string digits = fmt::format("{}", number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const std::size_t left = digits.size() - i;
    if (left % 3 == 0 && !out.empty() && out.back() != '-') out += ',';
    out += digits[i];
  }
  return out;
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
