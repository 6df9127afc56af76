// Settings, name and cluster of every topic: configuration over blueprint over cluster.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "planner/model/effective_config_layers.h"
#include "planner/model/external_values.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr std::array<std::string_view, 3> client_sections = {"connection-config", "producer-config", "consumer-config"};

const ConfigValue& nothing() {
  static const ConfigValue value = ConfigValue::object({});
  return value;
}

const ConfigValue& entries(const ConfigValue& tree) {
  const ConfigValue* topics = tree.at({"cloudflow", "topics"});
  return topics != nullptr && topics->is_object() ? *topics : nothing();
}

/// Topics with a port of this name.
std::vector<std::string> topics_with_port(const Application& application, std::string_view port) {
  std::set<std::string> found;
  for (const Streamlet& streamlet : application.streamlets) {
    if (const auto mapping = streamlet.ports.find(std::string(port)); mapping != streamlet.ports.end())
      found.insert(mapping->second.topic);
  }
  return {found.begin(), found.end()};
}

/// The key under which the configuration speaks of a topic: its id or, as the original looked it up, the name of a port
/// of it.
std::string entry_key(const Application& application, const Topic& topic, const ConfigValue& user) {
  if (entries(user).find(topic.id) != nullptr) return topic.id;
  for (const auto& [key, entry] : entries(user).members()) {
    if (application.topic(key) != nullptr) continue;
    if (topics_with_port(application, key) == std::vector<std::string>{topic.id}) return key;
  }
  return topic.id;
}

/// Moves "a.b" written as one key to where HOCON would have put it.
ConfigValue with_nested(const ConfigValue& value, std::string_view flat, const std::vector<std::string>& path) {
  const ConfigValue* found = value.find(flat);
  if (found == nullptr) return value;
  const ConfigValue moved = *found;
  return value.without(flat).with_at(path, moved);
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
                     fmt::format("topic {} has {} {} here and {} at {}", quote(id), inner->text(), key, top->text(),
                                 top->where().text()),
                     fmt::format("remove topic.{}", key));
    }
    const ConfigValue count = top != nullptr && !top->is_null() ? *top : *inner;
    out = out.with("topic", out.find("topic")->without(key)).with(key, count);
  }
  return out;
}

/// One layer in the form in which layers can be merged.
ConfigValue normal(const ConfigValue& layer, const std::string& id, Diagnostics& problems) {
  if (!layer.is_object()) return nothing();
  ConfigValue out = layer.without("producers").without("consumers").without("cluster").without("cluster-id");
  out = with_nested(out, "bootstrap-servers", {"bootstrap", "servers"});
  out = with_nested(out, "bootstrap.servers", {"bootstrap", "servers"});
  for (const auto& [key, member] : layer.members()) {
    if (key.starts_with("topic.")) out = with_nested(out, key, {"topic", key.substr(6)});
  }
  return with_counts_on_top(out, id, problems);
}

std::string cluster_of(const Application& application, const Topic& topic, const ConfigValue& user, SourcePos& where) {
  const ConfigValue* entry = entries(user).find(entry_key(application, topic, user));
  const ConfigValue* cluster = entry == nullptr ? nullptr : entry->find("cluster");
  where = cluster != nullptr && cluster->is_string() ? cluster->where() : topic.where;
  if (cluster != nullptr && cluster->is_string()) return cluster->text();
  return topic.cluster.empty() ? std::string(default_cluster) : topic.cluster;
}

/// The environment's cluster of that name over the one that the Kubernetes cluster knows; null when neither does.
ConfigValue cluster_config(const Environment& environment, const ClusterFacts& facts, const std::string& name,
                           Diagnostics& problems) {
  const auto known = facts.kafka.find(name);
  const auto given = environment.kafka.find(name);
  if (given == environment.kafka.end())
    return known == facts.kafka.end() ? ConfigValue() : normal(known->second, name, problems);
  const ConfigValue own = normal(given->second.config, name, problems);
  if (known == facts.kafka.end() || own.at({"bootstrap", "servers"}) != nullptr) return own;
  return own.over(normal(known->second, name, problems));
}

/// The broker list hidden in connection-config, which clients would follow.
const ConfigValue* redirected_brokers(const ConfigValue& config) {
  const ConfigValue* connection = config.find("connection-config");
  if (connection == nullptr) return nullptr;
  const ConfigValue* flat = connection->find("bootstrap.servers");
  return flat != nullptr ? flat : connection->at({"bootstrap", "servers"});
}

