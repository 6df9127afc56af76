// Settings, name and cluster of every topic: configuration over blueprint over cluster.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "planner/application/topic_values.h"
#include "planner/config/print_config.h"
#include "planner/project/broker_addresses.h"
#include "planner/project/external_values.h"
#include "planner/settings/effective_config_topic_sources.h"
#include "sdk/support/kafka_names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::array<std::string_view, 3> client_sections = {"connection-config", "producer-config", "consumer-config"};

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
                    quote(id), quoted(*redirected), quoted(*brokers), brokers->where().text()),
        "give one broker list");
  }
  return config;
}

/// A text made of this value: at its place, and as secret.
ConfigValue string_like(const ConfigValue& value, std::string text) {
  return value.is_secret() ? ConfigValue::secret(std::move(text), value.where())
                           : ConfigValue::string(std::move(text), value.where());
}

ConfigValue count_of(const ConfigValue& config, const std::string& key, long long most, const std::string& id,
                     Diagnostics& problems) {
  const ConfigValue* value = config.find(key);
  if (value == nullptr || is_placeholder(*value)) return {};
  const std::optional<long long> number = value->as_int();
  if (number && *number >= 1 && *number <= most) {
    const ConfigValue count = ConfigValue::number(*number, value->where());
    return value->is_secret() ? count.marked_secret() : count;
  }
  problems.error(
      "topic-count", value->where(),
      fmt::format("topic {}: {} must be a whole number from 1 to {}, not {}", quote(id), key, most, quoted(*value)));
  return {};
}

/// The topic's own settings, as Kafka is to keep them.
void check_values(const std::string& id, const ConfigValue& config, Diagnostics& problems) {
  if (const ConfigValue* settings = config.find("topic")) verify_topic_values(id, *settings, problems);
}

