// Files that were named one by one on a command line, or kept in the cluster, as a source tree.
#include "cli/cloudflow2/given_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "sdk/support/text.h"

namespace cloudflow::cloudflow2 {
namespace fs = std::filesystem;

std::string GivenFiles::add_file(const std::string& name) {
  std::error_code problem;
  // Paths in a tree are relative; the root of this one is that of the machine.
  const std::string path = fs::weakly_canonical(fs::absolute(name, problem), problem).relative_path().generic_string();
  names_.insert_or_assign(path, name);
  return path;
}

std::string GivenFiles::add_text(const std::string& name, std::string text) {
  texts_.insert_or_assign(name, std::move(text));
  return name;
}

Result<std::string> GivenFiles::read(std::string_view path) const {
  if (const auto text = texts_.find(path); text != texts_.end()) return text->second;
  if (!exists(path)) return failure(ErrorKind::not_found, fmt::format("there is no file {}", quote(display(path))));
  std::ifstream file("/" + std::string(path), std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return failure(ErrorKind::unavailable, fmt::format("the file {} cannot be read", quote(display(path))));
  return text;
}

bool GivenFiles::exists(std::string_view path) const {
  std::error_code problem;
  return texts_.contains(path) || fs::is_regular_file("/" + std::string(path), problem);
}

std::string GivenFiles::display(std::string_view path) const {
  if (const auto name = names_.find(path); name != names_.end()) return name->second;
  if (texts_.contains(path)) return std::string(path);
  return "/" + std::string(path);
}

}  // namespace cloudflow::cloudflow2
