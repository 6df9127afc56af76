// White space, comments, words and places of HOCON text.
#include "planner/config/hocon/hocon_lexer.h"

#include <array>

namespace cloudflow::hocon {
namespace {

enum Class : unsigned char { plain, stop, period, slash, wide };

constexpr std::array<Class, 256> make_classes() {
  std::array<Class, 256> out{};
  for (const char c : std::string_view("$\"{}[]:=,+#`^?!@*&\\ \t\n\v\f\r\x1c\x1d\x1e\x1f"))
    out[static_cast<unsigned char>(c)] = stop;
  out[static_cast<unsigned char>('.')] = period;
  out[static_cast<unsigned char>('/')] = slash;
  // The first bytes of the white space beyond ASCII.
  for (const int c : {0xC2, 0xE1, 0xE2, 0xE3, 0xEF}) out[static_cast<std::size_t>(c)] = wide;
  return out;
}

constexpr std::array<Class, 256> classes = make_classes();

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

Mark Lexer::mark() { return mark_of(at_); }

Mark Lexer::mark_of(std::size_t offset) {
  if (counted_to_ < line_start_ || counted_to_ > offset) {
    counted_to_ = line_start_;
    counted_ = 1;
  }
  for (; counted_to_ < offset; ++counted_to_) {
    if (!is_continuation(text_[counted_to_])) ++counted_;
  }
  return {line_, counted_};
}

void Lexer::newline() {
  ++line_;
  line_start_ = at_;
}

/// Bytes of the white space character that is next (newlines are not meant); 0 when it is another character.
std::size_t Lexer::blank_length() const {
  const auto c = static_cast<unsigned char>(peek());
  if (c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' || (c >= 0x1c && c <= 0x1f)) return at_end() ? 0 : 1;
  if (classes[c] != wide) return 0;
  const auto second = static_cast<unsigned char>(peek(1));
  const auto third = static_cast<unsigned char>(peek(2));
  if (c == 0xC2) return second == 0xA0 ? 2 : 0;
  if (c == 0xE1) return second == 0x9A && third == 0x80 ? 3 : 0;
  if (c == 0xE3) return second == 0x80 && third == 0x80 ? 3 : 0;
  if (c == 0xEF) return second == 0xBB && third == 0xBF ? 3 : 0;
  if (second == 0x80)
    return (third >= 0x80 && third <= 0x8A) || third == 0xA8 || third == 0xA9 || third == 0xAF ? 3 : 0;
  return second == 0x81 && third == 0x9F ? 3 : 0;
}

bool Lexer::skip_blanks() {
  const std::size_t start = at_;
  while (const std::size_t length = blank_length()) at_ += length;
  return at_ > start;
}

bool Lexer::skip_lines() {
  const int line = line_;
  while (true) {
    skip_blanks();
    if (at_comment()) skip_to_line_end();
    if (at_end() || !at_newline()) return line_ != line;
    ++at_;
    newline();
  }
}

void Lexer::skip_to_line_end() {
  const std::size_t end = text_.find('\n', at_);
  at_ = end == std::string_view::npos ? text_.size() : end;
}

void Lexer::skip_to_brace() {
  int depth = 0;
  for (std::size_t i = at_; i < text_.size() && text_[i] != '\n'; ++i) {
    if (text_[i] == '{') ++depth;
    if (text_[i] != '}' || depth-- > 0) continue;
    at_ = i + 1;
    return;
  }
}

void Lexer::skip_word() {
  while (!at_end() && !at_newline() && blank_length() == 0 &&
         std::string_view(",]}").find(peek()) == std::string_view::npos)
    ++at_;
}

template <bool in_path>
std::string_view Lexer::run() {
  const std::size_t start = at_;
  for (; at_ < text_.size(); ++at_) {
    switch (classes[static_cast<unsigned char>(text_[at_])]) {
      case plain:
        break;
      case stop:
        return since(start);
      case period:
        if (in_path) return since(start);
        break;
      case slash:
        if (peek(1) == '/') return since(start);
        break;
      case wide:
        if (blank_length() > 0) return since(start);
        break;
    }
  }
  return since(start);
}

std::string_view Lexer::word() { return run<false>(); }
std::string_view Lexer::path_word() { return run<true>(); }

std::string_view Lexer::character() const {
  std::size_t length = 1;
  while (at_ + length < text_.size() && length < 4 && is_continuation(text_[at_ + length])) ++length;
  return text_.substr(at_, length);
}

void Lexer::recover() {
  int depth = 0;
  while (!at_end()) {
    const char c = peek();
    if (depth == 0 && (c == '\n' || c == ',' || c == '}' || c == ']')) return;
    if (at_comment()) {
      skip_to_line_end();
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == '"') {
      std::string decoded;
      StringMistake mistake;
      quoted(decoded, mistake);
      continue;
    }
    ++at_;
    if (c == '\n') newline();
  }
}

}  // namespace cloudflow::hocon
