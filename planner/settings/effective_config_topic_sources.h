// Where a topic's settings come from.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "planner/settings/effective_config_layers.h"

namespace cloudflow {

/// All sources of topic settings, indexed once. The arguments have to outlive it.
class TopicSources {
 public:
  /// Reports topics in the configuration that the application does not have.
  TopicSources(const Application& application, const Environment& environment, const ConfigValue& files,
               const ClusterFacts& facts, Diagnostics& problems);

  /// Layers of one topic: configuration over `own` (the blueprint's settings, as the topic or one of its ports has
  /// them) over cluster.
  std::vector<ConfigLayer> layers(const Topic& topic, const ConfigValue& own, Diagnostics& problems) const;
  /// The cluster that the topic is on, with the place that says so.
  ConfigValue cluster_name(const Topic& topic) const;
  /// Settings of a cluster: the environment's over those that Kubernetes knows. Null when neither has it.
  ConfigValue cluster(const std::string& name) const;
  /// Names of all clusters.
  std::vector<std::string> cluster_names() const;

 private:
  void index_entries(const ConfigValue& user, Diagnostics& problems);
  const ConfigValue* entry(const ConfigValue& tree, const Topic& topic) const;

  const Application& application_;
  const Environment& environment_;
  const ConfigValue& files_;
  std::map<std::string, std::string> keys_{};  ///< topic → key under which the configuration speaks of it
  std::map<std::string, ConfigValue> clusters_{};
};

/// One object of topic or cluster settings in the form in which layers can be merged: dotted keys that HOCON would have
/// nested are nested, partition and replica counts are on top.
ConfigValue normal_topic_settings(const ConfigValue& settings, const std::string& id, Diagnostics& problems);

}  // namespace cloudflow
