// A folder that only this run has.
#include "cli/sandbox/work_folder.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "cli/host.h"
#include "sdk/support/process_mark.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view folder_prefix = "cloudflow-sandbox-";
constexpr std::string_view large_folder_prefix = "cloudflow-records-";
constexpr const char* owner_file = "owner";
constexpr std::string_view mark_suffix = ".process";
constexpr const char* large_folder_link = "large";  ///< leads to the folder that is on disk

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Both folders of a run with all that is in them.
void remove_both(const fs::path& folder) {
  std::error_code ignored;
  const fs::path large = fs::read_symlink(folder / large_folder_link, ignored);
  if (large.filename().string().starts_with(large_folder_prefix)) fs::remove_all(large, ignored);
  fs::remove_all(folder, ignored);
}

/// What a run left that was killed: ends its processes, and forgets its documents.
void clear(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (!entry.path().filename().string().ends_with(mark_suffix)) continue;
    if (const std::optional<int> group = running_group(text_of(entry.path()))) ::kill(-*group, SIGKILL);
  }
  remove_both(folder);
}

/// The folders of this user's runs, also of those that are dead.
std::vector<fs::path> all_folders(const fs::path& parent) {
  std::vector<fs::path> out;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, ignored)) {
    struct stat owned{};
    if (!entry.path().filename().string().starts_with(folder_prefix)) continue;
    if (::lstat(entry.path().c_str(), &owned) != 0 || owned.st_uid != ::getuid() || !S_ISDIR(owned.st_mode)) continue;
    out.push_back(entry.path());
  }
  return out;
}

fs::path parent_folder() {
  std::error_code trouble;
  const std::string runtime = environment_variable("XDG_RUNTIME_DIR").value_or("");
  return !runtime.empty() && fs::is_directory(runtime, trouble) ? fs::path(runtime) : fs::temp_directory_path(trouble);
}

}  // namespace

std::vector<std::string> WorkFolder::of_living_runs() {
  std::vector<std::string> out;
  for (const fs::path& folder : all_folders(parent_folder())) {
    if (running_process(text_of(folder / owner_file))) out.push_back(folder.string());
  }
  return out;
}

std::vector<std::string> WorkFolder::of_killed_runs() {
  std::vector<std::string> out;
  for (const fs::path& folder : all_folders(parent_folder())) {
    if (has_ended_here(text_of(folder / owner_file))) out.push_back(folder.string());
  }
  return out;
}

Result<WorkFolder> WorkFolder::make() {
  const std::string parent = parent_folder().string();
  for (const fs::path& folder : all_folders(parent)) {
    if (has_ended_here(text_of(folder / owner_file))) clear(folder);
  }
  std::string pattern = fmt::format("{}/{}XXXXXX", parent, folder_prefix);
  if (::mkdtemp(pattern.data()) == nullptr)
    return failure(ErrorKind::unavailable,
                   fmt::format("no folder for documents can be made in {}: {}", parent, std::strerror(errno)));
  WorkFolder out(pattern);
  std::ofstream owner(fs::path(pattern) / owner_file, std::ios::binary);
  owner << process_mark() << std::flush;
  if (owner) return out;
  return failure(ErrorKind::unavailable,
                 fmt::format("documents cannot be written to {}: {}", pattern, std::strerror(errno)));
}

Result<std::string> WorkFolder::make_large_folder() const {
  std::error_code trouble;
  const fs::path parent = fs::temp_directory_path(trouble);
  if (trouble)
    return failure(ErrorKind::unavailable,
                   fmt::format("there is no folder for temporary files ({}): {}",
                               environment_variable("TMPDIR").value_or("/tmp"), trouble.message()),
                   "let TMPDIR name one");
  std::string pattern = fmt::format("{}/{}XXXXXX", parent.string(), large_folder_prefix);
  if (::mkdtemp(pattern.data()) == nullptr)
    return failure(ErrorKind::unavailable,
                   fmt::format("no folder for records can be made in {}: {}", parent.string(), std::strerror(errno)),
                   "let TMPDIR name a folder with room");
  fs::create_symlink(pattern, fs::path(path_) / large_folder_link, trouble);
  return pattern;
}

void WorkFolder::note_process(const std::string& name, const std::string& mark) const {
  std::ofstream(fs::path(path_) / (name + std::string(mark_suffix)), std::ios::binary | std::ios::trunc) << mark;
}

WorkFolder::~WorkFolder() {
  if (!path_.empty()) remove_both(path_);
}

}  // namespace cloudflow
