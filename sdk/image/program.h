// A native program and what the system's loader needs to start it.
#pragma once

#include <filesystem>
#include <map>
#include <stop_token>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow {

struct ProgramParts {
  std::string architecture{};                            ///< as images call it: "amd64"
  std::filesystem::path loader{};                        ///< empty: the program is linked statically
  std::map<std::string, std::filesystem::path> needs{};  ///< shared libraries by the names that the program knows
};

/// Asks the program's own loader which libraries it would take, by this machine's rules; the program does not run.
/// invalid_input where it is no program for Linux, not_found where a library is missing.
Result<ProgramParts> parts_of_program(const std::filesystem::path& program, const std::stop_token& stop);

/// "amd64" for the machine that we run on.
std::string this_architecture();

}  // namespace cloudflow
