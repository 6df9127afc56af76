// The words of .proto files and of the protobuf text format.
#include "planner/schema/protobuf/protobuf_lexer.h"

#include <fmt/format.h>

#include "planner/schema/json_text.h"

namespace cloudflow {
namespace {

constexpr std::size_t max_name = 1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_octal(char c) { return c >= '0' && c <= '7'; }
bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) { return starts_name(c) || is_digit(c); }

class Lexer {
 public:
  Lexer(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  Result<std::vector<ProtoToken>> all() {
    if (text_.size() > max_schema_bytes) {
      return bad(0, fmt::format("the schema has {} bytes, at most {} are read", text_.size(), max_schema_bytes));
    }
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // the mark that Windows puts in front of UTF-8
    while (true) {
      CF_CHECK(skip_blank());
      if (at_ >= text_.size()) break;
      CF_CHECK(next());
    }
    out_.push_back({ProtoToken::Kind::end, "", text_.size()});
    return std::move(out_);
  }

 private:
  std::unexpected<Error> bad(std::size_t offset, std::string message) const {
    return std::unexpected(Error{ErrorKind::invalid_input, std::move(message), position_at(text_, offset, file_), {}});
  }

  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  Result<void> skip_blank() {
    while (at_ < text_.size()) {
      if (peek() == '#' || (peek() == '/' && peek(1) == '/')) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (peek() == '/' && peek(1) == '*') {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return bad(at_, "the comment has no end");
        at_ = end + 2;
      } else if (std::string_view(" \t\r\n\f\v").find(peek()) != std::string_view::npos) {
        ++at_;
      } else {
        break;
      }
    }
    return {};
  }

  Result<void> next() {
    const std::size_t start = at_;
    const char c = peek();
    if (c == '"' || c == '\'') return string();
    if (starts_name(c) || (c == '.' && starts_name(peek(1)))) {
      do ++at_;
      while (in_name(peek()) || (peek() == '.' && starts_name(peek(1))));
      if (at_ - start > max_name)
        return bad(start, fmt::format("the name has {} characters, at most {} are read", at_ - start, max_name));
      out_.push_back({ProtoToken::Kind::name, std::string(text_.substr(start, at_ - start)), start});
      return {};
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      while (in_name(peek()) || peek() == '.' ||
             ((peek() == '+' || peek() == '-') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E')))
        ++at_;
      out_.push_back({ProtoToken::Kind::number, std::string(text_.substr(start, at_ - start)), start});
      return {};
    }
    if (std::string_view("{}[]()<>=;:,.-+/").find(c) == std::string_view::npos) {
      return bad(at_,
                 static_cast<unsigned char>(c) < 0x20
                     ? "a control character does not belong here"
                     : fmt::format("{} does not belong here",
                                   Json(text_.substr(at_, 1)).dump(-1, ' ', true, Json::error_handler_t::replace)));
    }
    ++at_;
    out_.push_back({ProtoToken::Kind::symbol, std::string(1, c), start});
    return {};
  }

  Result<void> string() {
    const std::size_t start = at_;
    const char quote_mark = peek();
    std::string value;
    for (++at_; peek() != quote_mark; ++at_) {
      if (at_ >= text_.size() || peek() == '\n') return bad(start, "the string has no end");
      if (peek() == '\\') {
        escape(value);
      } else {
        value += peek();
      }
    }
    ++at_;
    const bool continues = !out_.empty() && out_.back().kind == ProtoToken::Kind::string;
    if (continues) {
      out_.back().text += value;
    } else {
      out_.push_back({ProtoToken::Kind::string, std::move(value), start});
    }
    return {};
  }

  /// Leaves at_ on the last character of the escape.
  void escape(std::string& value) {
    ++at_;
    const char c = peek();
    if (is_octal(c)) {
      unsigned code = 0;
      std::size_t digits = 0;
      for (; digits < 3 && is_octal(peek(digits)); ++digits)
        code = code * 8 + static_cast<unsigned>(peek(digits) - '0');
      at_ += digits - 1;
      value += static_cast<char>(static_cast<unsigned char>(code & 0xFFU));
      return;
    }
    constexpr std::string_view letters = "abfnrtv";
    constexpr std::string_view meanings = "\a\b\f\n\r\t\v";
    const std::size_t known = letters.find(c);
    value += known == std::string_view::npos ? c : meanings[known];
  }

  std::string_view text_;
  std::string_view file_;
  std::size_t at_ = 0;
  std::vector<ProtoToken> out_{};
};

}  // namespace

Result<std::vector<ProtoToken>> protobuf_tokens(std::string_view text, std::string_view file) {
  return Lexer(text, file).all();
}

}  // namespace cloudflow
