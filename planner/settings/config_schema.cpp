// Checks a configuration tree against its schema (docs/compatibility.md, Configuration).
#include "planner/settings/config_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "planner/settings/config_schema_check.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Keys = std::vector<std::string>;

/// Whether nothing stands in any of the three sections.
bool says_nothing(const ConfigValue& streamlet) {
  const auto empty = [](const ConfigValue* value) {
    return value == nullptr || value->is_null() || (value->is_object() && value->members().empty());
  };
  return std::ranges::all_of(streamlet.members(), [&](const auto& member) {
    const auto& [key, value] = member;
    if (key == "kubernetes") return empty(value.is_object() ? value.find("pods") : &value);
    return (key == "config-parameters" || key == "config") && empty(&value);  // others are reported as unknown
  });
}

void check_streamlets(const SchemaCheck& check, const ConfigValue& streamlets) {
  for (const auto& [name, streamlet] : streamlets.members()) {
    const std::string path = "cloudflow.streamlets." + name;
    if (streamlet.is_null() || !check.object(path, streamlet)) continue;
    check.keys(path, streamlet, {"config-parameters", "config", "kubernetes"});
    check.object_member(path, streamlet, "config-parameters");
    check.object_member(path, streamlet, "config");
    if (const ConfigValue* kubernetes = check.object_member(path, streamlet, "kubernetes"))
      check_kubernetes(check, path + ".kubernetes", *kubernetes);
    if (says_nothing(streamlet)) {
      check.error("empty-streamlet-section", streamlet, path + " is empty",
                  "give it config-parameters, config or kubernetes.pods, or remove it");
    }
  }
}

void check_runtimes(const SchemaCheck& check, const ConfigValue& runtimes) {
  for (const auto& [name, runtime] : runtimes.members()) {
    const std::string path = "cloudflow.runtimes." + name;
    if (runtime.is_null() || !check.object(path, runtime)) continue;
    check.keys(path, runtime, {"config", "kubernetes"});
    check.object_member(path, runtime, "config");
    if (const ConfigValue* kubernetes = check.object_member(path, runtime, "kubernetes"))
      check_kubernetes(check, path + ".kubernetes", *kubernetes);
  }
}

void check_topics(const SchemaCheck& check, const ConfigValue& topics) {
  for (const auto& [id, topic] : topics.members()) {
    const std::string path = "cloudflow.topics." + id;
    if (topic.is_null() || !check.object(path, topic)) continue;
    for (const std::string_view key : {"producers", "consumers"}) {
      if (const ConfigValue* value = check.member(topic, key); value != nullptr && !value->is_list())
        check.wrong(path, key, *value, "a list");
    }
    if (const ConfigValue* value = check.member(topic, "cluster"); value != nullptr && !value->is_string())
      check.wrong(path, "cluster", *value, "the name of a Kafka cluster");
    if (const ConfigValue* value = check.member(topic, "managed"); value != nullptr && !value->as_bool())
      check.wrong(path, "managed", *value, "true or false");
    for (const std::string_view key : {"connection-config", "producer-config", "consumer-config", "topic"})
      check.object_member(path, topic, key);
    const ConfigValue* name = topic.at({"topic", "name"});
    if (name != nullptr && !name->is_null() && !name->is_scalar()) check.wrong(path + ".topic", "name", *name, "text");
  }
}

/// What a file says outside of the root has no effect: who left the root out, or mistyped it, is told.
void warn_of_what_is_outside(const ConfigValue& config, const ConfigValue* root, Diagnostics& problems) {
  static constexpr std::string_view sections[] = {"streamlets", "runtimes", "topics"};
  static const std::array<std::string, 1> known = {"cloudflow"};
  for (const auto& [key, value] : config.members()) {
    if (key == "cloudflow") continue;
    // Beside a root such a name may be one that the file refers to.
    const bool has_root = root != nullptr && root->where().file == value.where().file;
    if (!has_root && value.is_object() && std::ranges::find(sections, key) != std::end(sections)) {
      problems.warning("outside-of-root", value.where(),
                       fmt::format("{} outside of \"cloudflow\" has no effect", quote(key)),
                       fmt::format("write cloudflow.{}, or put everything in the file into cloudflow {{ … }}", key));
    } else if (const std::string hint = did_you_mean(key, known); !hint.empty()) {
      problems.warning("outside-of-root", value.where(), fmt::format("{} has no effect", quote(key)), hint);
    }
  }
}

}  // namespace

void check_config(const ConfigValue& config, Diagnostics& problems) {
  const SchemaCheck check(problems);
  const ConfigValue* root = check.member(config, "cloudflow");
  warn_of_what_is_outside(config, root, problems);
  if (root == nullptr || !check.object("cloudflow", *root)) return;
  check.keys("cloudflow", *root, {"streamlets", "runtimes", "topics", "runner"});
  if (const ConfigValue* streamlets = check.object_member("cloudflow", *root, "streamlets"))
    check_streamlets(check, *streamlets);
  if (const ConfigValue* runtimes = check.object_member("cloudflow", *root, "runtimes"))
    check_runtimes(check, *runtimes);
  if (const ConfigValue* topics = check.object_member("cloudflow", *root, "topics")) check_topics(check, *topics);
}

}  // namespace cloudflow
