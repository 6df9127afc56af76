// What a short name may mean to git.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/result.h"

namespace cloudflow {

/// One of the commits that a name may mean.
struct NamedCommit {
  std::string name{};    ///< in full: "refs/tags/main"
  std::string commit{};  ///< hash
};

/// The references that git would look for, the first that exists winning: for "main" as for "main~1" refs/main,
/// refs/tags/main, refs/heads/main … None for a name that can mean only one thing: a whole one, HEAD, a whole hash.
std::vector<std::string> possible_references(const std::string& revision);

/// "main" of "main", "heads/main" and "refs/heads/main": what the branch is called if the revision is one.
/// Empty for a whole hash, which is a commit whatever branches are called.
std::string branch_part(std::string_view revision);

/// Fails when these are different commits. Git would take the first and warn, which a deployment must not rest upon.
Result<void> check_one_commit(const std::string& revision, std::span<const NamedCommit> found);

}  // namespace cloudflow
