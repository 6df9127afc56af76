// Whether a Protobuf reader understands what a writer's schema produced.
#pragma once

#include <vector>

#include "planner/schema/compatibility.h"
#include "planner/schema/protobuf_schema.h"

namespace cloudflow {

/// Empty when compatible. Fields meet by number, messages by path. Paths are "/<message>/<number>". Kinds:
/// PACKAGE_CHANGED, MESSAGE_REMOVED, FIELD_KIND_CHANGED, FIELD_SCALAR_KIND_CHANGED, FIELD_NAMED_TYPE_CHANGED,
/// FIELD_NUMERIC_LABEL_CHANGED, FIELD_MESSAGE_LABEL_CHANGED, REQUIRED_FIELD_ADDED, REQUIRED_FIELD_REMOVED,
/// ONEOF_FIELD_REMOVED, MULTIPLE_FIELDS_MOVED_TO_ONEOF, FIELD_MOVED_TO_EXISTING_ONEOF, RESERVED_FIELD_REUSED.
std::vector<Incompatibility> protobuf_incompatibilities(const ProtoSchema& reader, const ProtoSchema& writer);

}  // namespace cloudflow
