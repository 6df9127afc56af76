// Which rights on Kafka an application's plans and applies need.
#include "providers/kafka/topic/kafka_rights.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

namespace cloudflow {

std::string KafkaRight::text() const {
  return fmt::format("{} on {}{} of Kafka {}", operation, kind, name.empty() ? "" : " " + name, cluster);
}

std::set<KafkaRight> kafka_rights_of_life(std::span<const Resource> desired, const std::string& groups, bool deletes) {
  std::set<KafkaRight> out;
  const auto add = [&](const KafkaRight& on, std::initializer_list<std::string_view> operations) {
    for (const std::string_view operation : operations) {
      KafkaRight right = on;
      right.operation = operation;
      out.insert(std::move(right));
    }
  };
  for (const Resource& topic : desired) {
    if (topic.id.provider != "kafka") continue;
    const std::string& cluster = topic.id.scope;
    add({.cluster = cluster, .kind = "cluster"}, {"Describe"});
    add({.cluster = cluster, .kind = "group", .name = groups, .prefixed = true}, {"Describe"});
    const KafkaRight on{.cluster = cluster, .kind = "topic", .name = topic.id.name};
    add(on, {"Describe", "DescribeConfigs"});
    if (!bool_at(topic.spec, {"managed"}, true)) continue;
    add(on, {"Create", "Alter", "AlterConfigs"});
    if (!deletes) continue;
    add(on, {"Delete"});
    add({.cluster = cluster, .kind = "group", .name = "*"}, {"Describe"});
  }
  return out;
}

}  // namespace cloudflow
