// Compares what a group has committed with where a topic ended.
#include "providers/kafka/group_drain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "providers/kafka/admin/topic_use.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Offsets = std::map<TopicPartition, long long>;

Result<Offsets> offsets_of(KafkaAdmin& admin, const std::vector<TopicPartition>& partitions, OffsetSpec spec,
                           const std::stop_token& stop) {
  CF_TRY(const auto answers, admin.offsets(partitions, spec, stop));
  Offsets out;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (!answers[i]) return std::unexpected(answers[i].error());
    out.emplace(partitions[i], *answers[i]);
  }
  return out;
}

Result<std::vector<TopicPartition>> partitions_of(KafkaAdmin& admin, const std::string& topic,
                                                  const std::stop_token& stop) {
  const std::array<std::string, 1> names = {topic};
  CF_TRY(const auto answers, admin.describe_topics(names, std::nullopt, stop));
  std::vector<TopicPartition> out;
  if (!answers[0] && answers[0].error().kind == ErrorKind::not_found) return out;
  if (!answers[0]) return std::unexpected(answers[0].error());
  for (int p = 0; p < static_cast<int>(answers[0]->partitions.size()); ++p) out.push_back({topic, p});
  return out;
}

/// How many records before the goal come after what was committed; a partition without an offset is read from its
/// beginning.
long long records_left(const Offsets& goal, const Offsets& begins, const Offsets& committed) {
  long long left = 0;
  for (const auto& [partition, end] : goal) {
    const auto read = committed.find(partition);
    const long long from = std::max(begins.at(partition), read == committed.end() ? 0 : read->second);
    left += std::max(0LL, end - from);
  }
  return left;
}

/// The same of every group that has committed something of the topic.
Result<std::map<std::string, long long>> lags_of(KafkaAdmin& admin, std::span<const std::string> groups,
                                                 const Offsets& goal, const Offsets& begins,
                                                 const std::stop_token& stop) {
  CF_TRY(const auto answers, admin.committed(groups, stop));
  std::map<std::string, long long> out;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (!answers[g] && answers[g].error().kind == ErrorKind::not_found) continue;
    if (!answers[g]) return std::unexpected(answers[g].error());
    const bool any = std::ranges::any_of(*answers[g], [&](const auto& one) { return goal.contains(one.first); });
    if (any) out.emplace(groups[g], records_left(goal, begins, *answers[g]));
  }
  return out;
}

/// Kafka knows the members of this group, and there are none.
bool has_nobody(const Result<GroupInfo>& group) {
  return group && group->members == 0 && group->state == "Empty" && !group->only_commits;
}

std::string behind_words(const std::string& name, const Result<GroupInfo>& group, long long left,
                         const std::string& topic) {
  const std::string lag = fmt::format("a lag of {} on topic {}", records_in_words(left), topic);
  if (has_nobody(group))
    return fmt::format("nobody reads for group {}, which has {}: `cloudflow status` says what its pods do", name, lag);
  if (!group || group->members == 0)
    return fmt::format("group {}, whose members Kafka does not know, has {}", name, lag);
  return fmt::format("group {} of {} has {}", name, counted(group->members, "member"), lag);
}

/// Since when nobody reads, and nothing moves.
void watch_for_readers(DrainWatch& watch, const std::map<std::string, long long>& left, bool nobody,
                       DrainWatch::Time now) {
  if (!nobody || left != watch.left) watch.still_since = std::nullopt;
  if (nobody && !watch.still_since) watch.still_since = now;
  watch.left = left;
}

}  // namespace

Result<Readiness> drained(KafkaAdmin& admin, std::span<const std::string> groups, const std::string& topic,
                          DrainWatch& watch, DrainWatch::Time now, std::stop_token stop) {
  if (!watch.goal) {
    CF_TRY(const std::vector<TopicPartition> partitions, partitions_of(admin, topic, stop));
    CF_TRY(watch.goal, offsets_of(admin, partitions, OffsetSpec::latest, stop));
  }
  const Offsets& goal = *watch.goal;
  std::vector<TopicPartition> partitions;
  for (const auto& [partition, end] : goal) partitions.push_back(partition);
  CF_TRY(const Offsets begins, offsets_of(admin, partitions, OffsetSpec::earliest, stop));
  CF_TRY(auto lags, lags_of(admin, groups, goal, begins, stop));
  if (lags.empty()) {
    const long long left = records_left(goal, begins, {});
    if (left == 0) return Readiness{Readiness::State::ready, {}};
    return Readiness{Readiness::State::waiting,
                     fmt::format("group {} has committed nothing of topic {}, which holds {}", groups.front(), topic,
                                 records_in_words(left))};
  }
  std::erase_if(lags, [](const auto& one) { return one.second == 0; });
  if (lags.empty()) return Readiness{Readiness::State::ready, {}};
  std::vector<std::string> behind;
  for (const auto& [group, left] : lags) behind.push_back(group);
  CF_TRY(const auto described, admin.describe_groups(behind, stop));
  std::vector<std::string> reasons;
  for (std::size_t g = 0; g < behind.size(); ++g)
    reasons.push_back(behind_words(behind[g], described[g], lags.at(behind[g]), topic));
  watch_for_readers(watch, lags, std::ranges::all_of(described, has_nobody), now);
  const bool is_over = watch.still_since && now - *watch.still_since >= nobody_reads_after;
  if (is_over) reasons.push_back(fmt::format("that was so for {} s", nobody_reads_after.count()));
  return Readiness{is_over ? Readiness::State::failed : Readiness::State::waiting, join(reasons, "; ")};
}

}  // namespace cloudflow
