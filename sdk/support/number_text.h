// Numbers as people read them.
#pragma once

#include <string>

namespace cloudflow {

/// "1,234,567"
std::string with_commas(long long number);

}  // namespace cloudflow
