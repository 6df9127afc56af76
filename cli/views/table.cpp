// Columns for people.
#include "cli/views/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cli/views/layout.h"
#include "sdk/support/text.h"

namespace cloudflow {

std::size_t text_width(std::string_view text) {
  std::size_t columns = 0;
  bool colour = false;  // from escape to 'm' nothing is shown
  for (const char c : for_terminal(text)) {
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

namespace {

constexpr std::size_t gap = 2;

using Row = std::vector<std::string>;

/// The width of each of the first `columns` columns.
std::vector<std::size_t> widths_of(const Row& heading, const std::vector<Row>& rows, std::size_t columns) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns; ++i) {
    widths.push_back(text_width(heading[i]));
    for (const Row& row : rows) widths[i] = std::max(widths[i], i < row.size() ? text_width(row[i]) : 0);
  }
  return widths;
}

std::size_t whole_width(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), (widths.size() - 1) * gap);
}

/// Takes from the widest columns what there is too much; no column becomes narrower than what can still be read.
void narrow(std::vector<std::size_t>& widths, std::size_t width) {
  constexpr std::size_t readable = 12;
  while (whole_width(widths) > width) {
    const auto widest = std::ranges::max_element(widths);
    if (*widest <= readable) return;
    --*widest;
  }
}

std::string row_text(const Row& row, const std::vector<std::size_t>& widths) {
  std::string out;
  for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
    const std::string cell = text_width(row[i]) > widths[i] ? without_middle(row[i], widths[i]) : row[i];
    out += cell;
    if (i + 1 < row.size()) out.append(widths[i] - text_width(cell) + gap, ' ');
  }
  while (out.ends_with(' ')) out.pop_back();
  return out + "\n";
}

/// Each row below the other, a cell to a line with its heading in front: for terminals that hold no columns.
std::string list_text(const Row& heading, const std::vector<Row>& rows, const TableOptions& options) {
  const auto width = static_cast<std::size_t>(options.width);
  std::size_t label = 0;
  for (const std::string& name : heading) label = std::max(label, text_width(name));
  std::string out;
  for (const Row& row : rows) {
    if (!out.empty()) out += '\n';
    for (std::size_t i = 0; i < row.size() && i < heading.size(); ++i) {
      if (row[i].empty()) continue;
      const bool is_prose = options.is_prose && i + 1 == heading.size();
      const std::size_t room = width > label + gap ? width - label - gap : 1;
      const std::string cell = is_prose || text_width(row[i]) <= room ? row[i] : without_middle(row[i], room);
      const std::string line = fmt::format("{}{}{}\n", options.style(Colour::bold, heading[i]),
                                           std::string(label - text_width(heading[i]) + gap, ' '), cell);
      out += is_prose ? laid_out_below(line, options.width) : line;
    }
  }
  return out;
}

}  // namespace

std::string table_text(const std::vector<std::string>& heading, const std::vector<std::vector<std::string>>& rows,
                       const TableOptions& options) {
  if (rows.empty()) return "";
  const std::size_t width = options.width > 0 ? static_cast<std::size_t>(options.width) : std::string::npos;
  std::vector<std::size_t> widths = widths_of(heading, rows, heading.size());
  const bool is_split = options.is_prose && heading.size() > 1 && whole_width(widths) > width;
  if (is_split) widths.pop_back();
  narrow(widths, width);
  if (whole_width(widths) > width) return list_text(heading, rows, options);
  const auto shown = [&](Row row) {
    if (is_split) row.resize(std::min(row.size(), widths.size()));
    return row_text(row, widths);
  };
  std::string title = shown(heading);
  title.pop_back();
  std::string out = options.style(Colour::bold, title) + "\n";
  for (const Row& row : rows) {
    out += shown(row);
    if (is_split && row.size() == heading.size() && !row.back().empty())
      out += laid_out(fmt::format("    {}: {}\n", lower(heading.back()), row.back()), options.width);
  }
  return out;
}

}  // namespace cloudflow
