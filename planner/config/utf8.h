// UTF-8.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cloudflow {

/// Where the first byte stands that is not part of valid UTF-8; nothing when all is valid.
std::optional<std::size_t> invalid_utf8(std::string_view text);

/// One code point at the end of a text.
void append_utf8(std::string& out, unsigned code);

}  // namespace cloudflow
