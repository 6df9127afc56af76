// A text as one word of a shell's command line.
#pragma once

#include <string>
#include <string_view>

namespace cloudflow {

/// In single quotes; what is in it means nothing to the shell.
std::string shell_word(std::string_view text);

}  // namespace cloudflow
