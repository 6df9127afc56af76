// What of the text we print may steer a terminal: only what we wrote to do so.
#pragma once

#include <string>
#include <string_view>

namespace cloudflow {

/// An escape sequence ("[32m") with our mark, which only this run knows. print_out and print_err let it through;
/// what only looks like it, in the words of a server or a file, they write out.
std::string terminal_code(std::string_view sequence);

/// What is really written: marked sequences become real ones, everything else becomes printable
/// (sdk/support/printable.h).
std::string for_terminal(std::string_view text);

}  // namespace cloudflow
