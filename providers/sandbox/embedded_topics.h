// The topics of the embedded broker as resources.
#pragma once

#include <map>
#include <mutex>

#include "cloudflow/provider.h"
#include "providers/sandbox/embedded_broker.h"

namespace cloudflow {

/// How topics of an embedded broker are compared, whoever has it.
class EmbeddedTopicRules : public Provider {
 public:
  std::string_view name() const override { return "kafka"; }
  Traits traits(const ResourceId& id) const override;
  std::string headline(const Resource& desired) const override;
  Result<Change> compare(const Resource* desired, const Live* live) const override;
  Result<std::vector<Error>> verify(std::span<Change> changes, std::stop_token stop) override;
};

/// Topics as the planner renders them for Kafka (provider "kafka", kind "Topic"). Of their settings only the number of
/// partitions means something here. A topic that has another number is made anew: what is in it goes.
class EmbeddedTopics final : public EmbeddedTopicRules {
 public:
  /// The broker has to outlive it, and has no topics yet.
  explicit EmbeddedTopics(EmbeddedBroker& broker) : broker_(broker) {}

  Result<std::vector<Live>> read(std::span<const Resource> desired, const Inventory& inventory,
                                 std::stop_token stop) override;
  Result<void> apply(const Change& change, std::stop_token stop) override;
  Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token stop) override;

 private:
  EmbeddedBroker& broker_;
  mutable std::mutex mutex_{};
  std::map<ResourceId, int> partitions_{};  ///< of the topics that are there
};

}  // namespace cloudflow
