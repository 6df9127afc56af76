// What has to be known from the cluster before anything can be rendered.
#pragma once

#include <map>
#include <string>

#include "planner/config/config_value.h"

namespace cloudflow {

/// Read by the cli through the Kubernetes provider; empty for offline commands.
struct ClusterFacts {
  bool online = false;  ///< false: nothing was asked, so nothing may be called missing
  std::map<std::string, ConfigValue>
      kafka{};  ///< cluster name → content of its labelled secret (docs/compatibility.md, Objects)
  std::map<std::string, std::string> claims{};  ///< PersistentVolumeClaim → its access modes, comma separated
  ConfigValue
      registries{};  ///< credentials in the pull secret that others put there: registry → entry, secret; or null
};

}  // namespace cloudflow
