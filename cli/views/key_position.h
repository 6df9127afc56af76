// Where a key stands whose value a diagnostic names.
#pragma once

#include <optional>
#include <string_view>

#include "cloudflow/result.h"

namespace cloudflow {

/// Values know where they begin, keys do not: looks for `key` in front of the value at `value`, on its line or the ones
/// above it. Nothing when the key is not written there (a part of another file, an alias).
std::optional<SourcePos> key_position(std::string_view text, const SourcePos& value, std::string_view key);

}  // namespace cloudflow
