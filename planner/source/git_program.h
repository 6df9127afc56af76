// The git program on one repository: for formats and owners that libgit2 does not know.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/result.h"
#include "planner/source/git_repository.h"
#include "planner/source/git_walk.h"
#include "planner/source/source_tree.h"
#include "sdk/support/process.h"

namespace cloudflow {

/// What GitRepository answers, asked of the git program: some milliseconds for each question. The user's settings hold
/// as they do for git itself; GIT_DIR and its like do not, because the repository is named.
class GitProgram {
 public:
  /// Lets git look at `path`, inside a repository or one itself. `not_found` when there is no git program; `denied`
  /// when the repository belongs to somebody whom git does not trust; else in git's words.
  static Result<std::shared_ptr<const GitProgram>> open(const std::string& path);

  Result<Revision> resolve(const std::string& revision) const;
  /// A name that git takes for a branch.
  Result<Revision> resolve_branch(const std::string& name) const;
  Result<Revision> head() const;
  Result<bool> is_dirty(const std::string& folder) const;
  const std::string& working_folder() const { return working_; }
  bool is_bare() const { return bare_; }
  Result<GitEntry> find(const std::string& commit, std::string_view path) const;
  Result<std::string> read(const std::string& commit, std::string_view path) const;
  Result<std::vector<std::string>> list(const std::string& commit, std::string_view folder) const;
  Result<std::vector<Blame>> blame(const std::string& commit, const std::string& path, std::span<const int> lines,
                                   const std::string* content) const;

 private:
  using Nodes = std::map<std::string, GitNode, std::less<>>;
  explicit GitProgram(std::string folder) : folder_(std::move(folder)) {}
  /// Runs it; only not being able to is an error.
  Result<ProcessOutput> run(std::vector<std::string> arguments, std::string input = "") const;
  /// What it prints, without the last line's end; its complaint when it fails.
  Result<std::string> ask(const std::string& doing, std::vector<std::string> arguments) const;
  Result<Revision> revision_of(const std::string& commit) const;
  /// Everything in a commit by its path; read once.
  Result<std::shared_ptr<const Nodes>> nodes(const std::string& commit) const;
  Result<GitFound> walk(const std::string& commit, std::string_view path) const;
  Result<std::string> text(const GitNode& node, std::string_view path) const;
  std::vector<std::string> reference_names(const std::vector<std::string>& prefixes) const;
  /// Commits whose parents a shallow clone does not have.
  std::vector<std::string> shallow_ends() const;

  std::string folder_;  ///< where git is run
  std::string working_{};
  bool bare_ = false;
  mutable std::mutex mutex_{};
  mutable std::map<std::string, std::shared_ptr<const Nodes>> commits_{};
};

}  // namespace cloudflow
