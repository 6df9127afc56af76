// What a runtime adds to the values that its templates may ask for.
#pragma once

#include "cloudflow/diagnostics.h"
#include "planner/project/project.h"
#include "planner/runtime/runtimes.h"

namespace cloudflow {

/// `data` with `runtime`: the runtime's settings as the environment has them, else their defaults.
ConfigValue with_settings(const ConfigValue& data, const std::string& name, const Runtime& runtime,
                          const Environment& environment);

/// `data` with `values`: what runtime.yaml computes from it.
ConfigValue with_values(const ConfigValue& data, const Runtime& runtime, Diagnostics& problems);

/// Warns, at `where`, of what runtime.yaml has to say of a streamlet whose values these are.
void warn_of_values(const ConfigValue& data, const Runtime& runtime, const SourcePos& where, Diagnostics& problems);

/// Reports what the environment sets for runtimes that do not exist, settings that a runtime does not declare, and
/// values that it does not allow.
void check_settings(const Environment& environment, const TemplateFiles& templates, Diagnostics& problems);

}  // namespace cloudflow
