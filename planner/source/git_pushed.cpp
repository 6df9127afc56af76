// What a push brings and is not part of the repository yet.
#include "planner/source/git_pushed.h"

#include <git2.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "sdk/support/handle.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

using ObjectDatabase = Handle<git_odb, git_odb_free>;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing of ours sets variables
  return value == nullptr ? "" : value;
}

/// Folders with colons between them; one with a colon in it stands in quotes, where a backslash takes the next
/// character as it is.
std::vector<std::string> folders_in(std::string_view list) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '"' && (quoted || out.back().empty())) {
      quoted = !quoted;
    } else if (quoted && list[i] == '\\' && i + 1 < list.size()) {
      out.back() += list[++i];
    } else if (list[i] == ':' && !quoted) {
      out.emplace_back();
    } else {
      out.back() += list[i];
    }
  }
  return out;
}

}  // namespace

void add_pushed_objects(git_repository* repository) {
  std::vector<std::string> folders = folders_in(variable("GIT_ALTERNATE_OBJECT_DIRECTORIES"));
  folders.emplace_back(variable("GIT_OBJECT_DIRECTORY"));
  ObjectDatabase objects;
  for (const std::string& folder : folders) {
    std::error_code problem;
    const fs::path real = fs::canonical(folder, problem);
    if (folder.empty() || problem || !fs::is_directory(real, problem)) continue;
    if (!objects && git_repository_odb(Out(objects), repository) != 0) return;
    // What cannot be read is missed where it is looked for.
    static_cast<void>(git_odb_add_disk_alternate(objects.get(), real.c_str()));
  }
}

}  // namespace cloudflow
