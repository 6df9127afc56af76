// What a change of an object costs, by kind.
#pragma once

#include <span>

#include "cloudflow/change.h"
#include "providers/kubernetes/difference.h"

namespace cloudflow {

/// Whether the server refuses to change this field of this kind in an object that exists.
bool is_immutable(std::string_view kind, const Difference& difference, const Json& live);

/// Sets risk and restarts, and adds notes, for an action that is already decided.
void judge(Change& change, std::span<const Difference> found, const Json* desired, const Json* live);

}  // namespace cloudflow
