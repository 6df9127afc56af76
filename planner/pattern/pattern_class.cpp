// Sets of characters in a pattern.
#include "planner/pattern/pattern_class.h"

#include <algorithm>
#include <optional>
#include <string>

namespace cloudflow {
namespace {

constexpr char32_t last_character = 0x10FFFF;

std::unexpected<Error> invalid(std::string_view what) { return failure(ErrorKind::invalid_input, std::string(what)); }

CharacterClass of(std::initializer_list<std::pair<char32_t, char32_t>> ranges) {
  CharacterClass out;
  for (const auto& [first, last] : ranges) out.add(first, last);
  return out;
}

CharacterClass negated(CharacterClass set) {
  set.negate();
  return set;
}

std::optional<CharacterClass> property(std::string_view name) {
  const CharacterClass lower_case = of({{U'a', U'z'}});
  const CharacterClass upper_case = of({{U'A', U'Z'}});
  const CharacterClass letters = of({{U'a', U'z'}, {U'A', U'Z'}});
  const CharacterClass digits = of({{U'0', U'9'}});
  // Beyond ASCII every code point counts as a letter: enough to check a default, and never too strict.
  const CharacterClass beyond = of({{0xAA, last_character}});
  const auto with = [](CharacterClass a, const CharacterClass& b) {
    a.add(b);
    return a;
  };
  if (name == "Lower" || name == "javaLowerCase") return lower_case;
  if (name == "Upper" || name == "javaUpperCase") return upper_case;
  if (name == "Alpha") return letters;
  if (name == "Digit") return digits;
  if (name == "Alnum") return with(letters, digits);
  if (name == "Punct") return of({{0x21, 0x2F}, {0x3A, 0x40}, {0x5B, 0x60}, {0x7B, 0x7E}});
  if (name == "Graph") return of({{0x21, 0x7E}});
  if (name == "Print") return of({{0x20, 0x7E}});
  if (name == "Space") return of({{0x09, 0x0D}, {0x20, 0x20}});
  if (name == "Blank") return of({{0x09, 0x09}, {0x20, 0x20}});
  if (name == "XDigit") return of({{U'0', U'9'}, {U'a', U'f'}, {U'A', U'F'}});
  if (name == "ASCII") return of({{0, 0x7F}});
  if (name == "L" || name == "IsAlphabetic" || name == "IsLetter") return with(letters, beyond);
  if (name == "Ll" || name == "IsLowercase") return with(lower_case, beyond);
  if (name == "Lu" || name == "IsUppercase") return with(upper_case, beyond);
  if (name == "N" || name == "Nd" || name == "IsDigit") return with(digits, beyond);
  return std::nullopt;
}

int hex_value(char32_t c) {
  if (c >= U'0' && c <= U'9') return static_cast<int>(c - U'0');
  if (c >= U'a' && c <= U'f') return static_cast<int>(c - U'a') + 10;
  if (c >= U'A' && c <= U'F') return static_cast<int>(c - U'A') + 10;
  return -1;
}

Result<CharacterClass> hex_digits(const std::vector<char32_t>& text, std::size_t& at, std::size_t count) {
  char32_t value = 0;
  for (std::size_t i = 0; i < count; ++i, ++at) {
    const int digit = at < text.size() ? hex_value(text[at]) : -1;
    if (digit < 0) return invalid("an escape without its hexadecimal digits");
    value = value * 16 + static_cast<char32_t>(digit);
  }
  return of({{value, value}});
}

Result<CharacterClass> named_property(const std::vector<char32_t>& text, std::size_t& at, bool negate) {
  std::string name;
  if (at < text.size() && text[at] != U'{') {
    name = static_cast<char>(text[at++]);
  } else {
    for (++at; at < text.size() && text[at] != U'}'; ++at) name += static_cast<char>(text[at] & 0x7F);
    if (at >= text.size()) return invalid("\"\\p{\" without \"}\"");
    ++at;
  }
  const auto set = property(name);
  if (!set) return failure(ErrorKind::unsupported, "the property " + name);
  return negate ? negated(*set) : *set;
}

}  // namespace

void CharacterClass::add(char32_t first, char32_t last) {
  ranges_.emplace_back(first, last);
  std::ranges::sort(ranges_);
  std::vector<std::pair<char32_t, char32_t>> joined;
  for (const auto& range : ranges_) {
    if (!joined.empty() && range.first <= joined.back().second + 1) {
      joined.back().second = std::max(joined.back().second, range.second);
    } else {
      joined.push_back(range);
    }
  }
  ranges_ = std::move(joined);
}

void CharacterClass::add(const CharacterClass& other) {
  for (const auto& [first, last] : std::vector(other.ranges_)) add(first, last);
}

void CharacterClass::negate() {
  std::vector<std::pair<char32_t, char32_t>> out;
  char32_t next = 0;
  for (const auto& [first, last] : ranges_) {
    if (first > next) out.emplace_back(next, first - 1);
    next = last + 1;
  }
  if (next <= last_character) out.emplace_back(next, last_character);
  ranges_ = std::move(out);
}

void CharacterClass::keep(const CharacterClass& other) {
  // Both = not (not this or not other).
  CharacterClass outside = other;
  outside.negate();
  negate();
  add(outside);
  negate();
}

void CharacterClass::fold_case() {
  for (char32_t small = U'a'; small <= U'z'; ++small) {
    const char32_t big = small - U'a' + U'A';
    if (has(small)) add(big, big);
    if (has(big)) add(small, small);
  }
}

bool CharacterClass::has(char32_t c) const {
  return std::ranges::any_of(ranges_, [&](const auto& range) { return c >= range.first && c <= range.second; });
}

std::vector<char32_t> characters(std::string_view text) {
  std::vector<char32_t> out;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80 ? 1 : byte >> 5 == 6 ? 2 : byte >> 4 == 14 ? 3 : byte >> 3 == 30 ? 4 : 0;
    char32_t c = length == 1 ? byte : length == 0 ? 0 : byte & (0xFFU >> (length + 1));
    bool whole = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; whole && k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      whole = next >> 6 == 2;
      c = c << 6 | (next & 0x3FU);
    }
    out.push_back(whole ? c : byte);
    i += whole ? length : 1;
  }
  return out;
}

