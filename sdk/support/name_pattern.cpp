// Patterns over names: '*' is any text.
#include "sdk/support/name_pattern.h"

#include <algorithm>
#include <vector>

namespace cloudflow {

bool matches_pattern(std::string_view pattern, std::string_view text) {
  // Greedy with one step back: linear in practice, and no recursion on what a user wrote.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool patterns_overlap(std::string_view one, std::string_view other) {
  // row[j]: whether the rest of `one` from i on, and that of `other` from j on, have a text in common.
  std::vector<bool> below;
  for (std::size_t i = one.size() + 1; i-- > 0;) {
    std::vector<bool> row(other.size() + 1);
    for (std::size_t j = other.size() + 1; j-- > 0;) {
      const bool one_ends = i == one.size();
      const bool other_ends = j == other.size();
      if (one_ends && other_ends) {
        row[j] = true;
      } else if (!one_ends && one[i] == '*') {
        row[j] = below[j] || (!other_ends && row[j + 1]);
      } else if (!other_ends && other[j] == '*') {
        row[j] = row[j + 1] || (!one_ends && below[j]);
      } else {
        row[j] = !one_ends && !other_ends && one[i] == other[j] && below[j + 1];
      }
    }
    below = std::move(row);
  }
  return below.front();
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view text) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches_pattern(pattern, text); });
}

}  // namespace cloudflow
