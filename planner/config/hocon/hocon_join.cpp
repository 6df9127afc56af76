// The rules of concatenation, as Typesafe config has them.
#include "planner/config/hocon/hocon_join.h"

#include <fmt/format.h>

#include <utility>

namespace cloudflow::hocon {
namespace {

std::string text_in_join(const ConfigValue& value) { return value.is_null() ? "null" : value.text(); }

}  // namespace

std::string_view kind_name(const ConfigValue& value) {
  switch (value.type()) {
    case ConfigValue::Type::null:
      return "null";
    case ConfigValue::Type::boolean:
      return "a boolean";
    case ConfigValue::Type::number:
      return "a number";
    case ConfigValue::Type::string:
      return "text";
    case ConfigValue::Type::list:
      return "a list";
    case ConfigValue::Type::object:
      return "an object";
  }
  return "a value";
}

bool Join::refuse(const ConfigValue& part) {
  const std::string_view left = text_ ? "text" : value_ ? kind_name(*value_) : "a list";
  mismatch_ = fmt::format("{} cannot be joined with {} before it", kind_name(part), left);
  return false;
}

bool Join::add(const ConfigValue& part, bool blank) {
  const bool container = part.is_list() || part.is_object();
  if (!value_ && !text_ && !list_) {
    value_ = part;
    blank_ = blank;
    return true;
  }
  if (!container) return is_container() ? blank || refuse(part) : add_text(part);
  if (value_ && blank_) {
    value_ = part;
    blank_ = false;
    return true;
  }
  if (!is_container()) return refuse(part);
  if (value_ && value_->is_object() && part.is_object()) {
    value_ = part.over(*value_);
    return true;
  }
  std::optional<ConfigValue::List> more = part.as_list();
  std::optional<ConfigValue::List> items = list_ ? std::exchange(list_, std::nullopt) : value_->as_list();
  if (!items || !more) return refuse(part);
  items->insert(items->end(), more->begin(), more->end());
  list_ = std::move(items);
  value_.reset();
  return true;
}

bool Join::add_text(const ConfigValue& part) {
  if (!text_) {
    text_ = text_in_join(*value_);
    secret_ = value_->is_secret();
    value_.reset();
  }
  *text_ += text_in_join(part);
  secret_ |= part.is_secret();
  return true;
}

std::optional<ConfigValue> Join::value(const ConfigValue::Place& where) {
  if (text_) {
    ConfigValue joined = ConfigValue::scalar(ConfigValue::Type::string, *std::move(text_), where);
    return secret_ ? joined.marked_secret() : joined;
  }
  if (list_) return ConfigValue::list_at(*std::move(list_), where);
  return std::move(value_);
}

}  // namespace cloudflow::hocon
