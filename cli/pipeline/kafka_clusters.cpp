// From configuration to connections.
#include "cli/pipeline/kafka_clusters.h"

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Java client properties from a nested or dotted tree: {"ssl": {"ca": x}} → "ssl.ca".
void collect_properties(const ConfigValue& value, const std::string& prefix, std::map<std::string, Secret>& out) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.members())
      collect_properties(member, prefix.empty() ? key : prefix + "." + key, out);
  } else if (value.is_list()) {
    std::vector<std::string> items;
    for (const ConfigValue& item : value.items()) items.push_back(item.text());
    out.insert_or_assign(prefix, Secret(join(items, ",")));
  } else if (!value.is_null()) {
    out.insert_or_assign(prefix, Secret(value.text()));
  }
}

KafkaClusterOptions options_of(const std::string& name, const ConfigValue& settings, const Environment& environment) {
  KafkaClusterOptions out{.name = name};
  if (const ConfigValue* servers = settings.dotted("bootstrap.servers")) {
    out.bootstrap_servers = servers->text();
    out.where = servers->where();
  }
  if (const ConfigValue* connection = settings.find("connection-config"))
    collect_properties(*connection, "", out.properties);
  if (const auto given = environment.kafka.find(name); given != environment.kafka.end())
    out.cluster_id = given->second.cluster_id;
  out.unrelated_groups = environment.policy.unrelated_groups;
  return out;
}

}  // namespace

std::vector<KafkaClusterOptions> kafka_clusters_of(const EffectiveConfig& config, const Environment& environment) {
  std::vector<KafkaClusterOptions> out;
  for (const auto& [name, settings] : config.clusters) out.push_back(options_of(name, settings, environment));
  for (const auto& [name, settings] : config.other_clusters) {
    out.push_back(options_of(name, settings, environment));
    out.back().is_spare = true;
  }
  return out;
}

std::map<std::string, std::string> clusters_by_brokers(const EffectiveConfig& config) {
  std::map<std::string, std::string> out;
  for (const auto* clusters : {&config.clusters, &config.other_clusters}) {
    for (const auto& [name, settings] : *clusters) {
      if (const ConfigValue* servers = settings.dotted("bootstrap.servers")) out.emplace(servers->text(), name);
    }
  }
  return out;
}

}  // namespace cloudflow
