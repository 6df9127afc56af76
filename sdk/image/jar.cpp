// A jar that has nothing of the time in it.
#include "sdk/image/jar.h"

#include <fmt/format.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <system_error>

#include "sdk/image/deflate.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int n = 0; n < bytes; ++n) out += static_cast<char>((value >> static_cast<unsigned>(8 * n)) & 0xFFU);
}

/// What the head before a file and its entry in the directory have in common.
std::string common_of(std::uint32_t checksum, std::uint32_t size, std::uint32_t name) {
  constexpr std::uint32_t utf8_names = 0x0800;
  constexpr std::uint32_t first_day = 0x0021;  // 1980-01-01: zip knows no earlier one
  std::string out;
  put(out, 20, 2);
  put(out, utf8_names, 2);
  put(out, 0, 2);  // not compressed
  put(out, 0, 2);
  put(out, first_day, 2);
  put(out, checksum, 4);
  put(out, size, 4);
  put(out, size, 4);
  put(out, name, 2);
  put(out, 0, 2);
  return out;
}

std::map<std::string, fs::path> files_in(const fs::path& folder) {
  std::map<std::string, fs::path> out;
  std::error_code trouble;
  for (fs::recursive_directory_iterator at(folder, trouble), end; !trouble && at != end; at.increment(trouble)) {
    if (at->is_regular_file(trouble)) out[at->path().lexically_relative(folder).generic_string()] = at->path();
  }
  return out;
}

}  // namespace

Result<std::string> make_jar(const fs::path& folder) {
  constexpr std::size_t most_bytes = std::numeric_limits<std::uint32_t>::max();
  constexpr std::size_t most_files = std::numeric_limits<std::uint16_t>::max();
  std::string out;
  std::string directory;
  const std::map<std::string, fs::path> files = files_in(folder);
  for (const auto& [name, file] : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return failure(ErrorKind::not_found, fmt::format("cannot read {}", quote(file.string())));
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (out.size() + bytes.size() + directory.size() > most_bytes / 2 || files.size() >= most_files)
      return failure(ErrorKind::unsupported, fmt::format("{} is too large for a jar", quote(folder.string())),
                     "name jars in the class path in place of the folder");
    const std::string common =
        common_of(crc32_of(bytes), static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint32_t>(name.size()));
    const auto at = static_cast<std::uint32_t>(out.size());
    out += std::string("PK\3\4", 4) + common + name + bytes;
    directory += std::string("PK\1\2", 4);
    put(directory, 20, 2);
    directory += common;
    put(directory, 0, 4);  // comment, disk
    put(directory, 0, 2);  // attributes inside
    put(directory, 0, 4);  // and outside
    put(directory, at, 4);
    directory += name;
  }
  const auto begin = static_cast<std::uint32_t>(out.size());
  out += directory + std::string("PK\5\6", 4);
  put(out, 0, 4);
  put(out, static_cast<std::uint32_t>(files.size()), 2);
  put(out, static_cast<std::uint32_t>(files.size()), 2);
  put(out, static_cast<std::uint32_t>(directory.size()), 4);
  put(out, begin, 4);
  put(out, 0, 2);
  return out;
}

}  // namespace cloudflow
