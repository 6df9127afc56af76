// The parts of the search for a document: one for each type of JSON, once all alternatives are chosen.
#pragma once

#include <functional>
#include <vector>

#include "planner/schema/json/json_witness.h"

namespace cloudflow {

/// A formula (`number * 2`) or its negation (`number * 2 + 1`).
using Literal = std::size_t;
using Goal = std::vector<Literal>;

inline std::size_t formula_of(Literal literal) { return literal / 2; }
inline bool is_negated(Literal literal) { return literal % 2 == 1; }
inline Literal literal_of(std::size_t formula, bool negated = false) { return formula * 2 + (negated ? 1 : 0); }

/// A value that fulfils all literals of a goal.
using Solve = std::function<Witness(Goal)>;

Witness number_witness(const Formulas& formulas, const Goal& conditions);
Witness text_witness(const Formulas& formulas, const Goal& conditions);
Witness list_witness(Formulas& formulas, const Goal& conditions, const Solve& solve);
Witness object_witness(Formulas& formulas, const Goal& conditions, const Solve& solve);

inline Witness found_witness(Json document) {
  return {.answer = WitnessAnswer::found, .document = std::move(document)};
}
inline Witness doubtful_witness(std::string cause) {
  return {.answer = WitnessAnswer::doubtful, .causes = {std::move(cause)}};
}

/// What `part`, a value inside, leaves in doubt.
inline void take_doubts(Witness& whole, const Witness& part) {
  if (part.answer == WitnessAnswer::doubtful) whole.answer = WitnessAnswer::doubtful;
  whole.opaque.insert(part.opaque.begin(), part.opaque.end());
  whole.causes.insert(part.causes.begin(), part.causes.end());
}

}  // namespace cloudflow
