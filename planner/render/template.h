// A template: a tree whose placeholders are typed values (templates/README.md has the language).
#pragma once

#include <optional>

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"

namespace cloudflow {

/// `tree` with its placeholders, conditions and loops replaced from `data`. A placeholder's value keeps its own place,
/// everything else has the template's. Nothing when the whole tree is left out by a condition, or after an error.
std::optional<ConfigValue> expand_template(const ConfigValue& tree, const ConfigValue& data, Diagnostics& problems);

/// Whether a condition such as "streamlet.server" or "!streamlet.server" holds: there, and neither false nor empty.
/// With "runtime.mode == operator": whether the value has that text.
bool holds(std::string_view condition, const ConfigValue& data);

}  // namespace cloudflow
