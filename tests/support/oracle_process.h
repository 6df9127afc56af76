// Asks a program that answers lines with lines: a library of another language that an oracle holds us against.
#pragma once

#include <string>
#include <vector>

namespace cloudflow::testing {

/// The Python in which scripts/bootstrap installed tests/oracles/requirements.txt, with a script of tests/oracles.
std::string oracle_python(const std::string& script);

/// What the command line prints, by line, when `lines` are its input. Throws std::runtime_error with the end of what it
/// complained about where it fails.
std::vector<std::string> ask(const std::string& command, const std::vector<std::string>& lines);

}  // namespace cloudflow::testing
