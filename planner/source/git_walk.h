// Follows a path through the folders of a commit, whoever reads them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

enum class GitKind { file, folder, link, submodule };

/// What stands at a path of a commit.
struct GitNode {
  GitKind kind = GitKind::file;
  std::string id{};  ///< hash of the object
};

/// How to look into a commit.
struct GitLookup {
  /// What stands at exactly this path; nothing when it is not there.
  std::function<Result<std::optional<GitNode>>(const std::string& path)> node{};
  std::function<Result<std::string>(const GitNode& node, std::string_view path)> text{};
};

/// Where a path ends, links followed.
struct GitFound {
  std::string path{};
  std::optional<GitNode> node{};  ///< nothing for the root
  bool is_folder() const { return !node || node->kind == GitKind::folder; }
};

/// Walks to a path; a symbolic link on the way is followed as long as it stays inside the repository.
Result<GitFound> walk_commit(const GitLookup& lookup, std::string_view wanted);

}  // namespace cloudflow
