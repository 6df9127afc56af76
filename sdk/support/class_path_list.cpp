// The class path that a build has written to a file.
#include "sdk/support/class_path_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

Result<std::vector<fs::path>> read_class_path_list(const fs::path& file) {
  constexpr std::uintmax_t largest = 16U << 20U;
  std::error_code trouble;
  std::ifstream in(file, std::ios::binary);
  if (!in || fs::file_size(file, trouble) > largest || trouble)
    return failure(ErrorKind::not_found,
                   fmt::format("the class path names {}, which cannot be read", quote(file.string())),
                   "build the application first: the build writes it");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  std::ranges::replace_if(text, [](char c) { return c == ':' || c == '@' || c == '\r'; }, '\n');
  std::vector<fs::path> out;
  for (const std::string& line : split(text, '\n')) {
    if (const std::string_view name = trimmed(line); !name.empty()) out.push_back(file.parent_path() / name);
  }
  return out;
}

}  // namespace cloudflow
