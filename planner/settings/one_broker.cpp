// The configuration of an application that runs on one Kafka broker.
#include "planner/settings/one_broker.h"

#include <vector>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

const std::vector<std::string> brokers_at = {"bootstrap", "servers"};
const std::vector<std::string> protocol_at = {"consumer-config", "group", "protocol"};
const std::vector<std::string> in_sync_at = {"topic", "min", "insync", "replicas"};

/// The settings of a topic or port without what leads to another cluster.
ConfigValue moved(const ConfigValue& settings, const ConfigValue& brokers) {
  return settings.without("connection-config").without("bootstrap.servers").with_at(brokers_at, brokers);
}

/// Settings of a consumer. A third of the session is what clients are told to keep to.
ConfigValue sessions_of(int session) {
  return ConfigValue::object({})
      .with_at(std::vector<std::string>{"session", "timeout", "ms"}, ConfigValue::number(session))
      .with_at(std::vector<std::string>{"heartbeat", "interval", "ms"}, ConfigValue::number(session / 3));
}

/// In the newer protocol of groups the broker says how long a session is, and clients refuse to be told.
bool is_told_by_the_broker(const ConfigValue& settings) {
  const ConfigValue* protocol = settings.at(protocol_at);
  return protocol != nullptr && protocol->is_scalar() && lower(protocol->text()) == "consumer";
}

}  // namespace

EffectiveConfig on_one_broker(EffectiveConfig config, const OneBroker& broker) {
  const ConfigValue brokers = ConfigValue::string(broker.address);
  for (auto& [id, topic] : config.topics) {
    topic.cluster = default_cluster;
    topic.managed = ConfigValue::boolean(true, topic.managed.where());
    topic.config = moved(topic.config, brokers);
    if (!broker.is_single) continue;
    topic.replicas = {};
    if (const ConfigValue* in_sync = topic.config.at(in_sync_at); in_sync != nullptr)
      topic.config = topic.config.with_at(in_sync_at, ConfigValue::number(1, in_sync->where()));
  }
  for (auto& [name, streamlet] : config.streamlets) {
    for (auto& [port, settings] : streamlet.ports) {
      settings = moved(settings, brokers);
      if (broker.session > 0 && !is_told_by_the_broker(settings))
        settings = settings.over(ConfigValue::object({{"consumer-config", sessions_of(broker.session)}}));
    }
  }
  config.clusters = {{std::string(default_cluster), ConfigValue::object({}).with_at(brokers_at, brokers)}};
  config.other_clusters.clear();
  config.default_brokers = brokers;
  return config;
}

}  // namespace cloudflow
