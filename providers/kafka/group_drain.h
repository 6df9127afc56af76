// Whether a consumer group has read what a topic held at one moment.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "cloudflow/provider.h"
#include "providers/kafka/admin/kafka_admin.h"

namespace cloudflow {

/// What is remembered while a topic is read to its end.
struct DrainWatch {
  using Time = std::chrono::steady_clock::time_point;
  std::optional<std::map<TopicPartition, long long>> goal{};  ///< where it ended when it was asked first
  std::map<std::string, long long> left{};  ///< group → records, of those that were behind the last time
  std::optional<Time> still_since{};        ///< since when none of those has a member or has committed anything
};

/// After so long without any member, and without any progress, nobody is going to read the rest.
inline constexpr std::chrono::seconds nobody_reads_after{60};

/// Ready when every one of `groups` that reads the topic has committed up to the goal, which the first call sets. What
/// retention has removed meanwhile need not be read. The first group is the one that has to read it when none has
/// committed anything yet. The reason names each group that is behind, the topic, how much is left, and that nobody
/// reads for a group which had members and has none. Failed when that stays so for nobody_reads_after.
Result<Readiness> drained(KafkaAdmin& admin, std::span<const std::string> groups, const std::string& topic,
                          DrainWatch& watch, DrainWatch::Time now, std::stop_token stop);

}  // namespace cloudflow
