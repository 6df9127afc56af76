// Where the key of a value stands, in a YAML file that writes it on a line above.
#include "planner/blueprint/key_lines.h"

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::size_t indent_of(const std::string& line) { return line.find_first_not_of(" \r"); }

}  // namespace

KeyLines::KeyLines(const std::string& text) : lines_(split(text, '\n')) {}

SourcePos KeyLines::key_of(const SourcePos& value) const {
  if (value.line < 2 || static_cast<std::size_t>(value.line) > lines_.size()) return value;
  auto row = static_cast<std::size_t>(value.line) - 1;
  const std::size_t indent = indent_of(lines_[row]);
  if (indent + 1 != static_cast<std::size_t>(value.column)) return value;
  while (row-- > 0) {
    const std::size_t outer = indent_of(lines_[row]);
    if (outer == std::string::npos || lines_[row][outer] == '#') continue;
    if (outer < indent) return {value.file, static_cast<int>(row) + 1, static_cast<int>(outer) + 1};
  }
  return value;
}

}  // namespace cloudflow
