// A tree as text inside a document: what $text in a template makes.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "planner/config/config_value.h"

namespace cloudflow {

/// `value` in a format: "json" (any value), "settings" (KEY: VALUE on lines of their own, as Flink reads it) or
/// "properties" (KEY=VALUE as Java reads it); the latter two of a map of texts and numbers, sorted. The error is a
/// message.
std::expected<ConfigValue, std::string> as_text(const ConfigValue& value, std::string_view format);

}  // namespace cloudflow
