// Keys and values of records as people read and write them.
#pragma once

#include <string>

namespace cloudflow {

/// Text where it is some, else "0x" and the bytes in hexadecimal digits.
std::string text_of_bytes(const std::string& bytes);
/// The bytes that such a text stands for.
std::string bytes_of_text(const std::string& text);

}  // namespace cloudflow
