// What was asked for of a topic, as digests that a record can keep.
#pragma once

#include <map>
#include <string>

#include "cloudflow/resource.h"

namespace cloudflow {

/// Setting → digest of the value that a topic's resource asks for: partitions and overrides that an apply sets. Values
/// that are secret have none, and neither have those of a topic that others manage.
using AskedSettings = std::map<std::string, std::string>;

AskedSettings asked_settings(const Resource& topic);

/// Where Inventory::last keeps them of the last apply: {"asked": {cluster id: {topic: {setting: digest}}}}.
inline constexpr const char* asked_member = "asked";

}  // namespace cloudflow
