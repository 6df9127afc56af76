// Files that a command line names.
#include "cli/named_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

/// Whether a path that is relative and has no needless steps leads out.
bool leads_out(const fs::path& path) { return path.is_absolute() || (!path.empty() && *path.begin() == ".."); }

/// Absolute, links in the folder followed as the system does for "..", links in the name left for the tree to see.
fs::path whole_path(const fs::path& folder, const std::string& name) {
  const fs::path given(name);
  return (given.is_absolute() ? given : folder / given).lexically_normal();
}

fs::path common_folder(const fs::path& a, const fs::path& b) {
  fs::path out;
  const auto [end, unused] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  for (auto step = a.begin(); step != end; ++step) out /= *step;
  return out;
}

/// As the user would write it: steps up while only those are needed, else the absolute path.
std::string folder_name(const std::string& given, const fs::path& from, const fs::path& to, bool absolute) {
  if (absolute) return to.string();
  const fs::path steps = to.lexically_relative(from);
  return given == "." ? steps.string() : (fs::path(given) / steps).string();
}

}  // namespace

void widen_folder(SourceOptions& options, std::span<std::string* const> files) {
  if (!options.repository.empty()) return;
  std::error_code problem;
  const std::string given = options.folder.empty() ? "." : options.folder;
  const fs::path folder = fs::canonical(fs::path(given) / options.path, problem);
  if (problem) return;  // opening it says why
  fs::path wide = folder;
  bool absolute = false;
  for (const std::string* file : files) {
    if (file->empty()) continue;
    const fs::path whole = whole_path(folder, *file);
    if (!leads_out(whole.lexically_relative(folder))) continue;
    wide = common_folder(wide, whole.has_filename() ? whole.parent_path() : whole);
    absolute = absolute || fs::path(*file).is_absolute();
  }
  for (std::string* file : files) {
    // "../here/x" comes back; a name that never leaves stays as it was written.
    if (file->empty() || (wide == folder && !leads_out(fs::path(*file).lexically_normal()))) continue;
    const bool is_folder = file->ends_with('/');
    *file = whole_path(folder, *file).lexically_relative(wide).string();
    if (is_folder && !file->ends_with('/')) *file += '/';
  }
  if (wide == folder) return;
  options.folder = folder_name(given, folder, wide, absolute);
  if (!options.path.empty() && !absolute)
    options.folder = (fs::path(given) / options.path / wide.lexically_relative(folder)).string();
  options.path.clear();
}

void enter_folder_of_project(SourceOptions& options) {
  const fs::path file = fs::path(options.file).lexically_normal();
  if (!options.repository.empty() || !leads_out(file)) return;
  std::error_code problem;
  const fs::path base = fs::path(options.folder.empty() ? "." : options.folder) / options.path;
  const fs::path inside =
      whole_path(fs::canonical(base, problem), file.string()).lexically_relative(fs::canonical(base, problem));
  if (problem) return;  // opening it says why
  if (!leads_out(inside)) {
    options.file = inside.string();
    return;
  }
  options.folder = (base / file).parent_path().string();  // an absolute path takes the place of the base
  options.path.clear();
  options.file = file.filename().string();
}

}  // namespace cloudflow
