// What stands between "${" and "}" in a template: a path, and functions over the value there (templates/README.md lists
// them).
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "planner/config/config_value.h"

namespace cloudflow {

/// Why a placeholder has no value.
struct PlaceholderMistake {
  std::string message{};
  std::string hint{};
};

/// The value of "PATH", "PATH?", or "PATH | FUNCTION ARGUMENT | …" in `data`. Nothing where it is optional and missing
/// or empty.
std::expected<std::optional<ConfigValue>, PlaceholderMistake> placeholder_value(std::string_view text,
                                                                                const ConfigValue& data);

/// Null, "", an empty list or an empty object; also a value that is not there.
bool is_empty(const ConfigValue* value);

}  // namespace cloudflow
