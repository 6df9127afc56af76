// A pattern's text as a tree.
#pragma once

#include <string_view>
#include <vector>

#include "cloudflow/result.h"
#include "planner/pattern/pattern_class.h"

namespace cloudflow {

/// What must hold between two characters.
enum class PatternAssertion { at_start, at_end, word_edge, no_word_edge };

/// A part of a pattern. Repeated parts are compiled again and again from it.
struct PatternPart {
  enum class Kind { empty, one_of, sequence, choice, repeat, assertion };
  Kind kind = Kind::empty;
  CharacterClass set{};
  PatternAssertion assertion = PatternAssertion::at_start;
  int least = 0;
  int most = -1;  ///< -1: no limit
  std::vector<PatternPart> parts{};
};

/// The tree, or what is wrong with the text: see Pattern::compile.
Result<PatternPart> parse_pattern(std::string_view text);

}  // namespace cloudflow
