// Avro's parsing canonical form, and a fuller form of our own.
#pragma once

#include <string>

#include "planner/schema/avro/avro_schema.h"

namespace cloudflow {

/// The parsing canonical form of the specification: what matters for decoding. Without defaults, aliases, logical
/// types.
std::string avro_canonical_form(const AvroSchema& schema);

/// The canonical form with defaults, aliases, enum defaults and logical types: everything that matters to a reader.
std::string avro_contract_form(const AvroSchema& schema);

}  // namespace cloudflow
