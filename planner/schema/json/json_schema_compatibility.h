// Whether every document of a writer's JSON Schema is one of the reader's.
#pragma once

#include <string_view>

#include "planner/schema/compatibility.h"

namespace cloudflow {

/// Compatible when it is proven that no document fulfils the writer's schema and not the reader's; not compatible when
/// there is one, which is the example. Text that is no schema gives one reason of kind "invalid-schema". What hangs on
/// references to schemas that are not known, on formats, or on more than can be searched is not compared.
Compatibility compare_json_schemas(std::string_view reader, std::string_view writer);

}  // namespace cloudflow
