// Places and secrets of what a value becomes in a resource.
#pragma once

#include <string>

#include "cloudflow/resource.h"
#include "planner/config/config_value.h"

namespace cloudflow {

/// The leaves of a value that stands at `prefix` in the resource: their places, when asked for, and which are secret.
void add_places(const ConfigValue& value, const std::string& prefix, Resource& to);

}  // namespace cloudflow
