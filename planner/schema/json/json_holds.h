// Whether a document fulfils a formula.
#pragma once

#include <optional>

#include "planner/schema/json/json_formula.h"

namespace cloudflow {

/// Nothing where that hangs on what is not understood.
std::optional<bool> holds(const Formulas& formulas, std::size_t formula, const Json& document);

/// Whether a property name is in a set; nothing where a pattern is not understood.
std::optional<bool> holds(const Formulas& formulas, const NameSet& names, const std::string& name);

/// Up to rounding: 0.3 is a multiple of 0.1.
bool is_multiple(long double value, long double of);

long double number_of(const Json& value);

}  // namespace cloudflow
