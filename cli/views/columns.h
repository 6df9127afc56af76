// Columns of text, which count characters, as positions in it, which count bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace cloudflow {

/// Whether a byte of UTF-8 goes on with a character.
inline bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// Where the character of a column (from 1) begins; the size of the line when it is shorter.
inline std::size_t byte_of_column(std::string_view line, int column) {
  std::size_t at = 0;
  for (int passed = 1; passed < column && at < line.size(); ++passed) {
    ++at;
    while (at < line.size() && continues_character(line[at])) ++at;
  }
  return at;
}

/// The column (from 1) of the character that begins at a byte.
inline int column_of_byte(std::string_view line, std::size_t byte) {
  return 1 +
         static_cast<int>(std::ranges::count_if(line.substr(0, byte), [](char c) { return !continues_character(c); }));
}

}  // namespace cloudflow
