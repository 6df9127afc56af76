// Tells for every value of a streamlet's configuration where it comes from.
#include <algorithm>

#include "planner/project/client_passwords.h"
#include "planner/settings/effective_config_topic_sources.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// The declared defaults as the lowest layer.
ConfigLayer defaults_of(const Streamlet& streamlet) {
  ConfigValue defaults = ConfigValue::object({});
  for (const ConfigParameter& parameter : streamlet.descriptor.parameters) {
    if (parameter.default_value)
      defaults = defaults.with(parameter.key, ConfigValue::string(*parameter.default_value, parameter.where));
  }
  return {.scope = "default of the parameter", .value = defaults};
}

}  // namespace

std::vector<ExplainedValue> explain_config(const Application& application, const Environment& given,
                                           const ConfigValue& files, const ClusterFacts& facts,
                                           std::string_view streamlet_name) {
  const ConfigValue user = with_passwords_marked(files);
  const Environment environment = with_passwords_marked(given);
  std::vector<ExplainedValue> out;
  const Streamlet* streamlet = application.streamlet(streamlet_name);
  if (streamlet == nullptr) return out;
  const RuntimeNeeds& runtime = application.needs_of(*streamlet);
  std::vector<ConfigLayer> parameters = streamlet_layers(*streamlet, runtime, environment, user, "config-parameters");
  parameters.push_back(defaults_of(*streamlet));
  explain_layers("/config-parameters", parameters, out);
  explain_layers("/config", streamlet_layers(*streamlet, runtime, environment, user, "config"), out);
  explain_layers("/kubernetes", streamlet_layers(*streamlet, runtime, environment, user, "kubernetes"), out);
  Diagnostics ignored;
  const TopicSources sources(application, environment, user, facts, ignored);
  for (const auto& [port, mapping] : streamlet->ports) {
    const Topic* topic = application.topic(mapping.topic);
    if (topic == nullptr) continue;
    const ConfigValue& own = mapping.config.is_object() ? mapping.config : topic->config;
    explain_layers("/ports/" + pointer_step(port), sources.layers(*topic, own, ignored), out);
  }
  const auto replicas = environment.replicas.find(streamlet->name);
  if (replicas != environment.replicas.end()) {
    out.push_back({.pointer = "/replicas",
                   .value = ConfigValue::number(static_cast<long long>(replicas->second.value),
                                                where_of(replicas->second, environment)),
                   .scope = "environment replicas"});
  } else {
    out.push_back(
        {.pointer = "/replicas",
         .value = ConfigValue::number(static_cast<long long>(streamlet->replicas.value_or(1)), streamlet->where),
         .scope = streamlet->replicas ? "blueprint" : "default"});
  }
  std::ranges::sort(out, {}, &ExplainedValue::pointer);
  return out;
}

}  // namespace cloudflow
