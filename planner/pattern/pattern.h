// Regular expressions of config parameters: does a text match as a whole?
#pragma once

#include <memory>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// A pattern as Java writes it. Matching takes time in proportion to pattern × text, whatever the pattern: there is no
/// backtracking.
class Pattern {
 public:
  /// ErrorKind::invalid_input for a pattern that no Java would take; ErrorKind::unsupported for one with look-around or
  /// references back, which is fine in Java but cannot be checked here.
  static Result<Pattern> compile(std::string_view text);
  /// Whether the whole text matches. Texts are UTF-8.
  bool matches(std::string_view text) const;

  struct Program;

 private:
  explicit Pattern(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace cloudflow
