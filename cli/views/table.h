// Columns for people.
#pragma once

#include <string>
#include <vector>

#include "cli/views/style.h"

namespace cloudflow {

struct TableOptions {
  Style style{false};
  int width = 0;
  bool is_prose = false;  ///< the last column holds sentences
};

/// Rows under a heading, padded to the widest cell; the last column is not padded. "" without rows. Where they are
/// wider than `width` (0: any) the last column goes below its row when it `is_prose`, and the widest cells lose their
/// middle. Where not even that fits, each cell has a line of its own behind its heading.
std::string table_text(const std::vector<std::string>& heading, const std::vector<std::vector<std::string>>& rows,
                       const TableOptions& options);

/// How many columns the text takes on a terminal (UTF-8, one column per code point, colours none).
std::size_t text_width(std::string_view text);

/// The text without colours, cut to so many columns; "…" says that it was.
std::string fitted(std::string text, std::size_t columns);

}  // namespace cloudflow
