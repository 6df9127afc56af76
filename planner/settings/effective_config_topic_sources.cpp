// Where a topic's settings come from.
#include "planner/settings/effective_config_topic_sources.h"

#include <fmt/format.h>

#include <set>

#include "planner/config/print_config.h"
#include "planner/project/client_passwords.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

const ConfigValue& nothing() {
  static const ConfigValue value = ConfigValue::object({});
  return value;
}

const ConfigValue& entries(const ConfigValue& tree) {
  const ConfigValue* topics = tree.at({"cloudflow", "topics"});
  return topics != nullptr && topics->is_object() ? *topics : nothing();
}

/// Moves "a.b" written as one key to where HOCON would have put it.
ConfigValue with_nested(const ConfigValue& value, std::string_view flat, const std::vector<std::string>& path) {
  const ConfigValue* found = value.find(flat);
  if (found == nullptr) return value;
  const ConfigValue moved = *found;
  return value.without(flat).with_at(path, moved);
}

std::string shown(const ConfigValue& count) {
  return count.contains_secret() ? std::string(hidden_value) : count.text();
}

/// Partition and replica counts belong to the top; `topic.partitions` counts as the same setting.
ConfigValue with_counts_on_top(const ConfigValue& layer, const std::string& id, Diagnostics& problems) {
  ConfigValue out = layer;
  for (const std::string key : {"partitions", "replicas"}) {
    const ConfigValue* inner = out.at({"topic", key});
    if (inner == nullptr) continue;
    const ConfigValue* top = out.find(key);
    if (top != nullptr && !top->is_null() && top->text() != inner->text()) {
      problems.error("topic-setting-twice", inner->where(),
                     fmt::format("topic {} has {} {} here and {} at {}", quote(id), shown(*inner), key, shown(*top),
                                 top->where().text()),
                     fmt::format("remove topic.{}", key));
    }
    const ConfigValue count = top != nullptr && !top->is_null() ? *top : *inner;
    out = out.with("topic", out.find("topic")->without(key)).with(key, count);
  }
  return out;
}

}  // namespace

ConfigValue normal_topic_settings(const ConfigValue& settings, const std::string& id, Diagnostics& problems) {
  if (!settings.is_object()) return nothing();
  ConfigValue out = settings.without("producers").without("consumers").without("cluster").without("cluster-id");
  out = with_nested(out, "bootstrap-servers", {"bootstrap", "servers"});
  out = with_nested(out, "bootstrap.servers", {"bootstrap", "servers"});
  for (const auto& [key, member] : settings.members()) {
    if (key.starts_with("topic.")) out = with_nested(out, key, {"topic", key.substr(6)});
  }
  return with_counts_on_top(out, id, problems);
}

TopicSources::TopicSources(const Application& application, const Environment& environment, const ConfigValue& files,
                           const ClusterFacts& facts, Diagnostics& problems)
    : application_(application), environment_(environment), files_(files) {
  index_entries(user_config(environment, files), problems);
  for (const auto& [name, config] : facts.kafka) clusters_.emplace(name, normal_topic_settings(config, name, problems));
  for (const auto& [name, given] : environment.kafka) {
    const ConfigValue own = normal_topic_settings(given.config, name, problems);
    const auto known = clusters_.find(name);
    const bool alone = known == clusters_.end() || own.at({"bootstrap", "servers"}) != nullptr;
    clusters_.insert_or_assign(name, alone ? own : own.over(known->second));
  }
}

/// Cloudflow 2 looked the cluster of a topic up by the name of its port, so that is understood where it means one
/// topic.
void TopicSources::index_entries(const ConfigValue& user, Diagnostics& problems) {
  std::vector<std::string> known;
  for (const Topic& topic : application_.topics) known.push_back(topic.id);
  std::map<std::string, std::set<std::string>> by_port;
  for (const Streamlet& streamlet : application_.streamlets) {
    for (const auto& [port, mapping] : streamlet.ports) by_port[port].insert(mapping.topic);
  }
  for (const auto& [key, entry] : entries(user).members()) {
    if (application_.topic(key) != nullptr) continue;
    const auto through = by_port.find(key);
    if (through != by_port.end() && through->second.size() == 1 &&
        entries(user).find(*through->second.begin()) == nullptr) {
      const std::string& id = *through->second.begin();
      keys_.emplace(id, key);
      problems.warning(
          "topic-by-port", entry.where(),
          fmt::format("{} is the name of a port; its settings are used for topic {}", quote(key), quote(id)),
          fmt::format("write cloudflow.topics.{}", id));
      continue;
    }
    const std::string hint = did_you_mean(key, known);
    problems.error("unknown-topic", entry.where(), fmt::format("the application has no topic {}", quote(key)),
                   hint.empty() ? "its topics are: " + join(known, ", ") : hint);
  }
}

const ConfigValue* TopicSources::entry(const ConfigValue& tree, const Topic& topic) const {
  const auto key = keys_.find(topic.id);
  return entries(tree).find(key == keys_.end() ? topic.id : key->second);
}

ConfigValue TopicSources::cluster_name(const Topic& topic) const {
  for (const ConfigValue* tree : {&environment_.values, &files_}) {
    const ConfigValue* found = entry(*tree, topic);
    const ConfigValue* cluster = found == nullptr ? nullptr : found->find("cluster");
    if (cluster != nullptr && cluster->is_string()) return *cluster;
  }
  return ConfigValue::string(topic.cluster.empty() ? std::string(default_cluster) : topic.cluster, topic.where);
}

ConfigValue TopicSources::cluster(const std::string& name) const {
  const auto found = clusters_.find(name);
  return found == clusters_.end() ? ConfigValue() : found->second;
}

std::vector<std::string> TopicSources::cluster_names() const {
  std::vector<std::string> names;
  for (const auto& [name, config] : clusters_) names.push_back(name);
  return names;
}

std::vector<ConfigLayer> TopicSources::layers(const Topic& topic, const ConfigValue& own, Diagnostics& problems) const {
  std::vector<ConfigLayer> out;
  if (const ConfigValue* found = entry(environment_.values, topic)) {
    out.push_back({"environment values, topic scope", normal_topic_settings(*found, topic.id, problems)});
  }
  if (const ConfigValue* found = entry(files_, topic))
    out.push_back({"topic scope", normal_topic_settings(*found, topic.id, problems)});
  out.push_back({"blueprint", normal_topic_settings(with_passwords_marked(own), topic.id, problems)});
  const std::string name = cluster_name(topic).text();
  if (const ConfigValue config = cluster(name); config.is_object()) {
    const bool given = environment_.kafka.contains(name);
    out.push_back(
        {fmt::format("Kafka cluster {}{}", quote(name), given ? " of the environment" : ", secret in Kubernetes"),
         config});
  }
  return out;
}

}  // namespace cloudflow
