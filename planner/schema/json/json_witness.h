// A document that one schema allows and another refuses, or the proof that there is none.
#pragma once

#include <set>
#include <string>

#include "planner/schema/json/json_formula.h"

namespace cloudflow {

enum class WitnessAnswer { none, found, doubtful };

/// `doubtful`: there may be one, if what `opaque` and `causes` name is as it would have to be.
struct Witness {
  WitnessAnswer answer = WitnessAnswer::none;
  Json document{};
  std::set<std::size_t> opaque{};  ///< numbers of opaque formulas
  std::set<std::string> causes{};  ///< "too many combinations"
};

/// A document that fulfils `writer` and not `reader`. Formulas that the search needs are added.
Witness find_json_witness(Formulas& formulas, std::size_t writer, std::size_t reader);

}  // namespace cloudflow
