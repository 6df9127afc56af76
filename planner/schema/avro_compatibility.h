// Avro schema resolution: whether a reader's schema can take what a writer's schema wrote.
#pragma once

#include <vector>

#include "planner/schema/avro_schema.h"
#include "planner/schema/compatibility.h"

namespace cloudflow {

/// Empty when compatible, with the verdict of Avro 1.11's SchemaCompatibility. Kinds: NAME_MISMATCH,
/// FIXED_SIZE_MISMATCH, MISSING_ENUM_SYMBOLS, READER_FIELD_MISSING_DEFAULT_VALUE, TYPE_MISMATCH, MISSING_UNION_BRANCH,
/// AMBIGUOUS_READER_FIELD (a reader's field takes more than one field of the writer), TOO_COMPLEX.
std::vector<Incompatibility> avro_incompatibilities(const AvroSchema& reader, const AvroSchema& writer);

/// What the specification asks for decimals and Avro's own check does not look at: equal precision and scale.
/// Kind LOGICAL_TYPE_CHANGED. For those who want the stricter level.
std::vector<Incompatibility> avro_logical_differences(const AvroSchema& reader, const AvroSchema& writer);

}  // namespace cloudflow
