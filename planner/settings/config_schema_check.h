// The words in which the configuration's schema is written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"

namespace cloudflow {

/// Reports what is not as it should be. Null members count as missing.
class SchemaCheck {
 public:
  explicit SchemaCheck(Diagnostics& problems) : problems_(&problems) {}

  /// The member, or null when it is missing.
  const ConfigValue* member(const ConfigValue& value, std::string_view key) const;
  /// The member if it is an object; anything else there is reported.
  const ConfigValue* object_member(const std::string& path, const ConfigValue& value, std::string_view key) const;
  /// The member if it is text, a number or a boolean; anything else there, or nothing where it is `required`, is
  /// reported.
  const ConfigValue* scalar_member(const std::string& path, const ConfigValue& value, std::string_view key,
                                   bool required = false) const;
  /// Whether it is an object; reported if not.
  bool object(const std::string& path, const ConfigValue& value) const;
  /// Reports every key that is not among `known`.
  void keys(const std::string& path, const ConfigValue& value, const std::vector<std::string>& known) const;
  /// Reports that `path`.`key` must be `wanted`.
  void wrong(const std::string& path, std::string_view key, const ConfigValue& value, std::string_view wanted) const;
  void error(std::string code, const ConfigValue& at, std::string message, std::string hint = {}) const;
  void warning(std::string code, const ConfigValue& at, std::string message, std::string hint = {}) const;

 private:
  Diagnostics* problems_;
};

/// Checks {"pods": …} at `path`.
void check_kubernetes(const SchemaCheck& check, const std::string& path, const ConfigValue& kubernetes);

/// Value rules; each is true for what Kubernetes and Cloudflow 2 accept.
bool is_quantity(std::string_view text);
bool is_port_name(std::string_view text);
bool is_label_value(std::string_view text);
/// A label's or annotation's key, with or without a prefix.
bool is_label_key(std::string_view text);

}  // namespace cloudflow
