// The class path of a process that runs on Java.
#include "providers/sandbox/class_path.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "sdk/support/class_path_list.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

bool has_class_path(const Json& spec) { return spec.contains("class-path") || spec.contains("class-path-file"); }

Result<std::vector<std::string>> class_path_entries(const Json& spec) {
  std::vector<std::string> out;
  const auto add = [&](const fs::path& entry) { out.push_back(entry.lexically_normal().string()); };
  const fs::path folder = string_at(spec, {"folder"});
  if (const Json* list = find(spec, {"class-path"}); list != nullptr) {
    for (const Json& given : *list) {
      for (const std::string& one : split(given.get<std::string>(), ':')) {
        if (!one.empty()) add(folder / one);
      }
    }
  }
  if (const std::string file = string_at(spec, {"class-path-file"}); !file.empty()) {
    CF_TRY(const std::vector<fs::path> listed, read_class_path_list(folder / file));
    std::ranges::for_each(listed, add);
  }
  if (out.empty()) return failure(ErrorKind::invalid_input, "the class path is empty");
  return out;
}

std::vector<std::string> class_path_files(const Json& spec) {
  std::vector<std::string> out;
  const Result<std::vector<std::string>> entries = class_path_entries(spec);
  if (!entries) return out;
  for (const std::string& path : *entries) {
    const fs::path entry(path);
    std::error_code unknown;
    const bool is_wildcard = entry.filename() == "*";
    if (!fs::exists(is_wildcard ? entry.parent_path() : entry, unknown)) return {};
    if (is_wildcard) {
      for (const fs::directory_entry& jar : fs::directory_iterator(entry.parent_path(), unknown)) {
        if (jar.path().extension() == ".jar") out.push_back(jar.path().string());
      }
    } else if (fs::is_directory(entry, unknown)) {
      for (fs::recursive_directory_iterator file(entry, unknown), end; !unknown && file != end;
           file.increment(unknown)) {
        if (file->is_regular_file(unknown)) out.push_back(file->path().string());
      }
    } else {
      out.push_back(path);
    }
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace cloudflow
