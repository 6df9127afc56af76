// Avro schema resolution: whether a reader's schema can take what a writer's schema wrote.
#pragma once

#include <vector>

#include "planner/schema/avro/avro_schema.h"
#include "planner/schema/compatibility.h"

namespace cloudflow {

/// No reasons when compatible: Avro's own check says so, and the resolver of its Java library (1.12) reads all that is
/// written. It is stricter: it renames by aliases everywhere, takes enums and fixed of a union by their full name, and
/// stays with the first branch that it finds. Kinds: NAME_MISMATCH, FIXED_SIZE_MISMATCH, MISSING_ENUM_SYMBOLS,
/// READER_FIELD_MISSING_DEFAULT_VALUE, TYPE_MISMATCH, MISSING_UNION_BRANCH, AMBIGUOUS_READER_FIELD (a reader's field
/// takes more than one field of the writer), WRITER_FIELD_TAKEN (two take the same one), ALIAS_NOT_APPLIED (an alias of
/// a field counts only where the record has the same full name), AMBIGUOUS_ALIASES (aliases give two branches or fields
/// one name), DEFAULT_OF_LATER_BRANCH (a default that is not taken as what it is), TOO_COMPLEX. One that Avro's own
/// check does not look at: LOGICAL_TYPE_CHANGED (other precision or scale of decimals, as the specification says;
/// another unit or kind of time). A logical type that only one side has changes nothing.
///
/// The promotions of the specification lose nothing, though large numbers are rounded (long to double) and bytes may be
/// no text.
///
/// Not compared is what depends on the reader's version: an empty list as the default of a union ends reading in 1.12
/// only.
Compatibility compare_avro_schemas(const AvroSchema& reader, const AvroSchema& writer);

/// The reasons of compare_avro_schemas().
std::vector<Incompatibility> avro_incompatibilities(const AvroSchema& reader, const AvroSchema& writer);

}  // namespace cloudflow
