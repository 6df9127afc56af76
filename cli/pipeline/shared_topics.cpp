// Topics that other applications have or use, too.
#include "cli/pipeline/shared_topics.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/pipeline/topic_ownership.h"
#include "cli/systems.h"

namespace cloudflow {

const TopicMakers& SharedTopics::known() const {
  if (!known_) known_ = ask_();
  return *known_;
}

std::vector<TopicMaker> SharedTopics::makers_of(const std::string& cluster_id, const std::string& topic,
                                                const std::string& live_id) const {
  std::vector<TopicMaker> out;
  const auto [first, last] = known().equal_range({cluster_id, topic});
  for (auto maker = first; maker != last; ++maker) {
    if (maker->second.only_uses) continue;
    const std::string& id = maker->second.topic_id;
    if (id.empty() || live_id.empty() || id == live_id) out.push_back(maker->second);  // else that one is gone
  }
  return out;
}

std::vector<TopicMaker> SharedTopics::users_of(const std::string& cluster_id, const std::string& topic) const {
  std::vector<TopicMaker> out;
  const auto [first, last] = known().equal_range({cluster_id, topic});
  for (auto user = first; user != last; ++user) {
    if (user->second.only_uses && user->second.is_deployed) out.push_back(user->second);
  }
  return out;
}

LeftOut shared_topics_to_keep(const SharedTopics& shared, const ClusterIds& cluster_ids,
                              std::span<const Change> changes) {
  LeftOut out;
  for (const Change& change : changes) {
    const auto cluster = cluster_ids.find(change.id.scope);
    if (!is_topic(change.id) || change.action != Action::remove || cluster == cluster_ids.end()) continue;
    for (const TopicMaker& maker :
         shared.makers_of(cluster->second, change.id.name, string_at(change.precondition, {"topic_id"}))) {
      if (!maker.is_deployed || !out.ids.insert(change.id).second) continue;
      out.notes.emplace_back(fmt::format("{} stays: application {} of namespace {} has it in its record, too",
                                         change.id.text(), maker.application, maker.ns),
                             change.id);
    }
    for (const TopicMaker& user : shared.users_of(cluster->second, change.id.name)) {
      if (!out.ids.insert(change.id).second) continue;
      out.notes.emplace_back(
          fmt::format("{} stays: application {} of namespace {} uses it", change.id.text(), user.application, user.ns),
          change.id);
    }
  }
  return out;
}

std::vector<Note> notes_of_topic_makers(std::span<const Resource> desired, const Inventory& record,
                                        std::span<const ResourceId> adopted, const SharedTopics& shared,
                                        const ClusterIds& cluster_ids, const TopicQuestions& kafka,
                                        std::span<const Change> changes) {
  const auto is_adopted = [&](const ResourceId& id) { return std::ranges::find(adopted, id) != adopted.end(); };
  const auto recorded = recorded_topics(record, cluster_ids);
  std::map<std::string, std::vector<std::string>> foreign;  // name of the cluster → topics
  for (const Resource& topic : desired) {
    if (!is_managed_topic(topic)) continue;
    const auto known = recorded.find(topic.id.scope);
    if (known == recorded.end()) continue;
    if (!is_adopted(topic.id) && known->second.contains(topic.id.name)) continue;
    const auto change = std::ranges::find(changes, topic.id, &Change::id);
    if (change == changes.end() || change->action != Action::create) foreign[topic.id.scope].push_back(topic.id.name);
  }
  std::vector<Note> out;
  for (const auto& [cluster, topics] : foreign) {
    const auto is_known = [&](const std::string& topic) {
      return !shared.makers_of(cluster_ids.at(cluster), topic, "").empty();
    };
    if (std::ranges::none_of(topics, is_known)) continue;
    const auto ids = kafka.ids(cluster, topics);
    if (!ids) continue;
    for (const auto& [topic, id] : *ids) {
      const ResourceId about = topic_id(cluster, topic);
      const bool taken = is_adopted(about);
      for (const TopicMaker& maker : shared.makers_of(cluster_ids.at(cluster), topic, id)) {
        out.emplace_back(fmt::format("topic/{} {} application {} of namespace {}{}", topic,
                                     taken ? "is in the record of" : "was made by", maker.application, maker.ns,
                                     taken && maker.is_deployed ? ": while both run neither deletes it" : ""),
                         about);
      }
    }
  }
  return out;
}

}  // namespace cloudflow
