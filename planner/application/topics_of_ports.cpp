// The topics that an application's ports are wired to.
#include "planner/application/topics_of_ports.h"

#include <fmt/format.h>

#include <map>

#include "planner/application/verify_parts.h"
#include "planner/blueprint/fields.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::string cluster_text(const std::string& cluster) {
  return cluster.empty() ? "the default cluster" : "cluster " + quote(cluster);
}

}  // namespace

std::vector<Topic> topics_of_ports(std::span<const Streamlet> streamlets, Diagnostics& problems) {
  std::map<std::string, Topic> by_id;
  for (const Streamlet& streamlet : streamlets) {
    for (const auto& [port, mapping] : streamlet.ports) {
      const ConfigValue config = with_dots_opened(mapping.config);
      const std::string path = streamlet.name + "." + port;
      auto [found, added] = by_id.try_emplace(
          mapping.topic,
          Topic{.id = mapping.topic, .cluster = mapping.cluster, .config = config, .where = mapping.config.where()});
      Topic& topic = found->second;
      if (!added && topic.cluster != mapping.cluster) {
        problems.error(
            "topic-on-two-clusters", mapping.config.where(),
            fmt::format("topic {} is on {} for port {}, and on {} at {}", quote(topic.id),
                        cluster_text(mapping.cluster), quote(path), cluster_text(topic.cluster), topic.where.text()));
      }
      if (!added) topic.config = topic.config.over(config);
      (streamlet.descriptor.outlet(port) != nullptr ? topic.producers : topic.consumers).push_back(path);
    }
  }
  std::vector<Topic> out;
  for (auto& [id, topic] : by_id) {
    verify_topic_config(id, topic.config, problems);
    out.push_back(std::move(topic));
  }
  return out;
}

}  // namespace cloudflow
