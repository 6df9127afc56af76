// Values that may be compared and not read: a keyed digest in place of each.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cloudflow/json.h"

namespace cloudflow {

/// The spec with all texts, numbers and so on at or below the `secrets` (JSON pointers) sealed, but for those at or
/// below `except`, which are sealed already. Equal values under the same key are equal afterwards.
Json with_sealed(const Json& spec, std::span<const std::string> secrets, std::string_view key,
                 std::span<const std::string> except = {});

}  // namespace cloudflow
