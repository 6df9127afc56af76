// How many records topics have, and how far groups have read them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "cloudflow/result.h"
#include "providers/sandbox/kafka_client.h"

namespace cloudflow {

/// Counts of one topic at one moment.
struct TopicCounts {
  int partitions = 0;
  std::int64_t written = 0;                   ///< records since the topic was made, also those that are gone
  std::map<std::string, std::int64_t> lag{};  ///< group → records that it has not read
};

/// Asks the broker only; belongs to no group.
class FlowMeter {
 public:
  explicit FlowMeter(std::string brokers) : brokers_(std::move(brokers)) {}

  /// `topics`: names in Kafka, with the groups that read each. A topic that is not there is left out. unavailable: the
  /// brokers do not answer within a second.
  Result<std::map<std::string, TopicCounts>> read(const std::map<std::string, std::set<std::string>>& topics);

 private:
  Result<rd_kafka_s*> client_of(const std::string& group);

  std::string brokers_;
  std::map<std::string, KafkaClient> clients_{};  ///< by group: offsets are asked for by a client of the group
};

}  // namespace cloudflow
