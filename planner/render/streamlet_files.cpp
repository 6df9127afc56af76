// The documents that a streamlet finds in its container.
#include "planner/render/streamlet_files.h"

#include <set>
#include <vector>

#include "sdk/support/digest.h"

namespace cloudflow {
namespace {

using Path = std::vector<std::string>;

ConfigValue empty_object() { return ConfigValue::object({}); }
ConfigValue object_or_empty(const ConfigValue& value) { return value.is_object() ? value : empty_object(); }

/// What the ports were given beyond reaching their topic: how it is made concerns no reader.
constexpr std::string_view read_by_ports[] = {"bootstrap", "connection-config", "producer-config", "consumer-config"};

/// Where a port's topic got its name; the streamlet's place for a topic that the blueprint does not describe.
SourcePos topic_place(const Application& application, const Streamlet& streamlet, const PortMapping& mapping) {
  const Topic* topic = application.topic(mapping.topic);
  return topic != nullptr && topic->where.line > 0 ? topic->where : streamlet.where;
}

/// `groups` is what pods take for the application's name where they name their consumer groups.
ConfigValue identity(const Application& application, const Streamlet& streamlet, const std::string& groups) {
  ConfigValue::List mounts;
  for (const VolumeMount& mount : streamlet.descriptor.volume_mounts) {
    mounts.push_back(ConfigValue::object({{"name", ConfigValue::string(mount.name, mount.where)},
                                          {"path", ConfigValue::string(mount.path, mount.where)},
                                          {"access_mode", ConfigValue::string(mount.access_mode, mount.where)}},
                                         mount.where));
  }
  ConfigValue::Object ports;
  for (const auto& [port, mapping] : streamlet.ports) {
    const SourcePos where = topic_place(application, streamlet, mapping);
    ports.emplace(
        port, ConfigValue::object({{"id", ConfigValue::string(mapping.topic, where)},
                                   {"cluster", mapping.cluster.empty() ? ConfigValue::null(where)
                                                                       : ConfigValue::string(mapping.cluster, where)},
                                   {"config", object_or_empty(mapping.config)}},
                                  where));
  }
  const ConfigValue context =
      ConfigValue::object({{"app_id", ConfigValue::string(groups, application.where)},
                           {"app_version", ConfigValue::string(application.version, application.where)},
                           {"config", object_or_empty(streamlet.config)},
                           {"volume_mounts", ConfigValue::list(std::move(mounts), streamlet.where)},
                           {"port_mappings", ConfigValue::object(std::move(ports))}},
                          streamlet.where);
  const ConfigValue me =
      ConfigValue::object({{"class_name", ConfigValue::string(streamlet.class_name, streamlet.where)},
                           {"streamlet_ref", ConfigValue::string(streamlet.name, streamlet.where)},
                           {"context", context}},
                          streamlet.where);
  return empty_object().with_at(Path{"cloudflow", "runner", "streamlet"}, me);
}

ConfigValue configuration(const Application& application, const Streamlet& streamlet, const EffectiveConfig& config,
                          const EffectiveStreamlet& effective) {
  ConfigValue own = empty_object().with_at(Path{"cloudflow", "streamlets", streamlet.name}, effective.parameters);
  for (const char* section : {"runtimes", "topics"}) own = own.with_at(Path{"cloudflow", section}, empty_object());
  ConfigValue::Object ports;
  for (const auto& [port, mapping] : streamlet.ports) {
    const auto given = effective.ports.find(port);
    const ConfigValue settings = given == effective.ports.end() ? object_or_empty(mapping.config) : given->second;
    ports.emplace(port, ConfigValue::object(
                            {{"id", ConfigValue::string(mapping.topic, topic_place(application, streamlet, mapping))},
                             {"config", settings}}));
  }
  own = own.with_at(Path{"cloudflow", "runner", "streamlet", "context", "port_mappings"},
                    ConfigValue::object(std::move(ports)));
  if (!config.default_brokers.is_null())
    own = own.with_at(Path{"cloudflow", "kafka", "bootstrap-servers"}, config.default_brokers);
  return own.over(effective.runtime).with("kubernetes", effective.kubernetes);
}

/// `document` with the port settings cut down to what a running streamlet reads.
ConfigValue as_read(const ConfigValue& document) {
  const Path path = {"cloudflow", "runner", "streamlet", "context", "port_mappings"};
  const ConfigValue out = document.without("kubernetes");
  const ConfigValue* ports = document.at(path);
  if (ports == nullptr) return out;
  ConfigValue::Object read = ports->members();
  for (auto& [port, mapping] : read) {
    const ConfigValue* settings = mapping.find("config");
    if (settings == nullptr) continue;
    ConfigValue kept = empty_object();
    for (const std::string_view key : read_by_ports) {
      if (const ConfigValue* value = settings->find(key)) kept = kept.with(key, *value);
    }
    if (const ConfigValue* name = settings->at({"topic", "name"})) kept = kept.with_at(Path{"topic", "name"}, *name);
    mapping = mapping.with("config", kept);
  }
  return out.with_at(path, ConfigValue::object(std::move(read)));
}

using Leaves = std::map<std::string, std::string>;

/// Every value by its dotted path, so that {"a":{"b":1}} and {"a.b":1} are the same.
void collect_leaves(const ConfigValue& value, const std::string& path, Leaves& out) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.members())
      collect_leaves(member, path.empty() ? key : path + "." + key, out);
  } else if (value.is_list() && !value.items().empty()) {
    out.emplace(path, value.to_json_text());
  } else if (value.is_scalar()) {
    out.emplace(path, value.text());
  }
}