ConfigValue with_one_broker_list(const ConfigValue& config, const std::string& id, Diagnostics& problems) {
  const ConfigValue* redirected = redirected_brokers(config);
  if (redirected == nullptr || redirected->text().empty()) return config;
  const ConfigValue* brokers = config.at({"bootstrap", "servers"});
  if (brokers == nullptr) {
    const std::vector<std::string> path = {"bootstrap", "servers"};
    return config.with_at(path, *redirected);
  }
  if (brokers->text() != redirected->text()) {
    problems.error(
        "two-broker-lists", redirected->where(),
        fmt::format("connection-config sends clients of topic {} to {}, but its bootstrap.servers is {} at {}",
                    quote(id), quote(redirected->text()), quote(brokers->text()), brokers->where().text()),
        "give one broker list");
  }
  return config;
}

bool is_topic_name(std::string_view name) {
  const bool characters = std::ranges::all_of(
      name, [](unsigned char c) { return (c < 0x80 && std::isalnum(c) != 0) || c == '.' || c == '_' || c == '-'; });
  return characters && !name.empty() && name.size() <= 249 && name != "." && name != "..";
}

ConfigValue count_of(const ConfigValue& config, const std::string& key, long long most, const std::string& id,
                     Diagnostics& problems) {
  const ConfigValue* value = config.find(key);
  if (value == nullptr || is_placeholder(*value)) return {};
  const std::optional<long long> number = value->as_int();
  if (number && *number >= 1 && *number <= most) return ConfigValue::number(*number, value->where());
  problems.error("topic-count", value->where(),
                 fmt::format("topic {}: {} must be a whole number from 1 to {}, not {}", quote(id), key, most,
                             quote(value->text())));
  return {};
}

EffectiveTopic make_topic(const Topic& topic, const std::vector<ConfigLayer>& layers, Diagnostics& problems) {
  EffectiveTopic out{.id = topic.id, .where = topic.where};
  ConfigValue config = with_one_broker_list(merge_layers(layers), topic.id, problems);
  const ConfigValue* name = config.at({"topic", "name"});
  out.name = name != nullptr && name->is_scalar() ? ConfigValue::string(name->text(), name->where())
                                                  : ConfigValue::string(topic.id, topic.where);
  if (!is_topic_name(out.name.text())) {
    problems.error("topic-name", out.name.where(),
                   fmt::format("topic {} cannot be named {}: 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-' are wanted",
                               quote(topic.id), quote(out.name.text())));
  }
  out.partitions = count_of(config, "partitions", 100000, topic.id, problems);
  out.replicas = count_of(config, "replicas", 1000, topic.id, problems);
  const ConfigValue* managed = config.find("managed");
  const std::optional<bool> readable = managed == nullptr ? std::nullopt : managed->as_bool();
  out.managed = ConfigValue::boolean(readable.value_or(true), managed == nullptr ? topic.where : managed->where());
  if (readable) config = config.with("managed", out.managed);
  for (const std::string_view section : client_sections) {
    if (config.find(section) == nullptr) config = config.with(section, nothing());
  }
  out.config = config;
  return out;
}

/// Ports of one topic have to agree on the cluster.
void check_mappings(const Application& application, Diagnostics& problems) {
  std::map<std::string, std::pair<const PortMapping*, std::string>> seen;
  for (const Streamlet& streamlet : application.streamlets) {
    for (const auto& [port, mapping] : streamlet.ports) {
      const std::string path = streamlet.name + "." + port;
      const auto [first, fresh] = seen.emplace(mapping.topic, std::pair(&mapping, path));
      if (fresh || first->second.first->cluster == mapping.cluster) continue;
      const auto text = [](const PortMapping& m) {
        return m.cluster.empty() ? std::string("the default cluster") : "cluster " + quote(m.cluster);
      };
      problems.error("topic-on-two-clusters", streamlet.where,
                     fmt::format("topic {} is on {} for {} and on {} for {}", quote(mapping.topic),
                                 text(*first->second.first), first->second.second, text(mapping), path));
    }
  }
}

void check_entries(const Application& application, const ConfigValue& user, Diagnostics& problems) {
  std::vector<std::string> known;
  for (const Topic& topic : application.topics) known.push_back(topic.id);
  for (const auto& [key, entry] : entries(user).members()) {
    if (application.topic(key) != nullptr) continue;
    const std::vector<std::string> through_port = topics_with_port(application, key);
    if (through_port.size() == 1 && entries(user).find(through_port.front()) == nullptr) {
      problems.warning("topic-by-port", entry.where(),
                       fmt::format("{} is the name of a port; its settings are used for topic {}", quote(key),
                                   quote(through_port.front())),
                       fmt::format("write cloudflow.topics.{}", through_port.front()));
      continue;
    }
    const std::string hint = did_you_mean(key, known);
    problems.error("unknown-topic", entry.where(), fmt::format("the application has no topic {}", quote(key)),
                   hint.empty() ? "its topics are: " + join(known, ", ") : hint);
  }
}

/// What connects to the brokers of this topic, without the topic's own settings.
ConfigValue connection_of(const ConfigValue& config) {
  ConfigValue out = ConfigValue::object({}, config.where());
  for (const std::string_view key :
       {"bootstrap", "connection-config", "producer-config", "consumer-config", "partitions", "replicas"}) {
    if (const ConfigValue* member = config.find(key)) out = out.with(key, *member);
  }
  return out;
}

}  // namespace

