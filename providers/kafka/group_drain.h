// Whether a consumer group has read what a topic held at one moment.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "cloudflow/provider.h"
#include "providers/kafka/kafka_admin.h"

namespace cloudflow {

/// Where the topic ended when it was asked first; empty before that.
using DrainGoal = std::optional<std::map<TopicPartition, long long>>;

/// Ready when the group has committed up to the goal, which the first call sets. What retention has removed meanwhile
/// need not be read. The reason names the group, the topic and how much is left.
Result<Readiness> drained(KafkaAdmin& admin, const std::string& group, const std::string& topic, DrainGoal& goal,
                          std::stop_token stop);

}  // namespace cloudflow
