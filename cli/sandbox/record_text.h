// Keys and values of records as people read and write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cloudflow {

/// Text where it is some, else "0x" and the bytes in hexadecimal digits.
std::string text_of_bytes(const std::string& bytes);
/// "0x" and the bytes in hexadecimal digits.
std::string hex_of_bytes(std::string_view bytes);
/// The bytes that such digits stand for; nothing where it is something else.
std::optional<std::string> bytes_of_hex(std::string_view text);
/// The bytes that a text of text_of_bytes stands for.
std::string bytes_of_text(const std::string& text);

}  // namespace cloudflow
