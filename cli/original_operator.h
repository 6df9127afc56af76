// Whether an operator of the original is at work, which would undo what is changed here.
#pragma once

#include <string>

#include "cli/session.h"

namespace cloudflow {

/// True when none runs in the namespace (in any, when empty), or `ignore` says that it does not matter. Otherwise, and
/// when that cannot be found out, it is said through the view. The session is connected.
bool is_operator_absent(Session& session, const std::string& space, bool ignore);

}  // namespace cloudflow
