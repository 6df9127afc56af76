// A schema's text to the contract it stands for.
#pragma once

#include <string_view>

#include "cloudflow/result.h"
#include "planner/schema/port_schema.h"

namespace cloudflow {

/// Name and fingerprint of a schema in one of the formats "avro", "proto", "json". Text that is no such schema is an
/// error.
Result<PortSchema> describe_schema(std::string_view format, std::string_view text);

}  // namespace cloudflow
