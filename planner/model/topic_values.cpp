// The values of a topic's own settings, as Kafka is to keep them.
#include "planner/model/topic_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/model/external_values.h"
#include "sdk/base/kafka_values.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr int max_depth = 50;

void verify(const std::string& topic, const std::string& key, const ConfigValue& value, Diagnostics& problems,
            int depth) {
  if (is_placeholder(value) || value.is_null() || depth > max_depth) return;
  if (value.is_object()) {
    for (const auto& [name, member] : value.members())
      verify(topic, key.empty() ? name : key + "." + name, member, problems, depth + 1);
    return;
  }
  if (!value.is_scalar()) return;
  const auto problem = kafka_value_problem(key, value.text());
  if (!problem) return;
  const bool hidden = value.contains_secret();
  problems.error("topic-setting", value.where(),
                 fmt::format("topic {}: {} is {}, wanted {}", quote(topic), key,
                             hidden ? "a secret" : quote(value.text()), problem->wanted),
                 hidden ? "" : problem->hint);
}

}  // namespace

void verify_topic_values(const std::string& topic, const ConfigValue& settings, Diagnostics& problems) {
  if (settings.is_object()) verify(topic, "", settings, problems, 0);
}

std::string metric_name(std::string_view topic) {
  std::string out(topic);
  std::ranges::replace(out, '.', '_');
  return out;
}

}  // namespace cloudflow