EffectiveTopic make_topic(const Topic& topic, const std::vector<ConfigLayer>& layers, const std::string& prefix,
                          Diagnostics& problems) {
  EffectiveTopic out{.id = topic.id, .where = topic.where};
  ConfigValue config = with_one_broker_list(merge_layers(layers), topic.id, problems);
  const ConfigValue* name = config.at({"topic", "name"});
  out.name = name != nullptr && name->is_scalar() ? string_like(*name, name->text())
                                                  : ConfigValue::string(topic.id, topic.where);
  out.partitions = count_of(config, "partitions", 100000, topic.id, problems);
  out.replicas = count_of(config, "replicas", 1000, topic.id, problems);
  const ConfigValue* managed = config.find("managed");
  const std::optional<bool> readable = managed == nullptr ? std::nullopt : managed->as_bool();
  out.managed = ConfigValue::boolean(readable.value_or(true), managed == nullptr ? topic.where : managed->where());
  if (readable) config = config.with("managed", out.managed);
  if (!prefix.empty() && readable.value_or(true)) {  // a topic of others has the name that they gave it
    out.name = string_like(out.name, prefix + out.name.text());
    const std::vector<std::string> path = {"topic", "name"};
    config = config.with_at(path, out.name);
  }
  if (!is_topic_name(out.name.text())) {
    problems.error("topic-name", out.name.where(),
                   fmt::format("topic {} cannot be named {}: 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-' are wanted",
                               quote(topic.id), quoted(out.name)));
  }
  check_values(topic.id, config, problems);
  warn_of_setting_names(config, problems);
  for (const std::string_view section : client_sections) {
    if (config.find(section) == nullptr) config = config.with(section, ConfigValue::object({}));
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

/// What connects to the brokers of this topic, without the topic's own settings.
ConfigValue connection_of(const ConfigValue& config) {
  ConfigValue out = ConfigValue::object({}, config.where());
  for (const std::string_view key :
       {"bootstrap", "connection-config", "producer-config", "consumer-config", "partitions", "replicas"}) {
    if (const ConfigValue* member = config.find(key)) out = out.with(key, *member);
  }
  return out;
}

void check_cluster(const EffectiveTopic& topic, const ConfigValue& name, const ConfigValue& cluster,
                   const TopicSources& sources, Diagnostics& problems) {
  const bool has_brokers = topic.config.at({"bootstrap", "servers"}) != nullptr;
  if (cluster.is_null() && (topic.cluster != default_cluster || !has_brokers)) {
    std::string hint = name.is_secret() ? "" : did_you_mean(topic.cluster, sources.cluster_names());
    if (hint.empty()) {
      hint = fmt::format(
          "add it under kafka: of the environment, or a secret labelled cloudflow.lightbend.com/kafka-cluster-name={}",
          name.is_secret() ? hidden_value : std::string_view(topic.cluster));
    }
    problems.error("unknown-kafka-cluster", name.where(),
                   fmt::format("topic {} is on Kafka cluster {}, which does not exist", quote(topic.id), quoted(name)),
                   hint);
  } else if (!cluster.is_null() && !has_brokers) {
    problems.error("no-brokers", cluster.where(),
                   fmt::format("Kafka cluster {} has no bootstrap.servers", quote(topic.cluster)));
  }
}

/// The cluster's name, or the broker list of a topic that brings its own; with it goes how to connect there.
void place(EffectiveTopic& topic, const ConfigValue& cluster, EffectiveConfig& out) {
  const ConfigValue* brokers = topic.config.at({"bootstrap", "servers"});
  const ConfigValue* shared = cluster.at({"bootstrap", "servers"});
  if (brokers == nullptr || (shared != nullptr && shared->text() == brokers->text())) {
    if (cluster.is_object()) out.clusters.emplace(topic.cluster, connection_of(cluster));
    return;
  }
  if (shared != nullptr || !cluster.is_object()) topic.cluster = brokers->text();
  out.clusters.emplace(topic.cluster, connection_of(topic.config));
}

using PortsByTopic = std::map<std::string, std::vector<std::pair<const Streamlet*, std::string>>>;

/// Ports mostly have the topic's own settings; a descriptor file may give one port some of its own.
void add_ports(const PortsByTopic& ports, const Topic& topic, const EffectiveTopic& effective,
               const TopicSources& sources, const std::string& prefix, EffectiveConfig& out, Diagnostics& problems) {
  const auto mine = ports.find(topic.id);
  if (mine == ports.end()) return;
  for (const auto& [streamlet, port] : mine->second) {
    const auto to = out.streamlets.find(streamlet->name);
    if (to == out.streamlets.end()) continue;
    const ConfigValue& own = streamlet->ports.at(port).config;
    const bool same = !own.is_object() || own == topic.config;
    to->second.ports.insert_or_assign(
        port,
        same ? effective.config : make_topic(topic, sources.layers(topic, own, problems), prefix, problems).config);
  }
}

}  // namespace

void add_topics(const Application& application, const Environment& environment, const ConfigValue& files,
                const ClusterFacts& facts, EffectiveConfig& out, Diagnostics& problems) {
  const TopicSources sources(application, environment, files, facts, problems);
  check_mappings(application, problems);
  out.groups = environment.group_prefix + application.id;
  if (const ConfigValue usual = sources.cluster(std::string(default_cluster)); usual.is_object()) {
    if (const ConfigValue* brokers = usual.at({"bootstrap", "servers"})) out.default_brokers = *brokers;
  }
  PortsByTopic ports;
  for (const Streamlet& streamlet : application.streamlets) {
    for (const auto& [port, mapping] : streamlet.ports) ports[mapping.topic].emplace_back(&streamlet, port);
  }
  for (const Topic& topic : application.topics) {
    EffectiveTopic effective =
        make_topic(topic, sources.layers(topic, topic.config, problems), environment.topic_prefix, problems);
    add_ports(ports, topic, effective, sources, environment.topic_prefix, out, problems);
    const ConfigValue name = sources.cluster_name(topic);
    const ConfigValue cluster = sources.cluster(name.text());
    effective.cluster = name.text();
    if (facts.online) check_cluster(effective, name, cluster, sources, problems);
    place(effective, cluster, out);
    out.topics.emplace(topic.id, std::move(effective));
  }
  for (const std::string& name : sources.cluster_names()) {
    const ConfigValue cluster = sources.cluster(name);
    if (!out.clusters.contains(name) && cluster.at({"bootstrap", "servers"}) != nullptr)
      out.other_clusters.emplace(name, connection_of(cluster));
  }
  for (const auto& [cluster, settings] : out.clusters) {
    if (const ConfigValue* servers = settings.at({"bootstrap", "servers"}))
      check_broker_addresses(cluster, *servers, problems);
  }
}

}  // namespace cloudflow
