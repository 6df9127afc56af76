// Foreign text made harmless for a terminal and for a log.
#include "sdk/support/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace cloudflow {
namespace {

bool is_plain_byte(char c) { return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t'; }

/// One character of UTF-8; no bytes when none begins here.
struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;
};

/// Strict: nothing longer than needed, no surrogates, nothing beyond Unicode.
Character character_at(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])); };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
  if (bytes == 0 || first > 0xF4 || text.size() < bytes) return {};
  std::uint32_t code = first & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[bytes] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, bytes};
}

/// C1 controls, marks and overrides of direction, and what some terminals take for the end of a line.
bool is_hidden(std::uint32_t code) {
  return (code >= 0x7F && code < 0xA0) || code == 0x061C || code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

bool is_printable(std::string_view text) { return std::ranges::all_of(text, is_plain_byte) || printable(text) == text; }

std::string in_one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t plain = static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain_byte) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const Character next = character_at(text);
    if (next.bytes == 0 || next.code < 0x20) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (is_hidden(next.code)) {
      out += fmt::format("\\u{:04x}", next.code);
    } else {
      out += text.substr(0, next.bytes);
    }
    text.remove_prefix(std::max<std::size_t>(next.bytes, 1));
  }
  return out;
}

}  // namespace cloudflow
