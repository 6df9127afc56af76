// Two texts held against each other line by line.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace cloudflow {

struct DiffLine {
  enum class Kind { same, removed, added };
  Kind kind = Kind::same;
  std::string text{};

  bool operator==(const DiffLine&) const = default;
};

/// The fewest lines to remove and to add, in order; removed ones come before those added in their place. Where both
/// texts have thousands of lines between the first and the last difference, all of these count as replaced.
std::vector<DiffLine> line_diff(std::span<const std::string> before, std::span<const std::string> after);

}  // namespace cloudflow
