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

}  // namespace

KafkaAdmin::PerItem<TopicUse> topic_use(KafkaAdmin& admin, std::span<const TopicSize> topics, std::stop_token stop) {
  const std::vector<TopicPartition> partitions = all_partitions(topics);
  CF_TRY(const auto begins, admin.offsets(partitions, OffsetSpec::earliest, stop));
  CF_TRY(const auto ends, admin.offsets(partitions, OffsetSpec::latest, stop));
  CF_TRY(const std::vector<std::string> groups, admin.groups(stop));
  CF_TRY(const auto described, admin.describe_groups(groups, stop));
  CF_TRY(const auto committed, admin.committed(groups, stop));
  CF_TRY(const auto later, admin.offsets(partitions, OffsetSpec::latest, stop));

  std::vector<Result<TopicUse>> out;
  std::size_t at = 0;
  for (const TopicSize& topic : topics) {
    TopicUse use;
    std::map<int, long long> end;
    std::optional<Error> unknown;
    for (int p = 0; p < topic.partitions; ++p, ++at) {
      for (const auto* answer : {&begins[at], &ends[at], &later[at]}) {
        if (!*answer) unknown = answer->error();
      }
      if (unknown) continue;
      use.records += *later[at] - *begins[at];
      use.written = use.written || *later[at] > *ends[at];
      end[p] = *later[at];
    }
    for (std::size_t g = 0; g < groups.size(); ++g) {
      GroupUse one{.group = groups[g]};
      if (!committed[g]) unknown = committed[g].error();
      if (committed[g]) {
        for (const auto& [partition, offset] : *committed[g]) {
          if (partition.topic != topic.topic || !end.contains(partition.partition)) continue;
          one.lag = std::max(one.lag, 0LL) + std::max(0LL, end.at(partition.partition) - offset);
        }
      }
      if (described[g]) {
        one.state = described[g]->state;
        const bool assigned = std::ranges::binary_search(described[g]->topics, topic.topic);
        if (assigned || one.lag >= 0) one.members = described[g]->members;
        if (!assigned && one.lag < 0) continue;
      } else if (one.lag < 0) {
        continue;
      }
      use.groups.push_back(std::move(one));
    }
    if (unknown) {
      out.emplace_back(std::unexpected(*unknown));
    } else {
      out.emplace_back(std::move(use));
    }
  }
  return out;
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

std::string reason_to_keep(const TopicUse& use) {
  std::vector<std::string> reasons;
  for (const GroupUse& group : use.groups) {
    if (group.members > 0 || group.lag > 0) reasons.push_back(in_words(group));
  }
  if (use.written) reasons.emplace_back("records are being written");
  return join(reasons, "; ");
}

}  // namespace cloudflow
