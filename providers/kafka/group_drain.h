// Whether a consumer group has read what a topic held at one moment.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "cloudflow/provider.h"
#include "providers/kafka/kafka_admin.h"

namespace cloudflow {

/// Where the topic ended when it was asked first; empty before that.
using DrainGoal = std::optional<std::map<TopicPartition, long long>>;

/// Ready when every one of `groups` that reads the topic has committed up to the goal, which the first call sets. What
/// retention has removed meanwhile need not be read. The first group is the one that has to read it when none has
/// committed anything yet. The reason names each group that is behind, the topic and how much is left.
Result<Readiness> drained(KafkaAdmin& admin, std::span<const std::string> groups, const std::string& topic,
                          DrainGoal& goal, std::stop_token stop);

}  // namespace cloudflow