Result<CharacterClass> escaped(const std::vector<char32_t>& text, std::size_t& at) {
  if (at >= text.size()) return invalid("a \"\\\" at the end");
  const char32_t c = text[at++];
  const CharacterClass digits = of({{U'0', U'9'}});
  const CharacterClass words = of({{U'a', U'z'}, {U'A', U'Z'}, {U'0', U'9'}, {U'_', U'_'}});
  const CharacterClass blanks = of({{0x09, 0x0D}, {0x20, 0x20}});
  switch (c) {
    case U'd':
      return digits;
    case U'D':
      return negated(digits);
    case U'w':
      return words;
    case U'W':
      return negated(words);
    case U's':
      return blanks;
    case U'S':
      return negated(blanks);
    case U'h':
      return of({{0x09, 0x09}, {0x20, 0x20}, {0xA0, 0xA0}});
    case U't':
      return of({{U'\t', U'\t'}});
    case U'n':
      return of({{U'\n', U'\n'}});
    case U'r':
      return of({{U'\r', U'\r'}});
    case U'f':
      return of({{U'\f', U'\f'}});
    case U'a':
      return of({{7, 7}});
    case U'e':
      return of({{27, 27}});
    case U'x':
      return hex_digits(text, at, 2);
    case U'u':
      return hex_digits(text, at, 4);
    case U'p':
      return named_property(text, at, false);
    case U'P':
      return named_property(text, at, true);
    default:
      break;
  }
  if ((c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'))
    return invalid("an unknown escape \"\\" + std::string(1, static_cast<char>(c)) + "\"");
  if (c >= U'0' && c <= U'9') return failure(ErrorKind::unsupported, "an octal escape");
  return of({{c, c}});
}

Result<CharacterClass> bracketed(const std::vector<char32_t>& text, std::size_t& at, int depth) {
  if (depth > 50) return invalid("classes nested too deep");
  CharacterClass out;
  const bool negate = at < text.size() && text[at] == U'^';
  if (negate) ++at;
  for (bool first = true;; first = false) {
    if (at >= text.size()) return invalid("\"[\" without \"]\"");
    char32_t from = text[at++];
    if (from == U']' && !first) break;
    if (from == U'[') {
      CF_TRY(const CharacterClass inner, bracketed(text, at, depth + 1));
      out.add(inner);
      continue;
    }
    if (from == U'&' && at < text.size() && text[at] == U'&') {
      ++at;
      // The rest of the class up to its "]" is the other side.
      CF_TRY(const CharacterClass other, bracketed(text, at, depth + 1));
      out.keep(other);
      break;
    }
    if (from == U'\\') {
      const char32_t which = at < text.size() ? text[at] : U'\0';
      CF_TRY(const CharacterClass set, escaped(text, at));
      const bool one = !((which >= U'a' && which <= U'z') || (which >= U'A' && which <= U'Z')) || which == U't' ||
                       which == U'n' || which == U'r';
      const bool range =
          one && at + 1 < text.size() && text[at] == U'-' && text[at + 1] != U']' && text[at + 1] != U'[';
      if (!range) {
        out.add(set);
        continue;
      }
      from = which == U't' ? U'\t' : which == U'n' ? U'\n' : which == U'r' ? U'\r' : which;
    }
    if (at + 1 < text.size() && text[at] == U'-' && text[at + 1] != U']' && text[at + 1] != U'[') {
      char32_t to = text[at + 1];
      at += 2;
      if (to == U'\\') {
        if (at >= text.size()) return invalid("\"[\" without \"]\"");
        to = text[at++];
      }
      if (to < from) return invalid("a range whose end is before its start");
      out.add(from, to);
    } else {
      out.add(from, from);
    }
  }
  if (negate) out.negate();
  return out;
}

}  // namespace cloudflow
