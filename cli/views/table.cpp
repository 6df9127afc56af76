// Columns for people.
#include "cli/views/table.h"

#include <algorithm>

namespace cloudflow {

std::size_t text_width(std::string_view text) {
  std::size_t columns = 0;
  bool colour = false;  // from escape to 'm' nothing is shown
  for (const char c : text) {
    if (c == '\x1b') colour = true;
    if (!colour && (static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++columns;
    if (colour && c == 'm') colour = false;
  }
  return columns;
}

std::string fitted(std::string text, std::size_t columns) {
  if (text_width(text) <= columns) return text;
  while (!text.empty() && text_width(text) >= columns) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) text.pop_back();
    if (!text.empty()) text.pop_back();
  }
  return text + "…";
}

std::string table_text(const std::vector<std::string>& heading, const std::vector<std::vector<std::string>>& rows,
                       Style style) {
  if (rows.empty()) return "";
  std::vector<std::size_t> widths;
  for (const std::string& cell : heading) widths.push_back(text_width(cell));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], text_width(row[i]));
  }
  const auto line = [&](const std::vector<std::string>& row) {
    std::string out;
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out.append(widths[i] - text_width(row[i]) + 2, ' ');
    }
    while (out.ends_with(' ')) out.pop_back();
    return out;
  };
  std::string out = style(Colour::bold, line(heading)) + "\n";
  for (const auto& row : rows) out += line(row) + "\n";
  return out;
}

}  // namespace cloudflow
