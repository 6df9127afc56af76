// A value in Avro's binary encoding, for people to read.
#pragma once

#include <string_view>

#include "cloudflow/json.h"
#include "cloudflow/result.h"
#include "planner/schema/avro/avro_schema.h"

namespace cloudflow {

/// The value as JSON. A union is the value of its branch, without the branch's name; bytes are text with a character
/// for each byte (as in Avro's own JSON); numbers that JSON has not are texts. invalid_input: these bytes are no value
/// of the schema; says where it stopped.
Result<Json> avro_to_json(std::string_view bytes, const AvroSchema& schema);

}  // namespace cloudflow
