// Paths of keys: a.b."c.d" as a key or in a substitution.
#include <fmt/format.h>

#include "planner/config/hocon/hocon_parser.h"
#include "sdk/support/text.h"

namespace cloudflow::hocon {

/// Reads steps up to what cannot be part of a path; `what` is "key" or "substitution".
bool Parser::key_path(std::vector<std::string_view>& steps, std::string_view what) {
  const bool is_key = what == "key";
  const std::size_t first = steps.size();
  const Mark start = lexer_.mark();
  const auto empty_step = [&](Mark at) {
    return fail("hocon-path", at, fmt::format("the path of this {} has an empty step", what),
                "remove the period; write \"\" for a key that is empty");
  };
  std::string_view whole;  // the step so far, while it is one piece of the text
  std::string step;        // and once it is more
  bool any = false;
  while (true) {
    const std::size_t behind = lexer_.offset();
    lexer_.skip_blanks();
    const std::string_view gap = lexer_.since(behind);
    const char c = lexer_.peek();
    std::string_view piece;
    if (c == '.') {
      // White space before a period is part of the step, as in Typesafe config.
      if (!any && gap.empty()) return empty_step(lexer_.mark());
      piece = {};
    } else if (c == '"') {
      StringMistake mistake;
      const std::optional<std::string_view> quoted = lexer_.quoted(decoded_, mistake);
      if (!quoted) return fail(mistake);
      piece = quoted->data() == decoded_.data() ? tree_.keep_text(*quoted) : *quoted;
    } else {
      piece = lexer_.path_word();
      if (piece.empty()) break;
    }
    const bool leading = !any && steps.size() == first;  // white space before the whole path does not count
    const std::string_view kept_gap = leading ? std::string_view() : gap;
    if (!any && kept_gap.empty()) {
      whole = piece;
    } else {
      if (step.empty()) step = whole;
      step += kept_gap;
      step += piece;
      whole = {};
    }
    any = true;
    if (lexer_.peek() != '.') continue;
    steps.push_back(step.empty() ? whole : tree_.keep_text(step));
    lexer_.advance(1);
    step.clear();
    whole = {};
    any = false;
    if (steps.size() > static_cast<std::size_t>(deepest_nesting))
      return fail("config-too-deep", start, fmt::format("nested more than {} levels deep", deepest_nesting));
  }
  if (any) {
    steps.push_back(step.empty() ? whole : tree_.keep_text(step));
    return true;
  }
  if (steps.size() > first) return empty_step(start);
  if (is_key && lexer_.peek() == '$')
    return fail("hocon-syntax", lexer_.mark(), "a substitution cannot be a key",
                "keys are written out; put '$' in quotes");
  const bool never = lexer_.at_line_end();
  return fail(is_key ? "hocon-syntax" : "hocon-substitution", lexer_.mark(),
              fmt::format("found {} where a {} was expected", found(), is_key ? "key" : "path"),
              never ? "" : "put a key with special characters in quotes");
}

}  // namespace cloudflow::hocon
