// Values of HOCON: words, strings, substitutions, and what stands side by side on one line.
#include <fmt/format.h>

#include <charconv>

#include "planner/config/hocon/hocon_parser.h"
#include "sdk/support/text.h"

namespace cloudflow::hocon {
namespace {

/// Whether Typesafe config reads the word as a number: a 64-bit integer, or a decimal as Java writes it.
bool is_number(std::string_view word) {
  const char first = word.front();
  if ((first < '0' || first > '9') && first != '-') return false;
  if (word.find_first_not_of("0123456789eE+-.") != std::string_view::npos) return false;
  const char* end = word.data() + word.size();
  if (word.find_first_of(".eE") == std::string_view::npos) {
    long long value = 0;
    const auto [stop, problem] = std::from_chars(word.data(), end, value);
    return problem == std::errc() && stop == end;
  }
  double value = 0;
  const auto [stop, problem] = std::from_chars(word.data(), end, value);
  return problem == std::errc() && stop == end;
}

Kind kind_of(std::string_view word) {
  if (word == "true" || word == "false") return Kind::boolean;
  if (word == "null") return Kind::null;
  return is_number(word) ? Kind::number : Kind::string;
}

}  // namespace

/// What has been read of one value. Words and strings side by side become one text at once.
struct Parser::Parts {
  std::vector<Node*> nodes{};
  Node* single = nullptr;  ///< the only part so far, when it is a word or string
  bool in_text = false;
  std::string text{};  ///< when more than one
  Mark text_at{};
  bool last_simple = false;  ///< the part before is no object or list: white space counts

