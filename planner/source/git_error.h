// libgit2's last error as an Error.
#pragma once

#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// What libgit2 complained about in this thread, to be called at once after `code` came back.
std::unexpected<Error> git_failure(std::string_view doing, int code);

}  // namespace cloudflow
