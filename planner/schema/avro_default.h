// Whether a JSON value can be the default of an Avro type.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "planner/schema/avro_schema.h"

namespace cloudflow {

struct DefaultProblem {
  std::string path{};  ///< JSON pointer inside the default
  std::string message{};
};

/// Nothing when `value` is legal for the type. `open` are records whose fields are not complete yet: a default of such
/// a record would be infinite. `top` marks the default of a field itself, where text may stand for a float ("NaN").
std::optional<DefaultProblem> default_problem(const AvroSchema& schema, const std::set<std::size_t>& open,
                                              std::size_t type, const Json& value, bool top);

}  // namespace cloudflow