Leaves leaves_read(const std::map<std::string, std::string>& documents, const std::string& key) {
  Leaves out;
  const auto text = documents.find(key);
  if (text == documents.end()) return out;
  const Json document = Json::parse(text->second, nullptr, false);
  if (document.is_discarded()) return {{"", text->second}};
  collect_leaves(as_read(ConfigValue::from_json(document)), "", out);
  return out;
}

}  // namespace

std::vector<std::string> read_otherwise(const std::map<std::string, std::string>& before,
                                        const std::map<std::string, std::string>& after) {
  std::vector<std::string> out;
  for (const std::string key : {"application.conf", "secret.conf"}) {
    const Leaves old = leaves_read(before, key);
    const Leaves now = leaves_read(after, key);
    std::set<std::string> paths;
    for (const auto* leaves : {&old, &now}) {
      for (const auto& [path, value] : *leaves) paths.insert(path);
    }
    for (const std::string& path : paths) {
      const auto was = old.find(path);
      const auto is = now.find(path);
      if (was != old.end() && is != now.end() && was->second == is->second) continue;
      out.push_back(path.empty() ? key : key + ": " + path);
    }
  }
  return out;
}

bool reads_the_same(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& after) {
  return read_otherwise(before, after).empty();
}

std::map<std::string, ConfigValue> streamlet_documents(const Application& application, const Streamlet& streamlet,
                                                       const EffectiveConfig& config) {
  const EffectiveStreamlet& effective = config.streamlets.at(streamlet.name);
  return {{"application.conf", identity(application, streamlet, config.groups)},
          {"secret.conf", configuration(application, streamlet, config, effective)},
          {"runtime-config.conf", effective.runtime},
          {"pods-config.conf", empty_object().with("kubernetes", effective.kubernetes)}};
}

std::string reading_digest(const Application& application, const Streamlet& streamlet,
                           const std::map<std::string, ConfigValue>& documents, const std::string& logback) {
  std::string read;
  for (const char* name : {"application.conf", "secret.conf"}) {
    if (const auto document = documents.find(name); document != documents.end())
      read += as_read(document->second).to_json_text();
    read += '\n';
  }
  return hex(hmac_sha256("cloudflow " + application.id + "/" + streamlet.name, read + logback)).substr(0, 32);
}

}  // namespace cloudflow
