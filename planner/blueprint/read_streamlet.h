// A streamlet that explains itself in the blueprint.
#pragma once

#include <string>

#include "planner/blueprint/blueprint.h"
#include "planner/blueprint/read_schema.h"

namespace cloudflow {

/// An object under blueprint.streamlets: ports, parameters, mounts and image of its own, or a class name with image and
/// replicas.
BlueprintStreamlet read_streamlet(const std::string& name, const ConfigValue& value, const SchemaSource& place,
                                  Diagnostics& problems);

}  // namespace cloudflow
