// Descriptor files to Descriptors.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "planner/blueprint/descriptor.h"
#include "planner/blueprint/fields.h"
#include "planner/blueprint/read_schema.h"
#include "planner/config/read_config.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// Reads descriptor files, and all *.json, *.conf, *.yaml, *.yml in folders. A file holds one descriptor, a list, or an
/// object keyed by class name (streamlet-descriptors.conf). `paths` are relative to the root of the tree; schema files
/// are also looked for in `folder`. Sorted by class name; each class once.
std::vector<Descriptor> read_descriptors(const SourceTree& tree, std::span<const PlacedText> paths,
                                         std::string_view folder, const EnvironmentLookup& environment,
                                         Diagnostics& problems);

/// One descriptor (docs/compatibility.md, Descriptors). Members that nobody knows are warnings.
Descriptor descriptor_from(const ConfigValue& value, const SchemaSource& place, Diagnostics& problems);

/// A list of volume mounts as builds write it.
std::vector<VolumeMount> volume_mounts_from(const ConfigValue& list, const std::string& owner, Diagnostics& problems);

}  // namespace cloudflow
