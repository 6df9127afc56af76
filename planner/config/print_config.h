// A configuration tree as text for people: where it came from, line by line.
#pragma once

#include <string>
#include <string_view>

#include "planner/config/config_value.h"
#include "sdk/support/hidden_text.h"

namespace cloudflow {

/// A value as a message quotes it: in quotes, or "(secret)".
std::string quoted(const ConfigValue& value);

/// Pretty JSON, keys sorted, a secret hidden. With `origins` every line with a value ends in a comment that says where
/// the value was written; the text is then HOCON, and still reads back as the same tree.
std::string print_json(const ConfigValue& value, bool origins);

/// One line for each value: `cloudflow.topics.orders.partitions = 6`. Items of lists are numbered from 0.
/// Keys that need it are in quotes, so the lines are HOCON.
std::string print_flat(const ConfigValue& value, bool origins);

/// A key as it stands in a HOCON path: quoted when it has to be.
std::string path_step(std::string_view key);

}  // namespace cloudflow
