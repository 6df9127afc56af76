// Moves over HOCON text: white space, comments, unquoted words, quoted strings, and the place of everything.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cloudflow::hocon {

/// A place in the text; both count from 1, columns in characters.
struct Mark {
  int line = 1;
  int column = 1;
};

/// What is wrong with a quoted string.
struct StringMistake {
  Mark where{};
  int length = 1;
  std::string message{};
  std::string hint{};
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::string_view all() const { return text_; }

  bool at_end() const { return at_ >= text_.size(); }
  /// The next byte, or the one `ahead` of it; 0 past the end.
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  std::size_t offset() const { return at_; }
  std::string_view since(std::size_t start) const { return text_.substr(start, at_ - start); }
  Mark mark();
  Mark mark_of(std::size_t offset);  ///< of a place on the current line

  /// Steps over bytes that are no newlines.
  void advance(std::size_t bytes) { at_ += bytes; }
  /// Steps over white space on this line; true when there was some.
  bool skip_blanks();
  /// Steps over white space, newlines and comments; true when a newline was among them.
  bool skip_lines();
  void skip_to_line_end();
  /// Steps behind the '}' that closes the present brace, if it is on this line.
  void skip_to_brace();
  /// Steps to the next white space, comma or closing bracket.
  void skip_word();
  bool at_comment() const { return peek() == '#' || (peek() == '/' && peek(1) == '/'); }
  bool at_newline() const { return peek() == '\n'; }
  /// Whether the value or key on this line ends here.
  bool at_line_end() const { return at_end() || at_newline() || at_comment(); }

  /// The characters up to the next one that cannot stand outside quotes; empty when the very next one cannot.
  std::string_view word();
  /// The same for one step of a path: a period ends it too.
  std::string_view path_word();
  /// The character (not byte) that is next, for messages.
  std::string_view character() const;

  /// A string in quotes or triple quotes, from its first quote. `decoded` is used when the text has escapes;
  /// the result then points into it. Stands behind the string, or behind what was wrong with it.
  std::optional<std::string_view> quoted(std::string& decoded, StringMistake& mistake);

  /// Goes on behind a mistake: to the newline, comma or closing bracket that ends the broken part.
  void recover();

 private:
  std::size_t blank_length() const;
  template <bool in_path>
  std::string_view run();
  std::optional<std::string_view> triple_quoted(StringMistake& mistake);
  bool escape(std::string& decoded, StringMistake& mistake);
  std::optional<unsigned> hex_digits() const;
  void newline();

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::size_t line_start_ = 0;
  std::size_t counted_to_ = 0;  ///< columns are counted once: from here on
  int counted_ = 1;
};

}  // namespace cloudflow::hocon
