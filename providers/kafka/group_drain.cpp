// Compares what a group has committed with where a topic ended.
#include "providers/kafka/group_drain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "providers/kafka/topic_use.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

Result<std::map<TopicPartition, long long>> offsets_of(KafkaAdmin& admin, const std::vector<TopicPartition>& partitions,
                                                       OffsetSpec spec, const std::stop_token& stop) {
  CF_TRY(const auto answers, admin.offsets(partitions, spec, stop));
  std::map<TopicPartition, long long> out;
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

}  // namespace

Result<Readiness> drained(KafkaAdmin& admin, const std::string& group, const std::string& topic, DrainGoal& goal,
                          std::stop_token stop) {
  if (!goal) {
    CF_TRY(const std::vector<TopicPartition> partitions, partitions_of(admin, topic, stop));
    CF_TRY(goal, offsets_of(admin, partitions, OffsetSpec::latest, stop));
  }
  std::vector<TopicPartition> partitions;
  for (const auto& [partition, end] : *goal) partitions.push_back(partition);
  CF_TRY(const auto begins, offsets_of(admin, partitions, OffsetSpec::earliest, stop));
  const std::array<std::string, 1> groups = {group};
  CF_TRY(const auto answers, admin.committed(groups, stop));
  std::map<TopicPartition, long long> committed;
  if (answers[0]) committed = *answers[0];
  if (!answers[0] && answers[0].error().kind != ErrorKind::not_found) return std::unexpected(answers[0].error());
  long long left = 0;
  bool any = false;
  for (const auto& [partition, end] : *goal) {
    const auto read = committed.find(partition);
    any = any || read != committed.end();
    const long long from = std::max(begins.at(partition), read == committed.end() ? 0 : read->second);
    left += std::max(0LL, end - from);
  }
  if (left == 0) return Readiness{Readiness::State::ready, {}};
  std::string records = left == 1 ? "1 record" : with_commas(left) + " records";
  if (!any) {
    return Readiness{Readiness::State::waiting,
                     fmt::format("group {} has committed nothing of topic {}, which holds {}", group, topic, records)};
  }
  CF_TRY(const auto described, admin.describe_groups(groups, stop));
  const int members = described[0] ? described[0]->members : 0;
  return Readiness{Readiness::State::waiting, fmt::format("group {} of {} has a lag of {} on topic {}", group,
                                                          counted(members, "member"), records, topic)};
}

}  // namespace cloudflow
