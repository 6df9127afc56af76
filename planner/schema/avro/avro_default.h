// Whether a JSON value can be the default of an Avro type.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "planner/schema/avro/avro_schema.h"

namespace cloudflow {

struct DefaultProblem {
  std::string path{};  ///< JSON pointer inside the default
  std::string message{};
};

/// Nothing when `value` is legal for the type; for a union it may be legal for any branch (as of Avro 1.12). `open` are
/// records whose fields are not complete yet: a default of such a record would be infinite. `top` marks the default of
/// a field itself, where text may stand for a float ("NaN").
std::optional<DefaultProblem> default_problem(const AvroSchema& schema, const std::set<std::size_t>& open,
                                              std::size_t type, const Json& value, bool top);

/// Nothing when Avro's Java library takes the default, which is legal, as what it is. Of a union it takes the first
/// branch that has the JSON type, whatever that branch makes of it: 1.5 for ["int", "double"] becomes 1, and null for a
/// record before "null" ends reading.
std::optional<DefaultProblem> taken_default_problem(const AvroSchema& schema, std::size_t type, const Json& value);

}  // namespace cloudflow
