// The version of this program.
#pragma once

#include <string_view>

namespace cloudflow {

inline constexpr std::string_view program_version = CLOUDFLOW_VERSION;

}  // namespace cloudflow
