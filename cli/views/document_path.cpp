// Where in a JSON document a position is.
#include "cli/views/document_path.h"

#include <vector>

#include "cli/views/columns.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// An object or a list that is open at some place of the text, and where in it that place is.
struct Level {
  bool is_list = false;
  std::size_t index = 0;
  std::string key{};
};

/// The text of the string that begins at `at`, which is moved behind it. Escapes stay as they are.
std::string string_at_place(std::string_view text, std::size_t& at) {
  const std::size_t begin = ++at;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  const std::size_t end = std::min(at, text.size());
  at = std::min(at + 1, text.size());
  return std::string(text.substr(begin, end - begin));
}

/// Whether a colon follows, which makes a string a key.
bool is_key(std::string_view text, std::size_t at) {
  at = text.find_first_not_of(" \t\r\n", at);
  return at != std::string_view::npos && text[at] == ':';
}

std::string pointer_of(const std::vector<Level>& levels) {
  std::string out;
  for (const Level& level : levels)
    out += "/" + (level.is_list ? std::to_string(level.index) : pointer_step(level.key));
  return out;
}

std::string pointer_at(std::string_view text, std::size_t place) {
  std::vector<Level> levels;
  for (std::size_t at = 0; at < place && at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      std::string word = string_at_place(text, at);
      if (!levels.empty() && !levels.back().is_list && is_key(text, at)) levels.back().key = std::move(word);
      continue;
    }
    if (c == '{' || c == '[') levels.push_back({.is_list = c == '['});
    if ((c == '}' || c == ']') && !levels.empty()) levels.pop_back();
    if (c == ',' && !levels.empty()) ++levels.back().index;
    ++at;
  }
  return pointer_of(levels);
}

}  // namespace

std::string document_path(std::string_view text, const SourcePos& where) {
  constexpr std::size_t long_line = 300;
  if (where.line < 1 || where.column < 1 || !where.file.ends_with(".json")) return "";
  std::size_t begin = 0;
  for (int line = 1; line < where.line; ++line) {
    begin = text.find('\n', begin);
    if (begin == std::string_view::npos) return "";
    ++begin;
  }
  const std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  if (line.size() < long_line) return "";
  return pointer_at(text, begin + byte_of_column(line, where.column));
}

}  // namespace cloudflow
