// What is worth saying of a new topic.
#include "providers/kafka/topic/topic_headline.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sdk/support/text.h"

namespace cloudflow {

std::string topic_headline(const Resource& topic) {
  const auto is_secret = [&](const std::string& pointer) {
    return std::ranges::find(topic.secrets, pointer) != topic.secrets.end();
  };
  std::vector<std::string> parts;
  if (const long long partitions = int_at(topic.spec, {"partitions"}); partitions > 0)
    parts.push_back(is_secret("/partitions") ? "(secret) partitions" : counted(partitions, "partition"));
  if (const long long replicas = int_at(topic.spec, {"replicas"}); replicas > 0)
    parts.push_back(is_secret("/replicas") ? "(secret) replicas" : counted(replicas, "replica"));
  const Json* config = find(topic.spec, {"config"});
  if (config == nullptr || !config->is_object()) return join(parts, ", ");
  for (const auto& [key, value] : config->items()) {
    const bool hidden = is_secret("/config/" + pointer_step(key));
    parts.push_back(fmt::format("{}={}", key,
                                hidden              ? "(secret)"
                                : value.is_string() ? value.get<std::string>()
                                                    : dump(value)));
  }
  return join(parts, ", ");
}

}  // namespace cloudflow
