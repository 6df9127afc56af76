// Quoted strings of HOCON: JSON's escapes, and triple quotes.
#include <fmt/format.h>

#include "planner/config/hocon/hocon_lexer.h"
#include "planner/config/utf8.h"

namespace cloudflow::hocon {
std::optional<std::string_view> Lexer::quoted(std::string& decoded, StringMistake& mistake) {
  if (peek(1) == '"' && peek(2) == '"') return triple_quoted(mistake);
  const std::size_t open = at_++;
  std::size_t piece = at_;
  decoded.clear();
  bool escaped = false;
  while (true) {
    const char c = peek();
    if (at_end() || c == '\n') {
      mistake = {mark_of(open), 1, "this string is never closed",
                 "close it with '\"' on the same line; \"\"\" begins a string of several lines"};
      return std::nullopt;
    }
    if (c == '"') break;
    if (static_cast<unsigned char>(c) < 0x20) {
      mistake = {
          mark(), 1,
          fmt::format("a control character (0x{:02x}) cannot stand in a quoted string", static_cast<unsigned>(c)),
          c == '\t' ? "write \\t" : fmt::format("write \\u{:04x}", static_cast<unsigned>(c))};
      skip_to_line_end();
      return std::nullopt;
    }
    if (c != '\\') {
      ++at_;
      continue;
    }
    escaped = true;
    decoded += since(piece);
    if (!escape(decoded, mistake)) {
      skip_to_line_end();
      return std::nullopt;
    }
    piece = at_;
  }
  const std::string_view last = since(piece);
  ++at_;
  if (!escaped) return last;
  decoded += last;
  return decoded;
}

std::optional<unsigned> Lexer::hex_digits() const {
  unsigned code = 0;
  for (std::size_t i = 2; i < 6; ++i) {
    const char c = peek(i);
    const unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                           : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                           : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A') + 10
                                                  : 16;
    if (digit == 16) return std::nullopt;
    code = code * 16 + digit;
  }
  return code;
}

/// One escape, from its backslash.
bool Lexer::escape(std::string& decoded, StringMistake& mistake) {
  static constexpr std::string_view names = "\"\\/bfnrt";
  static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  const std::size_t known = peek(1) == '\0' ? std::string_view::npos : names.find(peek(1));
  if (known != std::string_view::npos) {
    decoded += meanings[known];
    at_ += 2;
    return true;
  }
  if (peek(1) != 'u') {
    const Mark where = mark();
    ++at_;
    mistake = {where, 2,
               at_end() || at_newline() ? "nothing follows '\\'"
                                        : fmt::format("'\\{}' is no escape of a quoted string", character()),
               "write \\\\ for one backslash; known escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000"};
    return false;
  }
  const std::optional<unsigned> first = hex_digits();
  if (!first) {
    mistake = {mark(), 2, "'\\u' must be followed by four hexadecimal digits", "for example \\u00e4"};
    return false;
  }
  if (*first < 0xD800 || *first > 0xDFFF) {
    append_utf8(decoded, *first);
    at_ += 6;
    return true;
  }
  const Mark where = mark();
  at_ += 6;
  const unsigned second = peek() == '\\' && peek(1) == 'u' ? hex_digits().value_or(0) : 0;
  if (*first > 0xDBFF || second < 0xDC00 || second > 0xDFFF) {
    mistake = {where, 6, fmt::format("\\u{:04x} is half of a character", *first),
               "write both halves (\\ud83d\\ude00), or the character itself"};
    return false;
  }
  append_utf8(decoded, 0x10000 + ((*first - 0xD800) << 10U) + (second - 0xDC00));
  at_ += 6;
  return true;
}

std::optional<std::string_view> Lexer::triple_quoted(StringMistake& mistake) {
  const Mark open = mark();
  at_ += 3;
  const std::size_t start = at_;
  std::size_t end = text_.find("\"\"\"", at_);
  if (end == std::string_view::npos) {
    mistake = {open, 3, "this string is never closed", "close it with \"\"\""};
    end = text_.size();
  } else {
    // Quotes beyond the closing three belong to the string.
    while (end + 3 < text_.size() && text_[end + 3] == '"') ++end;
  }
  const std::string_view content = text_.substr(start, end - start);
  for (; at_ < end; ++at_) {
    if (text_[at_] == '\n') {
      ++line_;
      line_start_ = at_ + 1;
    }
  }
  if (end == text_.size()) return std::nullopt;
  at_ = end + 3;
  return content;
}

}  // namespace cloudflow::hocon
