// Sets of characters in a pattern.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

/// Ranges of code points.
class CharacterClass {
 public:
  void add(char32_t first, char32_t last);
  void add(const CharacterClass& other);
  void negate();
  /// Only what is in both.
  void keep(const CharacterClass& other);
  /// Letters of ASCII in both cases.
  void fold_case();
  bool has(char32_t c) const;

 private:
  std::vector<std::pair<char32_t, char32_t>> ranges_{};  ///< sorted, apart from each other
};

/// UTF-8 as code points; bytes that are none stand for themselves.
std::vector<char32_t> characters(std::string_view text);

/// The set after "\": `at` stands on the character after it and is moved past the escape.
Result<CharacterClass> escaped(const std::vector<char32_t>& text, std::size_t& at);
/// The set after "[": `at` is moved past the "]".
Result<CharacterClass> bracketed(const std::vector<char32_t>& text, std::size_t& at, int depth);

}  // namespace cloudflow
