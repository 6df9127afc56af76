// Files of a commit.
#include "planner/source/git_tree.h"

#include <fmt/format.h>

#include "sdk/support/text.h"

namespace cloudflow {

Result<std::unique_ptr<GitTree>> GitTree::open(GitRepository repository, Revision revision, const std::string& folder) {
  const auto root = resolve_path("", folder);
  if (!root)
    return failure(ErrorKind::invalid_input, fmt::format("folder {} is outside the repository", quote(folder)));
  const auto entry = repository.find(revision.commit, *root);
  if (!entry || !entry->folder) {
    return failure(ErrorKind::not_found,
                   fmt::format("no folder {} in commit {}", quote(folder), revision.commit.substr(0, 7)));
  }
  return std::unique_ptr<GitTree>(new GitTree(std::move(repository), std::move(revision), entry->path));
}

/// The path inside the repository; links are followed later and must end below our own folder.
Result<std::string> GitTree::locate(std::string_view path) const {
  const auto inside = resolve_path("", path);
  if (!inside) return failure(ErrorKind::not_found, fmt::format("no file {}: the path leaves the folder", quote(path)));
  const std::string whole = display(*inside);
  CF_TRY(const GitEntry entry, repository_.find(revision_.commit, whole));
  if (!folder_.empty() && entry.path != folder_ && !entry.path.starts_with(folder_ + "/")) {
    return failure(ErrorKind::not_found, fmt::format("no file {}: a symbolic link leaves the folder", quote(whole)));
  }
  return whole;
}

Result<std::string> GitTree::read(std::string_view path) const {
  CF_TRY(const std::string whole, locate(path));
  return repository_.read(revision_.commit, whole);
}

Result<std::vector<std::string>> GitTree::list(std::string_view folder) const {
  const auto whole = locate(folder);
  if (!whole) return std::vector<std::string>();
  CF_TRY(std::vector<std::string> files, repository_.list(revision_.commit, *whole));
  if (!folder_.empty()) {
    for (std::string& file : files) file.erase(0, folder_.size() + 1);
  }
  return files;
}

bool GitTree::exists(std::string_view path) const { return locate(path).has_value(); }

std::string GitTree::display(std::string_view path) const {
  const std::string inside = resolve_path("", path).value_or(std::string(path));
  if (folder_.empty()) return inside;
  return inside.empty() ? folder_ : folder_ + "/" + inside;
}

Result<std::vector<Blame>> GitTree::blame(std::string_view file, std::span<const int> lines) const {
  CF_TRY(const GitEntry entry, repository_.find(revision_.commit, file));
  return repository_.blame(revision_.commit, entry.path, lines, nullptr);
}

}  // namespace cloudflow
