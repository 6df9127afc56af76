// Values side by side become one: texts and lists are joined, objects merged.
#pragma once

#include <optional>
#include <string>

#include "planner/config/config_value.h"

namespace cloudflow::hocon {

/// Takes the parts of a concatenation one after the other.
class Join {
 public:
  /// False when the part does not fit to those before; mismatch() then says why. `blank` is white space between two
  /// parts.
  bool add(const ConfigValue& part, bool blank);
  /// Nothing when there was no part.
  std::optional<ConfigValue> value(const ConfigValue::Place& where);
  const std::string& mismatch() const { return mismatch_; }

 private:
  bool add_text(const ConfigValue& part);
  bool refuse(const ConfigValue& part);
  bool is_container() const { return list_ || (value_ && (value_->is_object() || value_->is_list())); }

  std::optional<ConfigValue> value_{};       ///< one part, or merged objects
  bool blank_ = false;                       ///< value_ is white space
  std::optional<std::string> text_{};        ///< more than one text
  std::optional<ConfigValue::List> list_{};  ///< more than one list
  bool secret_ = false;
  std::string mismatch_{};
};

/// "a list", "an object", "a text" … for messages.
std::string_view kind_name(const ConfigValue& value);

}  // namespace cloudflow::hocon
