// Files of a commit, read without a checkout.
#include <fmt/format.h>
#include <git2.h>

#include <algorithm>

#include "planner/source/git_error.h"
#include "planner/source/git_program.h"
#include "planner/source/git_repository.h"
#include "planner/source/git_walk.h"
#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Blob = Handle<git_blob, git_blob_free>;
using Commit = Handle<git_commit, git_commit_free>;
using Entry = Handle<git_tree_entry, git_tree_entry_free>;
using Tree = Handle<git_tree, git_tree_free>;

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

Result<std::string> blob_text(git_repository* repository, const std::string& hash, std::string_view path) {
  Blob blob;
  git_oid id{};
  int code = git_oid_fromstr(&id, hash.c_str());
  if (code == 0) code = git_blob_lookup(Out(blob), repository, &id);
  if (code != 0) return git_failure(fmt::format("read {}", quote(path)), code);
  const auto size = static_cast<std::size_t>(git_blob_rawsize(blob.get()));
  return std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())), size);
}

GitKind kind_of(git_filemode_t mode) {
  switch (mode) {
    case GIT_FILEMODE_TREE:
      return GitKind::folder;
    case GIT_FILEMODE_LINK:
      return GitKind::link;
    case GIT_FILEMODE_COMMIT:
      return GitKind::submodule;
    case GIT_FILEMODE_UNREADABLE:
    case GIT_FILEMODE_BLOB:
    case GIT_FILEMODE_BLOB_EXECUTABLE:
      break;
  }
  return GitKind::file;
}

Result<std::optional<GitNode>> node_at(const git_tree* tree, const std::string& path) {
  Entry entry;
  const int code = git_tree_entry_bypath(Out(entry), tree, path.c_str());
  if (code == GIT_ENOTFOUND) return std::optional<GitNode>();
  if (code != 0) return git_failure(fmt::format("find {}", quote(path)), code);
  char hash[GIT_OID_HEXSZ + 1] = {};
  git_oid_tostr(hash, sizeof hash, git_tree_entry_id(entry.get()));
  return GitNode{kind_of(git_tree_entry_filemode(entry.get())), hash};
}

Result<GitFound> walk(git_repository* repository, const git_tree* tree, std::string_view wanted) {
  const GitLookup lookup = {
      .node = [tree](const std::string& path) { return node_at(tree, path); },
      .text = [repository](const GitNode& node, std::string_view path) { return blob_text(repository, node.id, path); },
  };
  return walk_commit(lookup, wanted);
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
  if (program_) return program_->find(commit, path);
  CF_TRY(const Tree tree, tree_of(repository_.get(), commit));
  CF_TRY(const GitFound found, walk(repository_.get(), tree.get(), path));
  return GitEntry{found.path, found.is_folder()};
}

Result<std::string> GitRepository::read(const std::string& commit, std::string_view path) const {
  if (program_) return program_->read(commit, path);
  CF_TRY(const Tree tree, tree_of(repository_.get(), commit));
  CF_TRY(const GitFound found, walk(repository_.get(), tree.get(), path));
  if (found.is_folder()) return failure(ErrorKind::invalid_input, fmt::format("{} is a folder", quote(path)));
  return blob_text(repository_.get(), found.node->id, path);
}

Result<std::vector<std::string>> GitRepository::list(const std::string& commit, std::string_view folder) const {
  if (program_) return program_->list(commit, folder);
  CF_TRY(Tree tree, tree_of(repository_.get(), commit));
  auto found = walk(repository_.get(), tree.get(), folder);
  if (!found) {
    if (found.error().kind == ErrorKind::not_found) return std::vector<std::string>();
    return std::unexpected(std::move(found).error());
  }
  Listing listing;
  const std::string asked = resolve_path("", folder).value_or("");
  if (!asked.empty()) listing.prefix = asked + "/";
  if (!found->is_folder()) return std::vector<std::string>();
  if (found->node) {
    Tree below;
    git_oid id{};
    int code = git_oid_fromstr(&id, found->node->id.c_str());
    if (code == 0) code = git_tree_lookup(Out(below), repository_.get(), &id);
    if (code != 0) return git_failure(fmt::format("list {}", quote(folder)), code);
    tree = std::move(below);
  }
  if (const int code = git_tree_walk(tree.get(), GIT_TREEWALK_PRE, collect, &listing); code != 0) {
    return git_failure(fmt::format("list {}", quote(folder)), code);
  }
  std::ranges::sort(listing.files);
  return std::move(listing.files);
}

}  // namespace cloudflow
