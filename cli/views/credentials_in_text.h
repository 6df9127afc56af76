// Where a line of a file holds what must not be printed.
#pragma once

#include <cstddef>
#include <string_view>

namespace cloudflow {

/// Where the value of a key begins that is called like a credential (password, secret, token, jaas …), or the password
/// of a URL; npos when the line has none. A guess by names, for lines of files that could not be read to the end.
std::size_t find_credential(std::string_view line);

}  // namespace cloudflow
