// Changes as the requests that make them.
#pragma once

#include <optional>

#include "cloudflow/change.h"
#include "providers/kafka/admin/kafka_admin.h"

namespace cloudflow {

Result<NewTopic> new_topic(const Resource& desired);
/// The overrides to set and unset; nothing when no field of the change is one.
std::optional<ConfigAlteration> config_alteration(const Change& change);
/// A broker's refusal without the secret values that it repeats.
Error without_secrets(Error refusal, const Resource& desired);
/// Nothing when the number of partitions stays.
std::optional<MorePartitions> more_partitions(const Change& change);

}  // namespace cloudflow
