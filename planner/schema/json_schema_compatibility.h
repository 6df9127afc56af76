// Whether every document of a writer's JSON Schema is one of the reader's.
#pragma once

#include <string_view>

#include "planner/schema/compatibility.h"

namespace cloudflow {

/// Strict: a property added to an open object is incompatible, since a writer may have used the name for something
/// else. Lenient allows it when the property is optional, and closing an object.
enum class JsonPolicy { strict, lenient };

/// Text that is no schema gives one reason of kind "invalid-schema". References that lead to no known schema are not
/// compared.
Compatibility compare_json_schemas(std::string_view reader, std::string_view writer,
                                   JsonPolicy policy = JsonPolicy::strict);

}  // namespace cloudflow
