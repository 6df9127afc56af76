// Values from outside git: {from-env: NAME}, {from-file: PATH}, {from-command: [...]}, {from-secret: NAME/KEY}.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"
#include "planner/project/project.h"

namespace cloudflow {

/// How to look outside. An unset function cannot be asked: that is an error, except for `secret`.
struct ExternalLookup {
  std::function<Result<std::string>(const std::string& name)> environment{};
  std::function<Result<std::string>(const std::string& path)> file{};
  std::function<Result<std::string>(const std::vector<std::string>& command)> command{};         ///< what it printed
  std::function<Result<std::string>(const std::string& name, const std::string& key)> secret{};  ///< unset: offline
};

/// Whether the value is such a reference.
bool is_external(const ConfigValue& value);

/// The value with every reference in it replaced by what it names, as a secret at the reference's place. One line end
/// at the end of a file or of a command's output is not part of the value. What cannot be had is a mistake at that
/// place. Offline, {from-secret} becomes a placeholder that is_placeholder() knows; that is no mistake. So is any
/// answer of the form "<from-…>".
ConfigValue resolve_external(const ConfigValue& value, const ExternalLookup& lookup, Diagnostics& problems);

/// Whether the value stands for one that could not be asked for offline.
bool is_placeholder(const ConfigValue& value);

/// Resolves every reference of an environment: Kafka settings, values and the registry's password.
void resolve_external(Environment& environment, const ExternalLookup& lookup, Diagnostics& problems);

}  // namespace cloudflow
