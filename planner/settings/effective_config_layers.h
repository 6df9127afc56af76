// Configuration as layers: the merge, and which layer a value came from.
#pragma once

#include <string>
#include <vector>

#include "planner/config/config_value.h"
#include "planner/settings/effective_config.h"

namespace cloudflow {

/// One source of configuration. A missing value counts as an empty object.
struct ConfigLayer {
  std::string scope{};
  ConfigValue value{};
};

/// The layers put over each other, the first one on top. Always an object; members that are null are left out.
ConfigValue merge_layers(const std::vector<ConfigLayer>& layers);
/// The same with its nulls: in what a runtime reads they hide a default that its program brings along.
ConfigValue merge_layers_with_nulls(const std::vector<ConfigLayer>& layers);

/// For every value of the merge the layer that it comes from, with `prefix` in front of its pointer.
void explain_layers(const std::string& prefix, const std::vector<ConfigLayer>& layers,
                    std::vector<ExplainedValue>& out);

/// The user's tree: the environment's values over the files.
ConfigValue user_config(const Environment& environment, const ConfigValue& files);

/// The kubernetes section that streamlets of a runtime get below the user's: their shared storage. Null without one.
ConfigValue runtime_defaults(const RuntimeNeeds& runtime);

/// Layers of one streamlet's `section` ("config", "kubernetes", "config-parameters"): streamlet scope over runtime
/// scope.
std::vector<ConfigLayer> streamlet_layers(const Streamlet& streamlet, const RuntimeNeeds& runtime,
                                          const Environment& environment, const ConfigValue& files,
                                          std::string_view section);

/// The pods section with every default written out, as Cloudflow 2's writer does it.
ConfigValue complete_kubernetes(const ConfigValue& kubernetes);

/// Checks the user's values of the declared parameters and that none is missing; adds the defaults.
ConfigValue effective_parameters(const Streamlet& streamlet, const std::vector<ConfigLayer>& layers,
                                 Diagnostics& problems);

/// Settings, cluster and name of every topic; fills topics, clusters and the ports of streamlets of `out`.
void add_topics(const Application& application, const Environment& environment, const ConfigValue& files,
                const ClusterFacts& facts, EffectiveConfig& out, Diagnostics& problems);

}  // namespace cloudflow
