// Topics that are named for adoption: this application's from here on, as they are.
#pragma once

#include <span>
#include <vector>

#include "cli/pipeline/shared_topics.h"
#include "planner/plan/policy.h"

namespace cloudflow {

/// What a plan is to take over, by name and by policy.
struct TopicAdoption {
  std::span<const Resource> desired;
  const PolicySettings& policy;
  const Allowances& allowed;
};

/// Enters topics that are named into the record, with the id of what exists now: what takes the place of a topic
/// meanwhile has another. Gives those that were entered, whether they exist or not.
Result<std::vector<ResourceId>> adopt_topics(const TopicAdoption& named, const SharedTopics& shared,
                                             const ClusterIds& cluster_ids, const TopicQuestions& kafka,
                                             Inventory& record);

/// Whether any topic is named.
bool adopts_topics(const TopicAdoption& named);

/// Topics that exist and have become this application's.
struct TopicsTaken {
  std::vector<ResourceId> ids{};
  std::vector<Note> notes{};
};

/// Takes back in the record what adopt_topics() did for topics that a plan has to create; the rest was taken over.
TopicsTaken settle_adopted_topics(const std::vector<ResourceId>& adopted, const ClusterIds& cluster_ids,
                                  std::span<const Change> changes, Inventory& record);

}  // namespace cloudflow
