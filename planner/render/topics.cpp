// Topics as resources.
#include "planner/render/topics.h"

#include <fmt/format.h>

#include <map>

#include "planner/application/topic_values.h"
#include "planner/config/print_config.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int max_depth = 50;

std::string property_text(const ConfigValue& value) {
  if (!value.is_list()) return value.text();
  std::vector<std::string> parts;
  for (const ConfigValue& item : value.items()) parts.push_back(item.text());
  return join(parts, ",");
}

/// Nested settings as Kafka's dotted properties.
void add_properties(const std::string& prefix, const ConfigValue& value, Resource& out, int depth = 0) {
  if (value.is_object() && depth < max_depth) {
    for (const auto& [key, member] : value.members())
      add_properties(prefix.empty() ? key : prefix + "." + key, member, out, depth + 1);
  } else if (!value.is_null() && !value.is_object()) {
    out.spec["config"][prefix] = property_text(value);
    const std::string pointer = "/config/" + pointer_step(prefix);
    out.origins.set(pointer, value.where());
    if (value.contains_secret()) out.secrets.push_back(pointer);
  }
}

}  // namespace

Resource topic_resource(const EffectiveTopic& topic) {
  Resource out;
  out.id = {.provider = "kafka", .kind = "Topic", .scope = topic.cluster, .name = topic.name.text()};
  out.spec = Json{{"config", Json::object()}, {"managed", topic.managed.as_bool() != false}};
  out.origins.set("", topic.where);
  out.origins.set("/managed", topic.managed.where());
  for (const auto& [key, count] :
       {std::pair("partitions", &topic.partitions), std::pair("replicas", &topic.replicas)}) {
    if (const auto number = count->as_int()) {
      out.spec[key] = *number;
      out.origins.set(std::string("/") + key, count->where());
      if (count->is_secret()) out.secrets.push_back(std::string("/") + key);
    }
  }
  if (const ConfigValue* settings = topic.config.find("topic")) {
    add_properties("", settings->without("name").without("partitions").without("replicas"), out);
  }
  return out;
}

std::vector<Resource> render_topics(const EffectiveConfig& config, Diagnostics& problems) {
  std::map<ResourceId, std::pair<Resource, std::string>> made;
  for (const auto& [id, topic] : config.topics) {
    Resource resource = topic_resource(topic);
    const ResourceId key = resource.id;
    const auto found = made.find(key);
    if (found == made.end()) {
      made.emplace(key, std::pair(std::move(resource), id));
    } else if (found->second.first.spec != resource.spec) {
      problems.error("topic-conflict", topic.name.where(),
                     fmt::format("topics {} and {} are both {} on Kafka cluster {}, with different settings",
                                 quote(found->second.second), quote(id), quoted(topic.name), quote(key.scope)),
                     "give one of them another topic.name, or both the same settings");
    }
  }
  std::map<std::pair<std::string, std::string>, const EffectiveTopic*> metric_names;
  for (const auto& [id, topic] : config.topics) {
    const auto [other, alone] = metric_names.try_emplace({topic.cluster, metric_name(topic.name.text())}, &topic);
    if (alone || other->second->name.text() == topic.name.text()) continue;
    problems.error(
        "topic-names-collide", topic.name.where(),
        fmt::format("topic {} is called {} in Kafka and topic {} {} (at {}): Kafka cannot tell names apart that "
                    "differ only in dots and underscores",
                    quote(id), quoted(topic.name), quote(other->second->id), quoted(other->second->name),
                    other->second->name.where().text()),
        "give one of them another name");
  }
  std::vector<Resource> out;
  for (auto& [id, entry] : made) out.push_back(std::move(entry.first));
  return out;
}

}  // namespace cloudflow
