// A value that a person writes, in Avro's binary encoding.
#pragma once

#include <string>

#include "cloudflow/json.h"
#include "cloudflow/result.h"
#include "planner/schema/avro/avro_schema.h"

namespace cloudflow {

/// The inverse of avro_to_json. Of a union the first branch counts that the value fits, or the one that is named as in
/// Avro's own JSON: {"string": "a"}. A member that is missing has its default. invalid_input: the value does not fit;
/// says where in it ("/device") and what is wanted.
Result<std::string> json_to_avro(const Json& value, const AvroSchema& schema);

}  // namespace cloudflow
