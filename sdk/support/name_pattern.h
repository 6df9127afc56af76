// Patterns over names, as policies have them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cloudflow {

/// Whether `text` matches a pattern in which '*' stands for any text.
bool matches_pattern(std::string_view pattern, std::string_view text);

/// Whether some text matches both patterns.
bool patterns_overlap(std::string_view one, std::string_view other);

/// Whether it matches one of them.
bool any_matches(const std::vector<std::string>& patterns, std::string_view text);

}  // namespace cloudflow
