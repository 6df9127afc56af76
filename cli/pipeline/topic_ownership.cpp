// What the record knows of a topic, and what naming it for adoption changes in that.
#include "cli/pipeline/topic_ownership.h"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// So many topics of a cluster are named in a note.
constexpr std::size_t most_named = 5;

}  // namespace

TopicRecord record_of(const Inventory& record, const std::string& cluster_id, const std::string& topic,
                      const std::string& live_id) {
  const auto topics = record.topics.find(cluster_id);
  if (topics == record.topics.end() || std::ranges::find(topics->second, topic) == topics->second.end())
    return TopicRecord::nothing;
  const auto ids = record.topic_ids.find(cluster_id);
  if (ids == record.topic_ids.end() || !ids->second.contains(topic)) return TopicRecord::name_only;
  const std::string& id = ids->second.at(topic);
  if (id == intended_topic) return TopicRecord::intended;
  return live_id.empty() || id == live_id ? TopicRecord::this_one : TopicRecord::another;
}

std::map<std::string, std::set<std::string_view>> recorded_topics(
    const Inventory& record, const std::map<std::string, std::string>& cluster_ids) {
  std::map<std::string, std::set<std::string_view>> out;
  for (const auto& [name, id] : cluster_ids) {
    std::set<std::string_view>& of_cluster = out[name];
    if (const auto topics = record.topics.find(id); topics != record.topics.end())
      of_cluster.insert(topics->second.begin(), topics->second.end());
  }
  return out;
}

bool is_taken_over(TopicRecord record, NamedBy by) {
  if (by == NamedBy::policy) return record == TopicRecord::nothing;
  return record != TopicRecord::this_one;
}

void take_over(Inventory& record, const std::string& cluster_id, const std::string& topic, const std::string& live_id) {
  std::vector<std::string>& topics = record.topics[cluster_id];
  if (std::ranges::find(topics, topic) == topics.end()) topics.push_back(topic);
  record.topic_ids[cluster_id].erase(topic);
  if (!live_id.empty()) record.topic_ids[cluster_id].emplace(topic, live_id);
  if (record.topic_ids[cluster_id].empty()) record.topic_ids.erase(cluster_id);
}

std::vector<std::string> topics_without_id(const Inventory& record, const std::string& cluster_id,
                                           const std::set<std::string>& made) {
  std::vector<std::string> out;
  const auto topics = record.topics.find(cluster_id);
  if (topics == record.topics.end()) return out;
  for (const std::string& topic : topics->second) {
    const TopicRecord is = record_of(record, cluster_id, topic, "");
    if (is == TopicRecord::name_only || (is == TopicRecord::intended && made.contains(topic))) out.push_back(topic);
  }
  return out;
}

std::optional<std::string> note_of_unknown_clusters(const Inventory& record,
                                                    const std::map<std::string, std::string>& cluster_ids) {
  std::vector<std::string> out;
  for (const auto& [cluster, topics] : record.topics) {
    const bool is_known = std::ranges::any_of(cluster_ids, [&](const auto& one) { return one.second == cluster; });
    if (is_known || topics.empty()) continue;
    const std::size_t named = std::min(topics.size(), most_named);
    std::vector<std::string> names(topics.begin(), topics.begin() + static_cast<std::ptrdiff_t>(named));
    if (topics.size() > named) names.push_back(fmt::format("{} more", topics.size() - named));
    out.push_back(fmt::format("{} on Kafka cluster {} ({})", counted(static_cast<long long>(topics.size()), "topic"),
                              cluster, join(names, ", ")));
  }
  if (out.empty()) return std::nullopt;
  return fmt::format(
      "this application made {}, which no cluster of the source or of the environment's kafka: is: nothing is said of "
      "what is there, and it stays; to have it looked at, name that cluster there",
      join(out, " and "));
}

}  // namespace cloudflow
