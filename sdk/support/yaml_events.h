// The events of YAML text: what begins, stands and ends where.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cloudflow {

/// A place in YAML text. Lines and columns (in characters) count from 1; 0 means nowhere.
struct YamlMark {
  int line = 0;
  int column = 0;
};

/// One step through YAML text. The views live as long as the call that brings the event.
struct YamlEvent {
  enum class Kind { document, scalar, alias, list, map, end };

  Kind kind = Kind::document;
  YamlMark at{};
  std::string_view anchor{};  ///< of a value; of an alias, the one that it stands for; empty without
  std::string_view tag{};     ///< as it was written, resolved; empty without
  std::string_view text{};    ///< of a scalar
  bool plain = false;         ///< a scalar without quotes, indicator or tag, whose type its text tells

  /// An unquoted null, or nothing at all where a value would stand.
  bool is_null() const {
    return plain && (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL");
  }
};

/// Why a text is not YAML.
struct YamlProblem {
  YamlMark at{};  ///< where it shows; of what the text ends in the middle of, where that began
  std::string message{};
  int begun = 0;  ///< the line where that began which was being read; 0 unless it is an earlier one
};

/// Gives every event of all documents to `take`, in order, until that returns false. A list or map is followed by what
/// is in it and an end. Aliases are not looked up. Texts of any depth are read: who keeps a level per list must stop.
std::optional<YamlProblem> read_yaml_events(std::string_view text, const std::function<bool(const YamlEvent&)>& take);

}  // namespace cloudflow
