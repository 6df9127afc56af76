// Whether a Protobuf reader understands what a writer's schema produced.
#pragma once

#include "planner/schema/compatibility.h"
#include "planner/schema/protobuf/protobuf_schema.h"

namespace cloudflow {

/// Compares what the bytes lose. Records are the messages of the writer's file that no other message there has a field
/// of, and the first one; each meets the reader's of the same name, in any package or imported file. What they hold
/// is compared by structure: fields meet by number, whatever their messages are called and wherever they are defined.
///
/// Lost is a field that both know and that the reader does not see, or sees with another value, or that keeps it from
/// reading the record at all. A field that the reader does not know is not lost. Enums are written with values that
/// they name, strings as UTF-8, and reserved numbers may be in records that are older than the reservation.
///
/// Paths are "/<message>/<number>". Kinds: MESSAGE_REMOVED, FIELD_KIND_CHANGED, FIELD_SCALAR_KIND_CHANGED,
/// FIELD_ENCODING_CHANGED (a group, or delimited, against length-prefixed), FIELD_NUMERIC_LABEL_CHANGED,
/// FIELD_STRING_LABEL_CHANGED, FIELD_MESSAGE_LABEL_CHANGED (the reader has room for one of many), ENUM_VALUES_MISSING,
/// ENUM_VALUES_CHANGED, ZERO_BECOMES_DEFAULT, REQUIRED_FIELD_ADDED, MULTIPLE_FIELDS_MOVED_TO_ONEOF,
/// FIELD_MOVED_TO_EXISTING_ONEOF, RESERVED_FIELD_REUSED, MESSAGE_SET_CHANGED,
/// RECORD_CHANGED (another message is the first of the file, and does not read what that one wrote).
///
/// Not compared: types of imports that were not found, and numbers and bytes whose type has values that the reader's
/// has not (int64 against int32): whether such are written no schema says. Nor what only people can tell: names that
/// moved to another number (of a field or in an enum), another default, another message that is the first of the file.
Compatibility compare_protobuf_schemas(const ProtoSchema& reader, const ProtoSchema& writer);

}  // namespace cloudflow
