// The longest common subsequence of lines, between what both texts begin and end with.
#include "sdk/support/line_diff.h"

#include <algorithm>
#include <cstdint>

namespace cloudflow {
namespace {

/// Four bytes each.
constexpr std::size_t most_cells = 4'000'000;

using Lines = std::span<const std::string>;

class Diff {
 public:
  void add(DiffLine::Kind kind, Lines lines) {
    for (const std::string& line : lines) out_.push_back({kind, line});
  }

  void middle(Lines before, Lines after) {
    if (before.empty() || after.empty() || before.size() > most_cells / after.size()) {
      add(DiffLine::Kind::removed, before);
      add(DiffLine::Kind::added, after);
      return;
    }
    // common[i][j]: how many lines before[i…] and after[j…] have in common.
    const std::size_t width = after.size() + 1;
    std::vector<std::uint32_t> common((before.size() + 1) * width);
    for (std::size_t i = before.size(); i-- > 0;) {
      for (std::size_t j = after.size(); j-- > 0;) {
        common[i * width + j] = before[i] == after[j]
                                    ? common[(i + 1) * width + j + 1] + 1
                                    : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
      }
    }
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < before.size() && j < after.size()) {
      if (before[i] == after[j]) {
        add(DiffLine::Kind::same, before.subspan(i++, 1));
        ++j;
      } else if (common[(i + 1) * width + j] >= common[i * width + j + 1]) {
        add(DiffLine::Kind::removed, before.subspan(i++, 1));
      } else {
        add(DiffLine::Kind::added, after.subspan(j++, 1));
      }
    }
    add(DiffLine::Kind::removed, before.subspan(i));
    add(DiffLine::Kind::added, after.subspan(j));
  }

  /// Between two lines that are the same, what is removed comes first.
  std::vector<DiffLine> sorted() && {
    for (auto at = out_.begin(); at != out_.end();) {
      const auto end =
          std::find_if(at, out_.end(), [](const DiffLine& line) { return line.kind == DiffLine::Kind::same; });
      std::stable_partition(at, end, [](const DiffLine& line) { return line.kind == DiffLine::Kind::removed; });
      at = end == out_.end() ? end : end + 1;
    }
    return std::move(out_);
  }

 private:
  std::vector<DiffLine> out_{};
};

}  // namespace

std::vector<DiffLine> line_diff(std::span<const std::string> before, std::span<const std::string> after) {
  const std::size_t shorter = std::min(before.size(), after.size());
  std::size_t head = 0;
  while (head < shorter && before[head] == after[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  Diff diff;
  diff.add(DiffLine::Kind::same, before.first(head));
  diff.middle(before.subspan(head, before.size() - head - tail), after.subspan(head, after.size() - head - tail));
  diff.add(DiffLine::Kind::same, before.last(tail));
  return std::move(diff).sorted();
}

}  // namespace cloudflow
