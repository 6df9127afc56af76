// Files of a commit.
#pragma once

#include <memory>

#include "planner/source/git_repository.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// A folder of one commit, read from the repository without a checkout.
class GitTree final : public SourceTree {
 public:
  /// `revision`: of that repository. `folder`: the root inside the repository.
  static Result<std::unique_ptr<GitTree>> open(GitRepository repository, Revision revision, const std::string& folder);

  Result<std::string> read(std::string_view path) const override;
  Result<std::vector<std::string>> list(std::string_view folder) const override;
  bool exists(std::string_view path) const override;
  Result<Revision> revision() const override { return revision_; }
  /// The path inside the repository.
  std::string display(std::string_view path) const override;
  Result<std::vector<Blame>> blame(std::string_view file, std::span<const int> lines) const override;

 private:
  GitTree(GitRepository repository, Revision revision, std::string folder)
      : repository_(std::move(repository)), revision_(std::move(revision)), folder_(std::move(folder)) {}
  Result<std::string> locate(std::string_view path) const;

  GitRepository repository_;
  Revision revision_;
  std::string folder_;
};

}  // namespace cloudflow
