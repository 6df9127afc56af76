// Digests of programs.
#include "cli/sandbox/program_digests.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "cli/sandbox/command_words.h"
#include "providers/sandbox/class_path.h"
#include "sdk/support/digest.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

/// Larger files are data: that their size and time are the same is enough.
constexpr std::uintmax_t largest_program = 256 << 20;

/// Empty where it cannot be read, as while a build replaces it.
std::string digest_of_file(const std::string& path) {
  std::error_code trouble;
  const std::uintmax_t size = fs::file_size(path, trouble);
  if (trouble) return "";
  if (size > largest_program)
    return sha256(fmt::format("{} {}", size, fs::last_write_time(path, trouble).time_since_epoch().count()));
  std::string text(size, '\0');
  std::ifstream file(path, std::ios::binary);
  return file.read(text.data(), static_cast<std::streamsize>(text.size())) ? sha256(text) : "";
}

}  // namespace

std::string ProgramDigests::operator()(const Json& spec) {
  if (has_class_path(spec) && class_path_files(spec).empty()) return "";
  std::string all;
  for (const std::string& path : program_files(spec)) {
    const auto [known, is_new] = of_files_.try_emplace(path);
    if (is_new) known->second = digest_of_file(path);
    all += known->second;
  }
  return all.empty() ? "" : sha256_hex(all).substr(0, 16);
}

}  // namespace cloudflow
