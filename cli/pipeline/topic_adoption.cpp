// Topics that are named for adoption.
#include "cli/pipeline/topic_adoption.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/pipeline/topic_ownership.h"
#include "cli/systems.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

bool is_named(const TopicAdoption& named, const Resource& topic) {
  return is_managed_topic(topic) && is_named_for_adoption(topic.id, named.policy, named.allowed);
}

}  // namespace

bool adopts_topics(const TopicAdoption& named) {
  return std::ranges::any_of(named.desired, [&](const Resource& topic) { return is_named(named, topic); });
}

Result<std::vector<ResourceId>> adopt_topics(const TopicAdoption& named, const SharedTopics& shared,
                                             const ClusterIds& cluster_ids, const TopicQuestions& kafka,
                                             Inventory& record) {
  std::map<std::string, std::vector<std::string>> topics_by_cluster;
  for (const Resource& topic : named.desired) {
    if (is_named(named, topic) && cluster_ids.contains(topic.id.scope))
      topics_by_cluster[topic.id.scope].push_back(topic.id.name);
  }
  std::vector<ResourceId> out;
  for (const auto& [cluster, topics] : topics_by_cluster) {
    CF_TRY(const TopicQuestions::Ids ids, kafka.ids(cluster, topics));
    const std::string& cluster_id = cluster_ids.at(cluster);
    for (const std::string& topic : topics) {
      const ResourceId id = topic_id(cluster, topic);
      const NamedBy by = is_named_for_adoption(id, {}, named.allowed) ? NamedBy::person : NamedBy::policy;
      const auto live = ids.find(topic);
      const std::string live_id = live == ids.end() ? "" : live->second;
      if (!is_taken_over(record_of(record, cluster_id, topic, live_id), by)) continue;
      // A policy speaks of what is nobody's; what another application has a person takes over, knowing of it.
      if (by == NamedBy::policy && !shared.makers_of(cluster_id, topic, live_id).empty()) continue;
      take_over(record, cluster_id, topic, live_id);
      out.push_back(id);
    }
  }
  return out;
}

TopicsTaken settle_adopted_topics(const std::vector<ResourceId>& adopted, const ClusterIds& cluster_ids,
                                  std::span<const Change> changes, Inventory& record) {
  TopicsTaken out;
  std::vector<std::string> names;
  for (const ResourceId& id : adopted) {
    const auto change = std::ranges::find(changes, id, &Change::id);
    if (change == changes.end() || change->action != Action::create) {
      names.push_back(id.name);
      out.ids.push_back(id);
    } else {
      std::erase(record.topics[cluster_ids.at(id.scope)], id.name);
      record.topic_ids[cluster_ids.at(id.scope)].erase(id.name);
    }
  }
  std::erase_if(record.topics, [](const auto& entry) { return entry.second.empty(); });
  std::erase_if(record.topic_ids, [](const auto& entry) { return entry.second.empty(); });
  if (!names.empty())
    out.notes.emplace_back(fmt::format("{} {} taken over: {}", counted(static_cast<long long>(names.size()), "topic"),
                                       names.size() == 1 ? "exists already and is" : "exist already and are",
                                       join(names, ", ")));
  return out;
}

}  // namespace cloudflow
