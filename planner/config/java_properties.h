// Java's .properties files as values.
#pragma once

#include <string_view>

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"

namespace cloudflow {

/// An object of texts: periods in a key separate levels, and where a key is both a text and a level, the level stays.
/// `name` stands in places. As Java reads it, from UTF-8: a key ends at '=', ':' or white space, a backslash continues
/// a line or stands before what is meant literally.
ConfigValue read_java_properties(std::string_view text, std::string_view name, Diagnostics& problems);

}  // namespace cloudflow
