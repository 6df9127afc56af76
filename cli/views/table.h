// Columns for people.
#pragma once

#include <string>
#include <vector>

#include "cli/views/style.h"

namespace cloudflow {

/// Rows under a heading, padded to the widest cell; the last column is not padded. "" without rows.
std::string table_text(const std::vector<std::string>& heading, const std::vector<std::vector<std::string>>& rows,
                       Style style);

/// How many columns the text takes on a terminal (UTF-8, one column per code point, colours none).
std::size_t text_width(std::string_view text);

/// The text without colours, cut to so many columns; "…" says that it was.
std::string fitted(std::string text, std::size_t columns);

}  // namespace cloudflow
