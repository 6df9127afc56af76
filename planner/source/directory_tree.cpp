// Files of a folder on this machine.
#include "planner/source/directory_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

/// Whether `path` is `root` or below it; both absolute and without links.
bool is_within(const fs::path& path, const fs::path& root) {
  const auto [end, unused] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return end == root.end();
}

std::string_view kind_of(fs::file_type type) {
  if (type == fs::file_type::fifo) return "a FIFO";
  if (type == fs::file_type::socket) return "a socket";
  return type == fs::file_type::block || type == fs::file_type::character ? "a device" : "something else";
}

/// What is wrong on the way to a path below `root`; empty when simply nothing is there.
std::string why_missing(const fs::path& root, const std::string& path, const std::error_code& found) {
  if (found == std::errc::too_many_symbolic_link_levels) return "too many symbolic links";
  if (found != std::errc::no_such_file_or_directory && found != std::errc::not_a_directory) return found.message();
  fs::path at = root;
  for (const std::string& step : split(path, '/')) {
    at /= step;
    std::error_code problem;
    if (!fs::is_symlink(fs::symlink_status(at, problem))) continue;
    if (fs::exists(at, problem)) continue;
    return fmt::format("the symbolic link {} leads to {}, which is not there",
                       quote(at.lexically_relative(root).generic_string()),
                       quote(fs::read_symlink(at, problem).generic_string()));
  }
  return "";
}

/// libgit2 would say so, too, but reads all trusted certificates first.
bool is_in_git(fs::path folder) {
  for (;; folder = folder.parent_path()) {
    std::error_code problem;
    if (fs::exists(folder / ".git", problem)) return true;
    if (folder == folder.parent_path()) return false;
  }
}

}  // namespace

Result<std::unique_ptr<DirectoryTree>> DirectoryTree::open(const std::string& folder) {
  std::error_code problem;
  const fs::path root = fs::canonical(folder.empty() ? "." : folder, problem);
  if (problem)
    return failure(ErrorKind::not_found, fmt::format("open folder {}: {}", quote(folder), problem.message()));
  if (!fs::is_directory(root, problem))
    return failure(ErrorKind::invalid_input, fmt::format("{} is no folder", quote(folder)));
  auto tree = std::unique_ptr<DirectoryTree>(new DirectoryTree(folder, root));
  tree->git_ = std::async(std::launch::deferred, look_at_git, root).share();
  return tree;
}

Result<DirectoryTree::Git> DirectoryTree::look_at_git(const fs::path& root) {
  Git out;
  if (!is_in_git(root)) return out;
  CF_TRY(out.repository, GitRepository::discover(root.string()));
  if (!out.repository) return out;
  std::error_code problem;
  const fs::path working = fs::canonical(out.repository->working_folder(), problem);
  if (!problem && is_within(root, working) && root != working)
    out.folder = root.lexically_relative(working).generic_string();
  CF_TRY(out.revision, out.repository->head());
  CF_TRY(out.revision.dirty, out.repository->is_dirty(out.folder));
  return out;
}

Result<Revision> DirectoryTree::revision() const {
  const Result<Git>& git = git_.get();
  if (!git) return std::unexpected(git.error());
  return git->revision;
}

/// The real place of a path; an error when it leaves the folder, also through a link.
Result<fs::path> DirectoryTree::locate(std::string_view path) const {
  const auto inside = resolve_path("", path);
  if (!inside) return failure(ErrorKind::not_found, fmt::format("no file {}: the path leaves the folder", quote(path)));
  std::error_code problem;
  const fs::path real = fs::canonical(root_ / *inside, problem);
  if (problem) {
    const std::string why = why_missing(root_, *inside, problem);
    return failure(ErrorKind::not_found,
                   fmt::format("no file {}{}{}", quote(display(path)), why.empty() ? "" : ": ", why));
  }
  if (!is_within(real, root_)) {
    return failure(ErrorKind::not_found,
                   fmt::format("no file {}: a symbolic link leaves the folder", quote(display(path))));
  }
  return real;
}

Result<std::string> DirectoryTree::read(std::string_view path) const {
  CF_TRY(const fs::path real, locate(path));
  std::error_code problem;
  if (fs::is_directory(real, problem))
    return failure(ErrorKind::invalid_input, fmt::format("{} is a folder", quote(display(path))));
  if (const fs::file_type type = fs::status(real, problem).type(); type != fs::file_type::regular)
    return failure(ErrorKind::invalid_input,
                   fmt::format("{} is {}, not a file with text", quote(display(path)), kind_of(type)));
  std::ifstream file(real, std::ios::binary);
  if (!file)
    return failure(ErrorKind::denied,
                   fmt::format("read {}: {}", quote(display(path)), std::generic_category().message(errno)));
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) return failure(ErrorKind::unavailable, fmt::format("read {} failed", quote(display(path))));
  return text;
}

Result<std::vector<std::string>> DirectoryTree::list(std::string_view folder) const {
  std::vector<std::string> out;
  const auto located = locate(folder);
  std::error_code problem;
  if (!located || !fs::is_directory(*located, problem)) return out;
  const std::string prefix = resolve_path("", folder).value_or("");
  fs::recursive_directory_iterator at(*located, problem);
  while (!problem && at != fs::recursive_directory_iterator()) {
    if (at->path().filename() == ".git") {
      at.disable_recursion_pending();
    } else if (std::error_code dangling; !at->is_directory(dangling)) {
      const std::string below = at->path().lexically_relative(*located).generic_string();
      out.push_back(prefix.empty() ? below : prefix + "/" + below);
    }
    at.increment(problem);
  }
  if (problem) return failure(ErrorKind::denied, fmt::format("list {}: {}", quote(display(folder)), problem.message()));
  std::ranges::sort(out);
  return out;
}

bool DirectoryTree::exists(std::string_view path) const { return locate(path).has_value(); }

std::string DirectoryTree::display(std::string_view path) const {
  const std::string inside = resolve_path("", path).value_or(std::string(path));
  if (name_.empty() || name_ == ".") return inside;
  return (fs::path(name_) / inside).lexically_normal().generic_string();
}

Result<std::vector<Blame>> DirectoryTree::blame(std::string_view file, std::span<const int> lines) const {
  const Result<Git>& git = git_.get();
  if (!git) return std::unexpected(git.error());
  if (!git->repository || git->revision.commit.empty()) return SourceTree::blame(file, lines);
  const std::string prefix = display("");
  std::string_view path = file;
  if (!prefix.empty() && path.starts_with(prefix)) path.remove_prefix(prefix.size());
  while (path.starts_with('/')) path.remove_prefix(1);
  CF_TRY(const fs::path real, locate(path));
  CF_TRY(const std::string text, read(path));
  const std::string inside = real.lexically_relative(root_).generic_string();
  return git->repository->blame(git->revision.commit, git->folder.empty() ? inside : git->folder + "/" + inside, lines,
                                &text);
}

}  // namespace cloudflow
