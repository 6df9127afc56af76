// The Kafka clusters of an application, as the provider connects to them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "planner/project/project.h"
#include "planner/settings/effective_config.h"
#include "providers/kafka/kafka_provider.h"

namespace cloudflow {

/// Those that topics of the source are on, and as spare ones the others that the environment or the cluster knows.
std::vector<KafkaClusterOptions> kafka_clusters_of(const EffectiveConfig& config, const Environment& environment);

/// Bootstrap servers → name of the Kafka cluster, also of clusters that no topic of the source is on.
std::map<std::string, std::string> clusters_by_brokers(const EffectiveConfig& config);

}  // namespace cloudflow
