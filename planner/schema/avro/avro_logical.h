// The logical types of Avro.
#pragma once

#include <string>
#include <vector>

#include "planner/schema/avro/avro_schema.h"

namespace cloudflow {

/// The logical type that `json`, the schema of `type`, asks for. An unknown or misplaced one is none, with a warning:
/// readers must then use the plain type.
AvroLogical logical_type(const Json& json, const AvroType& type, const std::string& path,
                         std::vector<std::string>& warnings);

}  // namespace cloudflow
