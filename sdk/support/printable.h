// Foreign text made harmless for a terminal and for a log.
#pragma once

#include <string>
#include <string_view>

namespace cloudflow {

/// The text with everything that moves a cursor, hides or turns other text written out: a control character as "\x1b",
/// one beyond ASCII and one that changes the direction of writing as "\u202e" (so that JSON stays JSON), a byte that
/// is no UTF-8 as "\xff". Line feeds and tabs stay.
std::string printable(std::string_view text);

/// Whether printable() would change it.
bool is_printable(std::string_view text);

/// Foreign words inside a line of ours: line feeds become blanks, so that they cannot look like a further line.
std::string in_one_line(std::string text);

}  // namespace cloudflow
