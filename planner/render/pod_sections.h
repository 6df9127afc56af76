// The pods section of the configuration in Kubernetes' own words.
#pragma once

#include "planner/config/config_value.h"

namespace cloudflow {

/// A completed kubernetes section → {"<pod>": {"labels", "annotations", "volumes": [..], "containers": {"<container>":
/// {"env", "ports", "resources", "mounts"}}}}. Every member is there, also when empty; places are kept.
ConfigValue kubernetes_pods(const ConfigValue& kubernetes);

/// The same for a pod and container that the configuration does not mention.
ConfigValue empty_pod();
ConfigValue empty_container();

}  // namespace cloudflow