  void flush(Tree& tree, const ConfigValue::Place& where) {
    if (single != nullptr) {
      nodes.push_back(single);
    } else if (in_text) {
      nodes.push_back(tree.scalar(Kind::string, tree.keep_text(text), where));
    }
    single = nullptr;
    in_text = false;
    text.clear();
  }
};

Node* Parser::value() {
  const Mark at = lexer_.mark();
  const std::size_t start = lexer_.offset();
  Parts parts;
  while (true) {
    const std::size_t behind = lexer_.offset();
    lexer_.skip_blanks();
    const char c = lexer_.peek();
    if (c == ':' && lexer_.peek(1) == '/' && lexer_.peek(2) == '/') {
      const Mark colon = lexer_.mark();
      lexer_.skip_word();
      fail("hocon-syntax", colon, "':' is not allowed outside quotes, and '//' begins a comment",
           fmt::format("put the address in quotes: {}", quote(lexer_.since(start))));
      return nullptr;
    }
    if (lexer_.at_line_end() || c == ',' || c == '}' || c == ']' || c == ':' || c == '=') {
      if (behind > start) return finish(parts, start, at);
      fail("hocon-syntax", at, fmt::format("found {} where a value was expected", found()),
           "put a value with special characters in quotes");
      return nullptr;
    }
    const std::size_t gap = lexer_.offset() - behind;
    const bool simple = c != '{' && c != '[';
    const bool literal = simple && c != '$';
    if (gap > 0 && simple && parts.last_simple) {
      const std::string_view blanks = lexer_.since(behind);
      if (parts.single != nullptr) {
        parts.text = parts.single->text;
        parts.text += blanks;
        parts.single = nullptr;
        parts.in_text = true;
      } else if (parts.in_text) {
        parts.text += blanks;
      } else if (literal) {
        parts.text = blanks;
        parts.in_text = true;
        parts.text_at = lexer_.mark();
      } else {
        Node* blank = tree_.scalar(Kind::string, blanks, place(lexer_.mark()));
        blank->blank = true;
        parts.nodes.push_back(blank);
      }
    }
    if (!literal) parts.flush(tree_, place(parts.text_at));
    if (!part(parts)) return nullptr;
    parts.last_simple = simple;
  }
}

Node* Parser::finish(Parts& parts, std::size_t start, Mark at) {
  if (parts.nodes.empty() && parts.single != nullptr) return parts.single;
  parts.flush(tree_, place(parts.text_at));
  if (parts.nodes.size() == 1) return parts.nodes.front();
  return tree_.concatenation(parts.nodes, trimmed(lexer_.since(start)), place(at));
}

/// One part of a value, and what it adds to the text before it.
bool Parser::part(Parts& parts) {
  const char c = lexer_.peek();
  if (c == '{' || c == '[' || c == '$') {
    Node* node = c == '{' ? object() : c == '[' ? list() : substitution();
    if (node != nullptr) parts.nodes.push_back(node);
    return node != nullptr;
  }
  const Mark at = lexer_.mark();
  std::string_view text;
  Kind kind = Kind::string;
  if (c == '"') {
    StringMistake mistake;
    const std::optional<std::string_view> quoted = lexer_.quoted(decoded_, mistake);
    if (!quoted) return fail(mistake);
    text = quoted->data() == decoded_.data() ? tree_.keep_text(*quoted) : *quoted;
  } else {
    const Lexer before = lexer_;
    text = lexer_.word();
    if (text.empty()) {
      const bool plus = c == '+';
      return fail("hocon-syntax", at, fmt::format("{} is not allowed outside quotes", found()),
                  plus ? "put the text in quotes; '+=' adds to a list" : "put the text in quotes");
    }
    kind = kind_of(text);
    // "1e+5": the sign belongs to the number, and only there.
    if (lexer_.peek() == '+' && (text.back() == 'e' || text.back() == 'E')) {
      lexer_.advance(1);
      while (lexer_.peek() >= '0' && lexer_.peek() <= '9') lexer_.advance(1);
      const std::string_view longer = lexer_.since(before.offset());
      if (session_.json || is_number(longer)) {
        text = longer;
        kind = Kind::number;
      } else {
        lexer_ = before;
        lexer_.advance(text.size());
      }
    }
    // Outside quotes JSON has no other words, be the number larger than Typesafe config's or not.
    if (session_.json && kind == Kind::string) kind = Kind::number;
  }
  if (!parts.in_text && parts.single == nullptr) {
    parts.single = tree_.scalar(kind, text, place(at));
    parts.text_at = at;
    return true;
  }
  if (parts.single != nullptr) {
    parts.text = parts.single->text;
    parts.single = nullptr;
    parts.in_text = true;
  }
  parts.text += text;
  return true;
}

Node* Parser::substitution() {
  Node* node = read_substitution();
  // Behind a broken one the value goes on after its brace.
  if (node == nullptr) lexer_.skip_to_brace();
  return node;
}

Node* Parser::read_substitution() {
  const Mark at = lexer_.mark();
  const std::size_t start = lexer_.offset();
  if (lexer_.peek(1) != '{') {
    fail("hocon-substitution", at, "'$' is not allowed outside quotes",
         "a substitution is ${path}; put other text with '$' in quotes");
    return nullptr;
  }
  lexer_.advance(2);
  const bool optional = lexer_.peek() == '?';
  if (optional) lexer_.advance(1);
  std::vector<std::string_view> steps(path_.begin(), path_.begin() + static_cast<std::ptrdiff_t>(prefix_));
  lexer_.skip_blanks();
  if (lexer_.peek() == '}') {
    fail("hocon-substitution", at, "this substitution names nothing",
         "write ${path}, or ${?path} for a value that may be missing", optional ? 4 : 3);
    return nullptr;
  }
  if (lexer_.at_end() || lexer_.at_newline()) {
    fail("hocon-substitution", at, "this '${' is never closed", "add a '}' on the same line", 2);
    return nullptr;
  }
  if (!key_path(steps, "substitution")) return nullptr;
  const bool list = lexer_.peek() == '[' && lexer_.peek(1) == ']';
  if (list) {
    lexer_.advance(2);
    lexer_.skip_blanks();
  }
  if (lexer_.peek() != '}') {
    const bool never = lexer_.at_line_end();
    if (never) {
      fail("hocon-substitution", at, "this '${' is never closed", "add a '}' on the same line", 2);
    } else {
      fail("hocon-substitution", lexer_.mark(), fmt::format("found {} in the path of a substitution", found()),
           "put a step with special characters in quotes");
    }
    return nullptr;
  }
  lexer_.advance(1);
  has_substitutions_ = true;
  return tree_.substitution({.steps = tree_.keep_path(steps),
                             .prefix = static_cast<std::uint32_t>(prefix_),
                             .optional = optional,
                             .list = list},
                            lexer_.since(start), place(at));
}

}  // namespace cloudflow::hocon
