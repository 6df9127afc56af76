// What Kafka is asked beside reading, planning and writing: which topics exist, and whose they are.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "cloudflow/resource.h"
#include "cloudflow/result.h"
#include "providers/kafka/kafka_provider.h"

namespace cloudflow {

/// All are empty where an application uses no Kafka. Clusters are named as in the environment.
struct TopicQuestions {
  using Names = std::vector<std::string>;
  using Ids = std::map<std::string, std::string>;
  /// Kafka's ids of those of the topics that exist.
  std::function<Result<Ids>(const std::string& cluster, const Names& topics)> ids{};
  /// Those of the topics that no broker knows.
  std::function<Result<Names>(const std::string& cluster, const Names& topics)> gone{};
  /// Topics that were only to be made, and that are known to be this application's by now.
  std::function<std::vector<ResourceId>()> confirmed{};
  /// Whether a topic that this run wanted to make was there already.
  std::function<bool(const ResourceId& topic)> was_there{};

  bool has_kafka() const { return static_cast<bool>(ids); }
};

/// Asks the provider, which must outlive the answer; null where there is no Kafka.
TopicQuestions questions_for(KafkaProvider* kafka, std::stop_token stop);

}  // namespace cloudflow
