// Lines laid out for a terminal of some width.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cloudflow {

/// What is done with a word or value that is wider than a line.
enum class TooWide {
  keep,     ///< it stays whole, on a line of its own
  shorten,  ///< its middle is left out, so that both ends can be read
};

/// The text with every line that is wider than `width` columns broken: first where columns are apart, then between
/// words, never inside a word, and inside a quoted value only when no line could hold it. What follows is indented by
/// four more than its line. Colours take no room. With the width 0 (not a terminal) the text stays as it is.
std::string laid_out(std::string_view text, int width, TooWide too_wide = TooWide::keep);

/// The same for lines whose last column is prose, as in a help: that column is continued below itself.
std::string laid_out_below(std::string_view text, int width);

/// The text without its middle, so that it takes `columns`: "abc…xyz". Colours are lost where it is cut.
std::string without_middle(std::string_view text, std::size_t columns);

}  // namespace cloudflow
