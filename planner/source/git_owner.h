// Whose repository it is, by git's own rule.
#pragma once

#include <span>
#include <string>

#include "cloudflow/result.h"

namespace cloudflow {

/// Whether git would work with the repository at `path`, of which these paths must be ours. Where one is not, the git
/// program decides (safe.directory); `denied` when it does not trust the owner.
Result<void> check_owner(const std::string& path, std::span<const std::string> owned);

}  // namespace cloudflow
