// The values of a topic's own settings, as Kafka is to keep them.
#include "planner/application/topic_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "planner/config/units.h"
#include "planner/project/external_values.h"
#include "sdk/support/kafka_names.h"
#include "sdk/support/kafka_values.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int max_depth = 50;

/// The number that a duration or a size with a unit stands for, where Kafka wants milliseconds or bytes; empty where
/// none is meant, or the number does not fit.
std::string without_unit(std::string_view key, std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !is_digit(text.front()) || is_digit(text.back())) return "";
  if (key.ends_with(".ms")) {
    const auto duration = parse_duration(text);
    // What is too long is cut.
    if (!duration || *duration == std::chrono::nanoseconds::max()) return "";
    const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(*duration);
    return whole == *duration ? fmt::format("{}", whole.count()) : "";
  }
  if (!key.ends_with(".bytes")) return "";
  const auto size = parse_size(text);
  return size && size->bytes ? fmt::format("{}", *size->bytes) : "";
}

void verify(const std::string& topic, const std::string& key, const ConfigValue& value, Diagnostics& problems,
            int depth) {
  if (is_placeholder(value) || value.is_null() || depth > max_depth) return;
  if (value.is_object()) {
    for (const auto& [name, member] : value.members())
      verify(topic, key.empty() ? name : key + "." + name, member, problems, depth + 1);
    return;
  }
  if (!value.is_scalar()) return;
  auto problem = kafka_value_problem(key, value.text());
  if (!problem) return;
  if (problem->hint.empty()) {
    if (const std::string number = without_unit(key, value.text()); !number.empty()) problem->hint = "write " + number;
  }
  const bool hidden = value.contains_secret();
  problems.error("topic-setting", value.where(),
                 fmt::format("topic {}: {} is {}, wanted {}", quote(topic), key,
                             hidden ? "a secret" : quote(value.text()), problem->wanted),
                 hidden ? "" : problem->hint);
}

void warn_once(const ConfigValue& value, std::string message, std::string hint, Diagnostics& problems) {
  const bool known = std::ranges::any_of(
      problems.all(), [&](const Diagnostic& one) { return one.where == value.where() && one.message == message; });
  if (!known) problems.warning("unknown-setting", value.where(), std::move(message), std::move(hint));
}

/// Every setting by its dotted name.
void each_setting(const std::string& prefix, const ConfigValue& value, int depth,
                  const std::function<void(const std::string&, const ConfigValue&)>& use) {
  if (!value.is_object() || is_placeholder(value)) {
    if (!prefix.empty()) use(prefix, value);
    return;
  }
  if (depth > max_depth) return;
  for (const auto& [name, member] : value.members())
    each_setting(prefix.empty() ? name : prefix + "." + name, member, depth + 1, use);
}

}  // namespace

void warn_of_setting_names(const ConfigValue& config, Diagnostics& problems) {
  if (const ConfigValue* settings = config.find("topic")) {
    each_setting("", *settings, 0, [&](const std::string& name, const ConfigValue& value) {
      if (name == "name" || name == "partitions" || name == "replicas") return;
      std::string hint = near_topic_setting(name);
      if (hint.empty()) return;
      warn_once(value, fmt::format("Kafka knows no setting {} of topics", quote(name)), std::move(hint), problems);
    });
  }
  for (const std::string_view section : {"connection-config", "producer-config", "consumer-config"}) {
    const ConfigValue* settings = config.find(section);
    if (settings == nullptr) continue;
    each_setting("", *settings, 0, [&](const std::string& name, const ConfigValue& value) {
      std::string hint = near_client_setting(name);
      if (hint.empty()) return;
      warn_once(value, fmt::format("{}: Kafka's clients know no setting {}", section, quote(name)), std::move(hint),
                problems);
    });
  }
}

void verify_topic_values(const std::string& topic, const ConfigValue& settings, Diagnostics& problems) {
  if (settings.is_object()) verify(topic, "", settings, problems, 0);
}

std::string metric_name(std::string_view topic) {
  std::string out(topic);
  std::ranges::replace(out, '.', '_');
  return out;
}

}  // namespace cloudflow
