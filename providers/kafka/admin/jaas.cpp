// Kafka gives the line to java.io.StreamTokenizer, whose habits are these.
#include "providers/kafka/admin/jaas.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct Token {
  enum class Kind { end, word, quoted, number, sign };
  Kind kind = Kind::end;
  char sign = 0;       ///< for Kind::sign
  std::string text{};  ///< for words and texts in quotes

  bool is_text() const { return kind == Kind::word || kind == Kind::quoted; }
  bool is(char wanted) const { return kind == Kind::sign && sign == wanted; }
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_octal(char c) { return c >= '0' && c <= '7'; }
/// Bytes of other scripts are letters, too.
bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_word(char c) { return begins_word(c) || is_digit(c) || c == '.' || c == '-'; }

class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  Token next() {
    skip_blanks_and_comments();
    if (at_ == text_.size()) return {};
    const char c = text_[at_];
    if (c == '"' || c == '\'') return quoted();
    if (is_digit(c) || c == '.') return number();
    if (c == '-') {
      ++at_;
      return at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.') ? number()
                                                                               : Token{Token::Kind::sign, '-', {}};
    }
    if (begins_word(c)) return word();
    ++at_;
    return {Token::Kind::sign, c, {}};
  }

 private:
  /// A single slash begins a comment as two do; the character behind it belongs to it, even the end of the line.
  void skip_blanks_and_comments() {
    while (at_ < text_.size()) {
      if (static_cast<unsigned char>(text_[at_]) <= ' ') {
        ++at_;
      } else if (text_.substr(at_).starts_with("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else if (text_[at_] == '/') {
        at_ = std::min(text_.find_first_of("\n\r", at_ + 2), text_.size());
      } else {
        return;
      }
    }
  }

  Token word() {
    Token out{Token::Kind::word, 0, {}};
    while (at_ < text_.size() && continues_word(text_[at_])) out.text += text_[at_++];
    return out;
  }

  /// What begins like a number is one, however it goes on, and so it is no text.
  Token number() {
    bool dot = false;
    while (at_ < text_.size() && (is_digit(text_[at_]) || (text_[at_] == '.' && !dot)))
      dot = text_[at_++] == '.' || dot;
    return {Token::Kind::number, 0, {}};
  }

  /// To the closing quote, or the end of the line.
  Token quoted() {
    Token out{Token::Kind::quoted, 0, {}};
    const char open = text_[at_++];
    while (at_ < text_.size() && text_[at_] != open && text_[at_] != '\n' && text_[at_] != '\r') {
      if (text_[at_] != '\\') {
        out.text += text_[at_++];
      } else {
        ++at_;
        escape(out.text);
      }
    }
    if (at_ < text_.size() && text_[at_] == open) ++at_;
    return out;
  }

  /// What stands behind a backslash.
  void escape(std::string& out) {
    static constexpr std::string_view names = "abfnrtv";
    static constexpr std::string_view values = "\a\b\f\n\r\t\v";
    if (at_ == text_.size()) return;
    const char c = text_[at_++];
    if (const std::size_t name = names.find(c); name != std::string_view::npos) {
      out += values[name];
    } else if (is_octal(c)) {
      const int most = c <= '3' ? 3 : 2;
      int value = c - '0';
      for (int digits = 1; digits < most && at_ < text_.size() && is_octal(text_[at_]); ++digits)
        value = value * 8 + (text_[at_++] - '0');
      append_character(out, value);
    } else {
      out += c;
    }
  }

  /// A character of Java below 256, in UTF-8.
  static void append_character(std::string& out, int value) {
    if (value >= 0x80) out += static_cast<char>(0xC0 | (value >> 6));
    out += static_cast<char>(value >= 0x80 ? 0x80 | (value & 0x3F) : value);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::unexpected<Error> refused(std::string_view why, std::string hint = {}) {
  return failure(ErrorKind::invalid_input, fmt::format("sasl.jaas.config: {}", why), std::move(hint));
}

/// What stands where a name is expected may be part of a password that lacks its quotes.
std::string shown_name(const std::string& name) {
  return name == "username" || name == "password" ? quote(name) : "an option";
}

/// The options up to the semicolon.
Result<void> read_options(Tokens& tokens, JaasEntry& out) {
  Token token = tokens.next();
  for (; token.kind != Token::Kind::end && !token.is(';'); token = tokens.next()) {
    // What is no text is a name for Java, too, and means nothing.
    if (!tokens.next().is('='))
      return refused(fmt::format("there is no \"=\" after {}", shown_name(token.text)),
                     "a value that is not just letters and digits stands in quotes");
    Token value = tokens.next();
    if (!value.is_text())
      return refused(fmt::format("{} has no value", shown_name(token.text)),
                     "a value that begins with a digit or a sign stands in quotes");
    out.options.insert_or_assign(token.text, std::move(value.text));
  }
  if (token.kind == Token::Kind::end) return refused("it does not end with \";\"", "Java's clients refuse it, too");
  return {};
}

}  // namespace

Result<JaasEntry> read_jaas(std::string_view text) {
  static constexpr std::array<std::string_view, 4> flags = {"required", "requisite", "sufficient", "optional"};
  Tokens tokens(text);
  JaasEntry out;
  const Token module = tokens.next();
  if (module.text.empty()) return refused("it names no login module");
  out.module = module.text;
  const Token flag = tokens.next();
  if (!flag.is_text() || std::ranges::find(flags, lower(flag.text)) == flags.end())
    return refused("the login module is not followed by \"required\"");
  CF_CHECK(read_options(tokens, out));
  if (tokens.next().kind != Token::Kind::end)
    return refused("something stands behind the \";\"", "one login module is all it may have");
  return out;
}

}  // namespace cloudflow
