// What another run of the program has in its sandbox, as it wrote it down: to plan against, and not to be changed.
#pragma once

#include <string>
#include <vector>

#include "providers/sandbox/embedded_topics.h"
#include "providers/sandbox/process_provider.h"

namespace cloudflow {

/// Compares as the provider with these rules does.
template <class Rules>
class WrittenDown : public Rules {
 public:
  explicit WrittenDown(std::vector<Live> live) : live_(std::move(live)) {}

  Result<std::vector<Live>> read(std::span<const Resource> /*desired*/, const Inventory& /*inventory*/,
                                 std::stop_token stop) override {
    if (stop.stop_requested()) return failure(ErrorKind::interrupted, "stopped");
    return live_;
  }
  Result<void> apply(const Change& change, std::stop_token /*stop*/) override {
    return failure(ErrorKind::unsupported, change.id.text() + " belongs to another run");
  }
  Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token /*stop*/) override {
    return std::vector<Readiness>(ids.size());
  }

 private:
  std::vector<Live> live_;
};

using RecordedTopics = WrittenDown<EmbeddedTopicRules>;

/// Documents as ProcessProvider::read gives them, in which the secret values are sealed with `key` (sealed_values.h).
class RecordedProcesses final : public WrittenDown<ProcessRules> {
 public:
  RecordedProcesses(std::vector<Live> live, std::string key) : WrittenDown(std::move(live)), key_(std::move(key)) {}

  /// What ProcessProvider::read gave, sealed.
  static Result<Live> sealed(const Live& live, std::string_view key);
  Result<Change> compare(const Resource* desired, const Live* live) const override;

 private:
  std::string key_;
};

}  // namespace cloudflow
