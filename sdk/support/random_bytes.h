// Bytes that nobody can guess.
#pragma once

#include <cstddef>
#include <string>

namespace cloudflow {

/// From the system's source of randomness.
std::string random_bytes(std::size_t count);

}  // namespace cloudflow
