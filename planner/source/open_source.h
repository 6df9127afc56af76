// Opens the source that a command asks for.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "planner/source/git_repository.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

struct SourceRequest {
  std::string folder = ".";  ///< the working tree, when no repository is named
  std::string repository{};  ///< path or URL of a git repository
  std::string
      revision{};  ///< branch, tag, hash or "HEAD"; given alone it is looked up in the repository that holds `folder`
  std::string branch{};  ///< of the repository that is named, in place of `revision`: nothing but a branch
  std::string path{};    ///< folder inside the repository (or below `folder`) that becomes the root
  std::string cache{};   ///< folder for copies of repositories on servers
  GitCredentials credentials{};
  std::stop_token stop{};
};

/// The working tree, or a commit when a repository or a revision is named.
Result<std::unique_ptr<SourceTree>> open_source(const SourceRequest& request);

}  // namespace cloudflow
