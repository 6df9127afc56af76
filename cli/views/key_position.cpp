// Where a key stands whose value a diagnostic names.
#include "cli/views/key_position.h"

#include <algorithm>
#include <vector>

#include "cli/views/columns.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

bool is_part_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// The last place of the whole word before `end` that something follows as it follows a key.
std::size_t last_key(std::string_view line, std::string_view key, std::size_t end) {
  for (std::size_t at = line.rfind(key, end); at != std::string_view::npos; at = line.rfind(key, at - 1)) {
    const std::size_t after = at + key.size();
    const bool whole = (at == 0 || !is_part_of_word(line[at - 1])) && after <= end &&
                       (after == line.size() || !is_part_of_word(line[after]));
    std::size_t next = after;
    while (next < line.size() && (line[next] == '"' || line[next] == '\'' || line[next] == ' ')) ++next;
    constexpr std::string_view follows = ":={.+";
    if (whole && (next == line.size() || follows.find(line[next]) != std::string_view::npos)) return at;
    if (at == 0) break;
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<SourcePos> key_position(std::string_view text, const SourcePos& value, std::string_view key) {
  if (key.empty() || value.line < 1 || value.column < 1) return std::nullopt;
  const std::vector<std::string> lines = split(text, '\n');
  constexpr std::size_t far = 20;  // a comment and blank lines may stand between
  auto row = static_cast<std::size_t>(value.line);
  if (row > lines.size()) return std::nullopt;
  std::size_t end = byte_of_column(lines[row - 1], value.column);
  for (std::size_t looked = 0; looked < far && row > 0; ++looked, --row) {
    const std::string& line = lines[row - 1];
    if (looked > 0) end = line.size();
    if (const std::size_t at = last_key(line, key, end); at != std::string::npos)
      return SourcePos{value.file, static_cast<int>(row), column_of_byte(line, at)};
  }
  return std::nullopt;
}

}  // namespace cloudflow
