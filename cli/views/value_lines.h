// What changes in a value that is too long for one line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/views/style.h"
#include "cloudflow/json.h"

namespace cloudflow {

/// The changed lines of a text or document.
struct ValueLines {
  std::string summary{};             ///< "-1 +2 lines"
  std::vector<std::string> lines{};  ///< "- a", "+ b", "  c", "… 12 lines", painted
};

/// The lines that differ, with some around them, where a side has several lines, or is a list, an object or JSON in a
/// text that one line does not show; nothing otherwise. Unless `full`, many lines are cut short. At least one is given.
std::optional<ValueLines> value_lines(const std::optional<Json>& before, const std::optional<Json>& after, bool full,
                                      Style style);

/// Bytes of a value in one line where nothing says how wide a line may be.
inline constexpr std::size_t longest_value = 100;

/// "before → after" in one line; of values longer than so many bytes the part around their first difference.
std::string value_change(const Json& before, const Json& after, std::size_t longest = longest_value);
/// A value in one line, cut where it is longer than so many bytes.
std::string value_text(const Json& value, std::size_t longest = longest_value);
/// The text, cut after so many bytes.
std::string shortened(const std::string& text, std::size_t longest);

}  // namespace cloudflow
