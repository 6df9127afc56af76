// A git repository in our words; libgit2 stays in the sources.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/result.h"
#include "planner/source/git_credentials.h"
#include "planner/source/git_library.h"
#include "planner/source/git_url.h"
#include "planner/source/source_tree.h"

struct git_repository;

namespace cloudflow {

class GitProgram;

/// What a path in a commit leads to, after following the symbolic links inside the commit.
struct GitEntry {
  std::string path{};  ///< the real one
  bool folder = false;
};

/// An open repository. Copies share it. libgit2 reads it, or the git program where libgit2 does not know its format
/// (SHA-256, reftable, partial clones). Who may own it is git's rule. In a hook it has the pushed commits, too.
class GitRepository {
 public:
  /// The branch that a user means: "main" of "main" or "refs/heads/main". Invalid where git would not take the name.
  static Result<std::string> branch_name(const std::string& text);
  /// The repository at `path`: a working tree, its .git, or a bare repository.
  static Result<GitRepository> open(const std::string& path);
  /// The repository whose working tree holds `path`; nothing when there is none.
  static Result<std::optional<GitRepository>> discover(const std::string& path);
  /// A bare copy of `url` in `cache`, brought up to date. Messages never hold credentials.
  static Result<GitRepository> fetch(const std::string& url, const std::string& cache,
                                     const GitCredentials& credentials, std::stop_token stop);

  /// The commit that a branch, tag, hash or "HEAD" names. A short name that means different commits is invalid.
  Result<Revision> resolve(const std::string& revision) const;
  /// The commit of the branch with this name; a tag or another reference with the same name is not looked at.
  Result<Revision> resolve_branch(const std::string& name) const;
  /// The commit checked out, without `dirty`. An empty commit in a repository without commits.
  Result<Revision> head() const;
  /// Whether a file below `folder` of the working tree differs from HEAD; ignored files do not count.
  Result<bool> is_dirty(const std::string& folder) const;
  /// Absolute path of the working tree; empty when bare.
  std::string working_folder() const;

  Result<GitEntry> find(const std::string& commit, std::string_view path) const;
  Result<std::string> read(const std::string& commit, std::string_view path) const;
  /// Every file below the folder, sorted, with the folder's path in front.
  Result<std::vector<std::string>> list(const std::string& commit, std::string_view folder) const;
  /// Who wrote the lines, one answer for each. With `content`, of that uncommitted text of the file.
  Result<std::vector<Blame>> blame(const std::string& commit, const std::string& path, std::span<const int> lines,
                                   const std::string* content) const;

 private:
  explicit GitRepository(git_repository* owned);
  explicit GitRepository(std::shared_ptr<const GitProgram> program) : program_(std::move(program)) {}
  /// Nothing when the tree is not there at all.
  static Result<std::optional<GitRepository>> open_with(const std::string& path, unsigned flags);
  GitLibrary library_{};
  std::shared_ptr<git_repository> repository_{};
  std::shared_ptr<const GitProgram> program_{};  ///< in its place
};

}  // namespace cloudflow
