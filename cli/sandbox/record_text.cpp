// Keys and values of records as people read and write them.
#include "cli/sandbox/record_text.h"

#include <charconv>
#include <string_view>

#include "sdk/support/digest.h"
#include "sdk/support/printable.h"

namespace cloudflow {
namespace {

constexpr std::string_view hex_prefix = "0x";

/// All text, but for what would be read as the bytes that its digits stand for.
bool is_written_as_text(const std::string& bytes) { return is_printable(bytes) && bytes_of_text(bytes) == bytes; }

}  // namespace

std::string hex_of_bytes(std::string_view bytes) { return std::string(hex_prefix) + hex(bytes); }

std::optional<std::string> bytes_of_hex(std::string_view text) {
  if (!text.starts_with(hex_prefix) || text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = hex_prefix.size(); i < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, trouble] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (trouble != std::errc() || end != text.data() + i + 2) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return out;
}

std::string text_of_bytes(const std::string& bytes) { return is_written_as_text(bytes) ? bytes : hex_of_bytes(bytes); }

std::string bytes_of_text(const std::string& text) {
  const std::optional<std::string> bytes = bytes_of_hex(text);
  return !bytes || is_written_as_text(*bytes) ? text : *bytes;
}

}  // namespace cloudflow
