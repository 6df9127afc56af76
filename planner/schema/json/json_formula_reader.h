// A JSON Schema of any draft since 4, as formulas.
#pragma once

#include <cstddef>
#include <string_view>

#include "planner/schema/json/json_formula.h"
#include "planner/schema/json/json_resources.h"

namespace cloudflow {

/// Whose documents a schema speaks of. A reader puts in the default of a property that is missing, so there
/// `required` does not count for a property that has one beside it.
enum class JsonSide { reader, writer };

/// The number of the schema's formula. What is not understood becomes an opaque condition that says where it stands.
std::size_t read_json_formula(Formulas& formulas, const JsonResources& resources, JsonSide side);

}  // namespace cloudflow
