// What a configuration file may say (docs/compatibility.md, Configuration).
#pragma once

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"

namespace cloudflow {

/// Checks a merged and resolved configuration tree: keys, types and value rules, all mistakes at once. Does not know
/// the application.
void check_config(const ConfigValue& config, Diagnostics& problems);

}  // namespace cloudflow
