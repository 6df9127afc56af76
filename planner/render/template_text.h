// A tree as text inside a document: what $text in a template makes.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "planner/config/config_value.h"

namespace cloudflow {

/// `value` in a format: "json" (any value), "settings" (KEY: VALUE on lines of their own, as Flink reads it from a
/// file), "lines" (the same for other readers, with "#" allowed) or "properties" (KEY=VALUE as Java reads it); all but
/// the first of a map of texts and numbers, sorted. The error is a message.
std::expected<ConfigValue, std::string> as_text(const ConfigValue& value, std::string_view format);

}  // namespace cloudflow
