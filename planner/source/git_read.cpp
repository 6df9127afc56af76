// Files of a commit, read without a checkout.
#include <fmt/format.h>
#include <git2.h>

#include <algorithm>

#include "planner/source/git_error.h"
#include "planner/source/git_repository.h"
#include "sdk/base/handle.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

using Blob = Handle<git_blob, git_blob_free>;
using Commit = Handle<git_commit, git_commit_free>;
using Entry = Handle<git_tree_entry, git_tree_entry_free>;
using Tree = Handle<git_tree, git_tree_free>;

constexpr int most_links = 40;  // as Linux: more is a loop

Result<Tree> tree_of(git_repository* repository, const std::string& commit_hash) {
  git_oid id{};
  Commit commit;
  Tree tree;
  if (const int code = git_oid_fromstr(&id, commit_hash.c_str()); code != 0)
    return git_failure("read commit " + commit_hash, code);
  if (const int code = git_commit_lookup(Out(commit), repository, &id); code != 0)
    return git_failure("read commit " + commit_hash, code);
  if (const int code = git_commit_tree(Out(tree), commit.get()); code != 0)
    return git_failure("read commit " + commit_hash, code);
  return tree;
}

Result<std::string> blob_text(git_repository* repository, const git_tree_entry* entry, std::string_view path) {
  Blob blob;
  if (const int code = git_blob_lookup(Out(blob), repository, git_tree_entry_id(entry)); code != 0) {
    return git_failure(fmt::format("read {}", quote(path)), code);
  }
  const auto size = static_cast<std::size_t>(git_blob_rawsize(blob.get()));
  return std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())), size);
}

std::unexpected<Error> no_file(std::string_view path) {
  return failure(ErrorKind::not_found, fmt::format("no file {}", quote(path)));
}

struct Found {
  std::string path{};
  Entry entry{};  ///< null for the root
};

/// Walks to a path of the tree; a symbolic link on the way is followed as long as it stays inside.
Result<Found> walk(git_repository* repository, const git_tree* tree, std::string_view wanted) {
  const auto start = resolve_path("", wanted);
  if (!start) return no_file(wanted);
  std::string path = *start;
  for (int links = 0; links < most_links; ++links) {
    if (path.empty()) return Found{};
    Found found;
    bool followed = false;
    std::size_t end = 0;
    while (end < path.size() && !followed) {
      end = std::min(path.find('/', end + 1), path.size());
      found.path = path.substr(0, end);
      if (git_tree_entry_bypath(Out(found.entry), tree, found.path.c_str()) != 0) return no_file(wanted);
      const git_filemode_t mode = git_tree_entry_filemode(found.entry.get());
      if (mode == GIT_FILEMODE_COMMIT) {
        return failure(ErrorKind::not_found,
                       fmt::format("no file {}: {} is a submodule", quote(wanted), quote(found.path)));
      }
      if (mode != GIT_FILEMODE_LINK) continue;
      CF_TRY(const std::string target, blob_text(repository, found.entry.get(), found.path));
      const auto parent = resolve_path(found.path, "..");
      const auto next = resolve_path(parent.value_or(""), target);
      if (!next) {
        return failure(ErrorKind::not_found,
                       fmt::format("no file {}: the link {} leaves the repository", quote(wanted), quote(found.path)));
      }
      const auto whole = resolve_path(*next, std::string_view(path).substr(std::min(end + 1, path.size())));
      if (!whole) return no_file(wanted);
      path = *whole;
      followed = true;
    }
    if (!followed) return found;
  }
  return failure(ErrorKind::not_found, fmt::format("no file {}: too many symbolic links", quote(wanted)));
}

struct Listing {
  std::string prefix{};
  std::vector<std::string> files{};
};

int collect(const char* root, const git_tree_entry* entry, void* payload) {
  auto& listing = *static_cast<Listing*>(payload);
  const git_filemode_t mode = git_tree_entry_filemode(entry);
  if (mode == GIT_FILEMODE_TREE || mode == GIT_FILEMODE_COMMIT) return 0;
  listing.files.push_back(listing.prefix + root + git_tree_entry_name(entry));
  return 0;
}

}  // namespace

Result<GitEntry> GitRepository::find(const std::string& commit, std::string_view path) const {
  CF_TRY(const Tree tree, tree_of(repository_.get(), commit));
  CF_TRY(const Found found, walk(repository_.get(), tree.get(), path));
  return GitEntry{found.path, !found.entry || git_tree_entry_filemode(found.entry.get()) == GIT_FILEMODE_TREE};
}

Result<std::string> GitRepository::read(const std::string& commit, std::string_view path) const {
  CF_TRY(const Tree tree, tree_of(repository_.get(), commit));
  CF_TRY(const Found found, walk(repository_.get(), tree.get(), path));
  if (!found.entry || git_tree_entry_filemode(found.entry.get()) == GIT_FILEMODE_TREE) {
    return failure(ErrorKind::invalid_input, fmt::format("{} is a folder", quote(path)));
  }
  return blob_text(repository_.get(), found.entry.get(), path);
}

Result<std::vector<std::string>> GitRepository::list(const std::string& commit, std::string_view folder) const {
  CF_TRY(Tree tree, tree_of(repository_.get(), commit));
  auto found = walk(repository_.get(), tree.get(), folder);
  if (!found) {
    if (found.error().kind == ErrorKind::not_found) return std::vector<std::string>();
    return std::unexpected(std::move(found).error());
  }
  Listing listing;
  const std::string asked = resolve_path("", folder).value_or("");
  if (!asked.empty()) listing.prefix = asked + "/";
  if (found->entry) {
    if (git_tree_entry_filemode(found->entry.get()) != GIT_FILEMODE_TREE) return std::vector<std::string>();
    Tree below;
    if (const int code = git_tree_lookup(Out(below), repository_.get(), git_tree_entry_id(found->entry.get()));
        code != 0) {
      return git_failure(fmt::format("list {}", quote(folder)), code);
    }
    tree = std::move(below);
  }
  if (const int code = git_tree_walk(tree.get(), GIT_TREEWALK_PRE, collect, &listing); code != 0) {
    return git_failure(fmt::format("list {}", quote(folder)), code);
  }
  std::ranges::sort(listing.files);
  return std::move(listing.files);
}

}  // namespace cloudflow
