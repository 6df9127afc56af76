// Checked access to the members of an object that a user wrote.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"
#include "planner/config/placed.h"

namespace cloudflow {

/// "a list", "an object", "a number" …
std::string_view kind_of(const ConfigValue& value);

/// Adds "<what> is <kind>, wanted <wanted>".
void wrong_type(const ConfigValue& value, std::string_view what, std::string_view wanted, Diagnostics& problems);

/// The same object with dotted keys opened: {"a.b": 1} → {"a": {"b": 1}}, at any depth.
ConfigValue with_dots_opened(const ConfigValue& value);

/// Reads an object member by member; wrong types and, at the end, members nobody asked for become diagnostics.
/// A null member counts as absent.
class Fields {
 public:
  /// `what` names the object in messages: "environment \"prod\"". Anything but an object (or null) is a mistake.
  Fields(const ConfigValue& object, std::string what, Diagnostics& problems);

  /// The member as it is; null when absent.
  const ConfigValue* find(std::string_view key);
  std::string text(std::string_view key);
  PlacedText placed_text(std::string_view key);
  std::optional<int> whole(std::string_view key, int least = 0);
  std::optional<bool> flag(std::string_view key);
  /// A list of texts; a single text counts as a list of one.
  std::vector<PlacedText> texts(std::string_view key);
  /// An object; empty when absent or of another type.
  ConfigValue object(std::string_view key);
  /// Like text(), and its absence is a mistake.
  std::string required_text(std::string_view key);

  /// Members that nobody asked for are errors, or warnings where other programs write the file.
  void finish(Severity severity = Severity::error);
  /// Another member that is known, for suggestions and finish().
  void allow(std::string_view key) { known_.emplace_back(key); }
  const SourcePos& where() const { return where_; }
  const std::string& what() const { return what_; }

 private:
  std::string in_this(std::string_view key) const;

  ConfigValue object_;
  std::string what_;
  Diagnostics* problems_;
  SourcePos where_;
  std::vector<std::string> known_{};
};

}  // namespace cloudflow
