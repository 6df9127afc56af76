// The words in which the configuration's schema is written, and the rules for single values.
#include "planner/settings/config_schema_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "planner/blueprint/fields.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

bool is_alphanumeric(char c) {
  return static_cast<unsigned char>(c) < 0x80 && std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

const ConfigValue* SchemaCheck::member(const ConfigValue& value, std::string_view key) const {
  const ConfigValue* found = value.find(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

const ConfigValue* SchemaCheck::object_member(const std::string& path, const ConfigValue& value,
                                              std::string_view key) const {
  const ConfigValue* found = member(value, key);
  if (found == nullptr || found->is_object()) return found;
  wrong(path, key, *found, "an object");
  return nullptr;
}

const ConfigValue* SchemaCheck::scalar_member(const std::string& path, const ConfigValue& value, std::string_view key,
                                              bool required) const {
  const ConfigValue* found = member(value, key);
  if (found != nullptr && found->is_scalar()) return found;
  if (found != nullptr) wrong(path, key, *found, "a single value");
  if (found == nullptr && required) error("missing-key", value, fmt::format("{} has no {}", path, quote(key)));
  return nullptr;
}

bool SchemaCheck::object(const std::string& path, const ConfigValue& value) const {
  if (value.is_object()) return true;
  error("wrong-type", value, fmt::format("{} must be an object, not {}", path, kind_of(value)));
  return false;
}

void SchemaCheck::keys(const std::string& path, const ConfigValue& value, const std::vector<std::string>& known) const {
  for (const auto& [key, inner] : value.members()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const std::string hint = did_you_mean(key, known);
    error("unknown-key", inner, fmt::format("{} has no key {}", path, quote(key)),
          hint.empty() ? "its keys are: " + join(known, ", ") : hint);
  }
}

void SchemaCheck::wrong(const std::string& path, std::string_view key, const ConfigValue& value,
                        std::string_view wanted) const {
  std::string is(kind_of(value));
  if (value.is_scalar() && !value.is_secret()) is = quote(value.text());
  if (value.is_secret()) is = "what it is";
  error("wrong-value", value, fmt::format("{}.{} must be {}, not {}", path, key, wanted, is));
}

void SchemaCheck::error(std::string code, const ConfigValue& at, std::string message, std::string hint) const {
  problems_->error(std::move(code), at.where(), std::move(message), std::move(hint));
}

void SchemaCheck::warning(std::string code, const ConfigValue& at, std::string message, std::string hint) const {
  problems_->warning(std::move(code), at.where(), std::move(message), std::move(hint));
}

bool is_quantity(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  std::size_t i = 0;
  std::size_t digits = 0;
  std::size_t points = 0;
  while (i < text.size() && (is_digit(text[i]) || text[i] == '.')) {
    (text[i] == '.' ? points : digits) += 1;
    ++i;
  }
  static constexpr std::array suffixes = {"",  "n", "u",  "m",  "k",  "M",  "G",  "T",
                                          "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  return digits > 0 && points <= 1 && std::ranges::find(suffixes, text.substr(i)) != suffixes.end();
}

bool is_port_name(std::string_view text) {
  if (text.empty() || text.size() > 15 || text.front() == '-' || text.back() == '-' ||
      text.find("--") != std::string_view::npos)
    return false;
  const bool letter = std::ranges::any_of(text, [](char c) { return is_alphanumeric(c) && !is_digit(c); });
  return letter && std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_label_value(std::string_view text) {
  if (text.empty() || text.size() > 63 || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_label_key(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return is_label_value(text);
  const std::string_view prefix = text.substr(0, slash);
  const std::string_view name = text.substr(slash + 1);
  if (prefix.empty() || prefix.size() > 253 || !is_label_value(name)) return false;
  if (prefix.size() == 1) return std::isalpha(static_cast<unsigned char>(prefix.front())) != 0;
  // Hyphens are valid in Kubernetes although Cloudflow 2 refused them; upper case and dots at the ends are not.
  const bool characters = std::ranges::all_of(prefix, [](char c) {
    return (is_alphanumeric(c) && std::isupper(static_cast<unsigned char>(c)) == 0) || c == '.' || c == '-';
  });
  return characters && is_alphanumeric(prefix.front()) && is_alphanumeric(prefix.back());
}

}  // namespace cloudflow
