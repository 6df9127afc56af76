// A JSON Schema with the other files of the tree that it refers to, in one text.
#pragma once

#include <string>
#include <string_view>

#include "cloudflow/json.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// The schema of the file at `path`, and under its definitions every file that a reference leads to: beside it by a
/// relative reference, or anywhere in the tree by the file's $id. References to what is not in the tree stay. The error
/// says which file is no schema, and where.
Result<Json> bundled_json_schema(const SourceTree& tree, std::string_view path, const Json& schema);

}  // namespace cloudflow
