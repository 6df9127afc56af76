// Topics as resources.
#pragma once

#include <vector>

#include "cloudflow/diagnostics.h"
#include "cloudflow/resource.h"
#include "planner/settings/effective_config.h"

namespace cloudflow {

/// The resource of one topic; equal ids when two topics of the blueprint are one in Kafka.
Resource topic_resource(const EffectiveTopic& topic);

/// One resource for each topic in Kafka. Two that mean the same one and disagree are an error.
std::vector<Resource> render_topics(const EffectiveConfig& config, Diagnostics& problems);

}  // namespace cloudflow
