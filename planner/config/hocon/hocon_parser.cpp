// Objects, fields and lists of HOCON; goes on behind a mistake at the next line or comma.
#include "planner/config/hocon/hocon_parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/config/utf8.h"
#include "sdk/support/text.h"

namespace cloudflow::hocon {
namespace {
constexpr int most_mistakes = 50;
}

Parser::Parser(Session& session, std::string_view text, std::string_view name, std::string_view path,
               std::span<const std::string_view> prefix)
    : session_(session),
      tree_(session.tree),
      lexer_(text),
      path_in_tree_(path),
      file_(ConfigValue::kept_name(name)),
      path_(prefix.begin(), prefix.end()),
      prefix_(prefix.size()) {}

bool Parser::fail(std::string_view code, Mark at, std::string message, std::string hint, int length) {
  if (cut_off_) return false;
  session_.problems.error(std::string(code), pos(at), std::move(message), std::move(hint), length);
  if (++mistakes_ == most_mistakes) {
    session_.problems.error("hocon-syntax", pos(at), "too many mistakes in this file; the rest of it was not read");
    cut_off_ = true;
  }
  return false;
}

bool Parser::fail(const StringMistake& mistake) {
  return fail("hocon-string", mistake.where, mistake.message, mistake.hint, mistake.length);
}

/// What stands at the present place, for messages.
std::string Parser::found() const {
  if (lexer_.at_end()) return "the end of the file";
  if (lexer_.at_newline()) return "the end of the line";
  if (lexer_.at_comment()) return "a comment";
  const std::string_view character = lexer_.character();
  if (character == "$" && lexer_.peek(1) == '{') return "a substitution";
  if (character == "\"") return "a quoted string";
  return character.size() == 1 && static_cast<unsigned char>(character[0]) < 0x20
             ? fmt::format("the control character 0x{:02x}", static_cast<unsigned>(character[0]))
             : fmt::format("'{}'", character);
}

bool Parser::too_deep(Mark at) {
  if (path_.size() + static_cast<std::size_t>(lists_) <= static_cast<std::size_t>(deepest_nesting)) return false;
  fail("config-too-deep", at, fmt::format("nested more than {} levels deep", deepest_nesting));
  return true;
}

Node* Parser::document() {
  if (const std::optional<std::size_t> broken = invalid_utf8(lexer_.all())) {
    const auto before = lexer_.all().substr(0, *broken);
    const int line = 1 + static_cast<int>(std::ranges::count(before, '\n'));
    fail("config-encoding", {line, 1}, "the file is not valid UTF-8", "save it as UTF-8");
    return tree_.object(place({}));
  }
  lexer_.skip_lines();
  const Mark start = lexer_.mark();
  Node* root = nullptr;
  if (lexer_.peek() == '[') {
    root = list();
  } else if (lexer_.peek() == '{') {
    root = object();
  } else {
    root = tree_.object(place(start));
    members(*root, false, start);
  }
  lexer_.skip_lines();
  if (!lexer_.at_end() && !cut_off_) {
    const bool is_list = root != nullptr && root->kind == Kind::list;
    fail("hocon-syntax", lexer_.mark(),
         fmt::format("{} follows the end of the document's {}", found(), is_list ? "list" : "object"),
         is_list
             ? "a file holds one list"
             : "a file with braces around it holds nothing else; remove the outer braces, or move this inside them");
  }
  return root == nullptr ? tree_.object(place(start)) : root;
}

Node* Parser::object() {
  const Mark open = lexer_.mark();
  if (too_deep(open)) return nullptr;
  Node* node = tree_.object(place(open));
  lexer_.advance(1);
  ++braces_;
  members(*node, true, open);
  --braces_;
  return node;
}

void Parser::members(Node& object, bool braces, Mark open) {
  while (!cut_off_) {
    lexer_.skip_lines();
    if (lexer_.at_end()) {
      if (braces) {
        fail("hocon-syntax", open, "this '{' is never closed", "add a '}'");
        cut_off_ = true;
      }
      return;
    }
    const char c = lexer_.peek();
    if (c == '}') {
      const Mark at = lexer_.mark();
      lexer_.advance(1);
      if (braces) return;
      fail("hocon-syntax", at, "this '}' closes nothing", "remove it, or add the '{' that it should close");
      continue;
    }
    if (c == ']' && braces && lists_ > 0) {
      fail("hocon-syntax", lexer_.mark(), fmt::format("found ']' inside the object that begins at line {}", open.line),
           "close the object with '}' first");
      return;
    }
    if (c == ',') {
      fail("hocon-syntax", lexer_.mark(), "found ',' where a key was expected",
           "one comma separates two settings; remove this one");
      lexer_.advance(1);
      continue;
    }
    const Mark key_at = lexer_.mark();
    if (at_include() ? include(object) : field(object)) {
      after_member(key_at);
      continue;
    }
    lexer_.recover();
    if (lexer_.peek() == ',' || lexer_.peek() == ']') lexer_.advance(1);
  }
}

/// Between two settings: a newline, a comma, or both.
void Parser::after_member(Mark key_at) {
  const bool newline = lexer_.skip_lines();
  const char c = lexer_.peek();
  if (c == ',') return lexer_.advance(1);
  if (newline || lexer_.at_end() || c == '}' || (c == ']' && lists_ > 0)) return;
  const Mark at = lexer_.mark();
  if (c == ':') {
    fail("hocon-syntax", at, "found ':' after a value",
         "a value that holds ':' must be in quotes, as in \"http://host:80\"");
  } else if (c == '=' && value_at_.line > key_at.line) {
    fail("hocon-syntax", at, "found '=' after a value",
         fmt::format("the key at line {} has no value, so this line was taken for it", key_at.line));
  } else if (c == '=') {
    fail("hocon-syntax", at, "found '=' after a value",
         "the next setting begins on a line of its own or after a comma; a value that holds '=' must be in quotes");
  } else if (c == ']') {
    fail("hocon-syntax", at, "this ']' closes nothing", "remove it, or add the '[' that it should close");
    lexer_.advance(1);
    return;
  } else {
    fail("hocon-syntax", at, fmt::format("found {} where a comma, a newline or '}}' was expected", found()));
  }
  lexer_.recover();
  if (lexer_.peek() == ',' || lexer_.peek() == ']') lexer_.advance(1);
}

bool Parser::field(Node& object) {
  const Mark key_at = lexer_.mark();
  const std::size_t key_start = lexer_.offset();
  const std::size_t outer = path_.size();
  std::vector<std::string_view> steps;
  if (!key_path(steps, "key")) return false;
  const std::string_view key = trimmed(lexer_.since(key_start));
  path_.insert(path_.end(), steps.begin(), steps.end());
  bool append = false;
  Node* node = nullptr;
  if (!too_deep(key_at) && separator(key, key_at, append)) {
    const Mark value_at = lexer_.mark();
    node = value();
    value_at_ = value_at;
  }
  if (node != nullptr && append) node = appended(node, key_at, key);
  if (node != nullptr) place_value(object, outer, node, key_at);
  path_.resize(outer);
  return node != nullptr;
}

/// The sign between key and value, and the white space around it.
bool Parser::separator(std::string_view key, Mark key_at, bool& append) {
  const Lexer behind_key = lexer_;
  lexer_.skip_lines();
  const char c = lexer_.peek();
  if (c == ':' || c == '=') {
    lexer_.advance(1);
  } else if (c == '+' && lexer_.peek(1) == '=') {
    append = true;
    lexer_.advance(2);
  } else if (c != '{') {
    const bool same_line = lexer_.mark().line == key_at.line && !lexer_.at_end() && c != '}' && c != ',' && c != ']';
    const std::string what = found();
    const Mark at = lexer_.mark();
    lexer_ = behind_key;
    if (!same_line)
      return fail("hocon-syntax", key_at, fmt::format("key {} has no value", quote(key)),
                  "write key = value, key : value or key { … }", static_cast<int>(key.size()));
    return fail("hocon-syntax", at,
                fmt::format("found {} after key {} where ':', '=' or '{{' was expected", what, quote(key)),
                "put a key with special characters in quotes");
  }
  lexer_.skip_lines();
  const char next = lexer_.peek();
  if (lexer_.at_end() || next == '}' || next == ',' || next == ']') {
    return fail("hocon-syntax", key_at, fmt::format("key {} has no value", quote(key)),
                "write \"\" for an empty text, null for none", static_cast<int>(key.size()));
  }
  return true;
}

/// Lays the value at path_, from the step that is directly in `object`.
void Parser::place_value(Node& object, std::size_t first_step, Node* value, Mark key_at) {
  Node* target = &object;
  for (std::size_t i = first_step; i + 1 < path_.size(); ++i)
    target = tree_.object_at(*target, path_[i], place(key_at));
  const auto [layers, added] = target->members->try_emplace(path_.back());
  if (!added && session_.json) {
    fail("json-duplicate-key", key_at, fmt::format("key {} is given twice", quote(path_.back())), "remove one of them",
         static_cast<int>(path_.back().size()) + 2);
    return;
  }
  tree_.lay(layers->second, value);
}

/// `a += x` means `a = ${?a} [x]`.
Node* Parser::appended(Node* value, Mark at, std::string_view text) {
  if (lists_ > 0) {
    fail("hocon-append", at, "'+=' cannot be used inside a list", "write the whole list with '='");
    return nullptr;
  }
  has_substitutions_ = true;
  Node* before = tree_.substitution(
      {.steps = tree_.keep_path(path_), .prefix = static_cast<std::uint32_t>(prefix_), .optional = true}, text,
      place(at));
  Node* items[] = {value};
  Node* parts[] = {before, tree_.list(items, value->where)};
  Node* node = tree_.concatenation(parts, text, value->where);
  node->append = true;
  return node;
}

Node* Parser::list() {
  const Mark open = lexer_.mark();
  ++lists_;
  std::vector<Node*> items;
  const bool deep = too_deep(open);
  if (!deep) lexer_.advance(1);
  while (!deep && !cut_off_) {
    lexer_.skip_lines();
    if (lexer_.at_end()) {
      fail("hocon-syntax", open, "this '[' is never closed", "add a ']'");
      cut_off_ = true;
      break;
    }
    const char c = lexer_.peek();
    if (c == ']') {
      lexer_.advance(1);
      break;
    }
    if (c == '}') {
      fail("hocon-syntax", lexer_.mark(), fmt::format("found '}}' inside the list that begins at line {}", open.line),
           "close the list with ']' first");
      // Without an object around, it was meant to close the list.
      if (braces_ == 0) lexer_.advance(1);
      break;
    }
    if (c == ',') {
      fail("hocon-syntax", lexer_.mark(), "found ',' where a value was expected",
           "one comma separates two values; remove this one");
      lexer_.advance(1);
      continue;
    }
    if (Node* item = value()) {
      items.push_back(item);
      const bool newline = lexer_.skip_lines();
      const char next = lexer_.peek();
      if (next == ',') {
        lexer_.advance(1);
        continue;
      }
      if (newline || lexer_.at_end() || next == ']' || next == '}') continue;
      fail("hocon-syntax", lexer_.mark(), fmt::format("found {} where a comma, a newline or ']' was expected", found()),
           next == ':' || next == '='
               ? fmt::format("a value that holds '{}' must be in quotes; an object in a list needs braces", next)
               : "");
    }
    lexer_.recover();
    if (lexer_.peek() == ',') lexer_.advance(1);
  }
  --lists_;
  return deep ? nullptr : tree_.list(items, place(open));
}

}  // namespace cloudflow::hocon
