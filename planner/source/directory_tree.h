// Files of a folder on this machine.
#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <optional>

#include "planner/source/git_repository.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// The working tree: what is on disk now. Inside a git repository it knows the commit and whether it differs from it.
class DirectoryTree final : public SourceTree {
 public:
  static Result<std::unique_ptr<DirectoryTree>> open(const std::string& folder);

  Result<std::string> read(std::string_view path) const override;
  /// Leaves out .git and does not follow links to folders.
  Result<std::vector<std::string>> list(std::string_view folder) const override;
  bool exists(std::string_view path) const override;
  Result<Revision> revision() const override;
  /// The path as seen from where the folder was named: "config/a.conf", "../demo/config/a.conf".
  std::string display(std::string_view path) const override;
  Result<std::vector<Blame>> blame(std::string_view file, std::span<const int> lines) const override;

 private:
  struct Git {
    std::optional<GitRepository> repository{};
    std::string folder{};  ///< of root_ inside the repository
    Revision revision{};
  };
  /// Done when first asked for: what differs from the commit takes long to find in a large repository.
  static Result<Git> look_at_git(const std::filesystem::path& root);
  DirectoryTree(std::string name, std::filesystem::path root) : name_(std::move(name)), root_(std::move(root)) {}
  Result<std::filesystem::path> locate(std::string_view path) const;

  std::string name_;            ///< as given
  std::filesystem::path root_;  ///< absolute, without links
  std::shared_future<Result<Git>> git_{};
};

}  // namespace cloudflow
