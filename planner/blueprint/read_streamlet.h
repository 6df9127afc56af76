// A streamlet that explains itself in the blueprint.
#pragma once

#include <string>

#include "planner/blueprint/blueprint.h"
#include "planner/blueprint/key_lines.h"
#include "planner/blueprint/read_schema.h"

namespace cloudflow {

/// An object under blueprint.streamlets: ports, parameters, mounts and image of its own, or a class name with image and
/// replicas. What it names (itself, ports, parameters, mounts) has the place of the name.
BlueprintStreamlet read_streamlet(const std::string& name, const ConfigValue& value, const SchemaSource& place,
                                  const KeyLines& lines, Diagnostics& problems);

}  // namespace cloudflow
