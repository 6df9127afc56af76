// What flows through an application, from one look at its broker to the next.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/sandbox/running_sandbox.h"
#include "cloudflow/json.h"
#include "providers/sandbox/flow_meter.h"

namespace cloudflow {

/// Who reads a topic.
struct FlowReader {
  std::string inlet{};  ///< "validate.in"
  std::int64_t lag = 0;
  std::optional<double> rate{};  ///< records per second; nothing at the first look
};

/// A topic and its readers.
struct FlowTopic {
  std::string id{};
  std::string name{};  ///< in Kafka
  bool is_there = false;
  int partitions = 0;
  std::int64_t written = 0;
  std::optional<double> rate{};
  std::vector<FlowReader> readers{};
};

/// Turns counts into rates.
class Flow {
 public:
  /// `topics`: as the sandbox announces them.
  std::vector<FlowTopic> next(const std::map<std::string, RunningTopic>& topics,
                              const std::map<std::string, TopicCounts>& counts,
                              std::chrono::steady_clock::time_point now);

 private:
  std::map<std::string, TopicCounts> before_{};
  std::optional<std::chrono::steady_clock::time_point> then_{};
};

/// What FlowMeter::read is asked.
std::map<std::string, std::set<std::string>> groups_of(const std::map<std::string, RunningTopic>& topics);
/// "12.5/s", "1,234/s"; empty where it is not known.
std::string rate_text(const std::optional<double>& rate);
/// docs/json.md: one object for each topic.
Json flow_json(const std::vector<FlowTopic>& topics);

}  // namespace cloudflow
