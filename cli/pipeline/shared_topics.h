// Topics that other applications have or use, too, as far as their records may be looked at.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cli/pipeline/topic_questions.h"
#include "planner/plan/plan.h"
#include "providers/kubernetes/cluster/applications.h"

namespace cloudflow {

/// What the records of other applications name. They are asked for once, when the first question needs them.
class SharedTopics {
 public:
  /// `makers` gives nothing where that cannot be seen: this is a help, not a condition.
  explicit SharedTopics(std::function<TopicMakers()> makers) : ask_(std::move(makers)) {}

  /// Those who made a topic, or took it over. A record of another topic, which was deleted, does not count; an id that
  /// is not known is not doubted.
  std::vector<TopicMaker> makers_of(const std::string& cluster_id, const std::string& topic,
                                    const std::string& live_id) const;
  /// Those who run and use a topic that is not their own.
  std::vector<TopicMaker> users_of(const std::string& cluster_id, const std::string& topic) const;

 private:
  const TopicMakers& known() const;

  std::function<TopicMakers()> ask_;
  mutable std::optional<TopicMakers> known_{};
};

/// Kafka's ids of clusters, by the names of the environment.
using ClusterIds = std::map<std::string, std::string>;

/// Changes that are left out of a plan, and why.
struct LeftOut {
  std::set<ResourceId> ids{};
  std::vector<Note> notes{};
};

/// The removal of topics that another application has or uses: each goes only when that one is gone.
LeftOut shared_topics_to_keep(const SharedTopics& shared, const ClusterIds& cluster_ids,
                              std::span<const Change> changes);

/// Which other application made a topic that this one only uses, or has taken over (`adopted`).
std::vector<Note> notes_of_topic_makers(std::span<const Resource> desired, const Inventory& record,
                                        std::span<const ResourceId> adopted, const SharedTopics& shared,
                                        const ClusterIds& cluster_ids, const TopicQuestions& kafka,
                                        std::span<const Change> changes);

}  // namespace cloudflow