std::vector<ConfigLayer> topic_layers(const Application& application, const Topic& topic, const ConfigValue& own,
                                      const Environment& environment, const ConfigValue& files,
                                      const ClusterFacts& facts, Diagnostics& problems) {
  const ConfigValue user = user_config(environment, files);
  const std::string key = entry_key(application, topic, user);
  std::vector<ConfigLayer> layers;
  if (const ConfigValue* entry = entries(environment.values).find(key))
    layers.push_back({"environment values, topic scope", normal(*entry, topic.id, problems)});
  if (const ConfigValue* entry = entries(files).find(key))
    layers.push_back({"topic scope", normal(*entry, topic.id, problems)});
  layers.push_back({"blueprint", normal(own, topic.id, problems)});
  SourcePos where;
  const std::string cluster = cluster_of(application, topic, user, where);
  if (const ConfigValue config = cluster_config(environment, facts, cluster, problems); config.is_object()) {
    const bool given = environment.kafka.contains(cluster);
    layers.push_back(
        {fmt::format("Kafka cluster {}{}", quote(cluster), given ? " of the environment" : ", secret in Kubernetes"),
         config});
  }
  return layers;
}

namespace {

/// Ports mostly have the topic's own settings; a descriptor file may give one port some of its own.
void add_ports(const Application& application, const Topic& topic, const EffectiveTopic& effective,
               const Environment& environment, const ConfigValue& files, const ClusterFacts& facts,
               EffectiveConfig& out, Diagnostics& problems) {
  for (const Streamlet& streamlet : application.streamlets) {
    const auto to = out.streamlets.find(streamlet.name);
    for (const auto& [port, mapping] : streamlet.ports) {
      if (mapping.topic != topic.id || to == out.streamlets.end()) continue;
      ConfigValue config = effective.config;
      if (mapping.config.is_object() && mapping.config != topic.config) {
        config =
            make_topic(topic, topic_layers(application, topic, mapping.config, environment, files, facts, problems),
                       problems)
                .config;
      }
      to->second.ports.insert_or_assign(port, config);
    }
  }
}

}  // namespace

void add_topics(const Application& application, const Environment& environment, const ConfigValue& files,
                const ClusterFacts& facts, EffectiveConfig& out, Diagnostics& problems) {
  const ConfigValue user = user_config(environment, files);
  check_entries(application, user, problems);
  check_mappings(application, problems);
  std::vector<std::string> clusters;
  for (const auto& [name, settings] : environment.kafka) clusters.push_back(name);
  for (const auto& [name, settings] : facts.kafka) clusters.push_back(name);
  for (const Topic& topic : application.topics) {
    const std::vector<ConfigLayer> layers =
        topic_layers(application, topic, topic.config, environment, files, facts, problems);
    EffectiveTopic effective = make_topic(topic, layers, problems);
    add_ports(application, topic, effective, environment, files, facts, out, problems);
    SourcePos where;
    effective.cluster = cluster_of(application, topic, user, where);
    const bool exists = environment.kafka.contains(effective.cluster) || facts.kafka.contains(effective.cluster);
    const ConfigValue* brokers = effective.config.at({"bootstrap", "servers"});
    Diagnostics ignored;
    const ConfigValue shared = cluster_config(environment, facts, effective.cluster, ignored);
    const ConfigValue* shared_brokers = shared.at({"bootstrap", "servers"});
    const bool named = effective.cluster != default_cluster;
    if (!exists && facts.online && (named || brokers == nullptr)) {
      std::string hint = did_you_mean(effective.cluster, clusters);
      if (hint.empty())
        hint = fmt::format(
            "add it under kafka: of the environment, or a secret labelled "
            "cloudflow.lightbend.com/kafka-cluster-name={}",
            effective.cluster);
      problems.error("unknown-kafka-cluster", where,
                     fmt::format("topic {} is on Kafka cluster {}, which does not exist", quote(topic.id),
                                 quote(effective.cluster)),
                     hint);
    } else if (exists && brokers == nullptr && facts.online) {
      problems.error("no-brokers", shared.where(),
                     fmt::format("Kafka cluster {} has no bootstrap.servers", quote(effective.cluster)));
    }
    if (brokers != nullptr && (shared_brokers == nullptr || shared_brokers->text() != brokers->text())) {
      effective.cluster = shared_brokers == nullptr && exists ? effective.cluster : brokers->text();
      out.clusters.emplace(effective.cluster, connection_of(effective.config));
    } else if (shared.is_object()) {
      out.clusters.emplace(effective.cluster, connection_of(shared));
    }
    out.topics.emplace(topic.id, std::move(effective));
  }
}

}  // namespace cloudflow
