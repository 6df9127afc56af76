// Checked access to the members of an object that a user wrote.
#include "planner/blueprint/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "planner/config/hocon/hocon_join.h"
#include "sdk/support/text.h"

namespace cloudflow {

std::string_view kind_of(const ConfigValue& value) { return hocon::kind_name(value); }

void wrong_type(const ConfigValue& value, std::string_view what, std::string_view wanted, Diagnostics& problems) {
  const bool show = value.is_scalar() && !value.is_secret() && value.text().size() <= 60;
  const std::string is = show ? quote(value.text()) : std::string(kind_of(value));
  problems.error("wrong-type", value.where(), fmt::format("{} is {}, wanted {}", what, is, wanted));
}

ConfigValue with_dots_opened(const ConfigValue& value) {
  if (value.is_list()) {
    ConfigValue::List items;
    for (const ConfigValue& item : value.items()) items.push_back(with_dots_opened(item));
    return ConfigValue::list(std::move(items), value.where());
  }
  if (!value.is_object()) return value;
  ConfigValue out = ConfigValue::object({}, value.where());
  for (const auto& [key, member] : value.members()) {
    std::vector<std::string> steps = split(key, '.');
    if (std::ranges::any_of(steps, &std::string::empty)) steps = {key};
    ConfigValue opened = with_dots_opened(member);
    const ConfigValue* there = out.at(steps);
    if (there != nullptr) opened = opened.over(*there);
    out = out.with_at(steps, std::move(opened));
  }
  return out;
}

Fields::Fields(const ConfigValue& object, std::string what, Diagnostics& problems)
    : object_(object), what_(std::move(what)), problems_(&problems), where_(object.where()) {
  if (!object.is_object() && !object.is_null()) wrong_type(object, what_, "an object", problems);
}

std::string Fields::in_this(std::string_view key) const { return fmt::format("{} in {}", quote(key), what_); }

const ConfigValue* Fields::find(std::string_view key) {
  known_.emplace_back(key);
  const ConfigValue* value = object_.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

PlacedText Fields::placed_text(std::string_view key) {
  const ConfigValue* value = find(key);
  if (value == nullptr) return {};
  if (value->is_scalar()) return {value->text(), value->where()};
  wrong_type(*value, in_this(key), "text", *problems_);
  return {"", value->where()};
}

std::string Fields::text(std::string_view key) { return placed_text(key).value; }

std::string Fields::required_text(std::string_view key) {
  const ConfigValue* value = object_.find(key);
  if (value != nullptr && !value->is_null()) return text(key);
  known_.emplace_back(key);
  if (object_.is_object() || object_.is_null())
    problems_->error("missing-key", where_, fmt::format("{} has no {}", what_, quote(key)));
  return "";
}

std::optional<int> Fields::whole(std::string_view key, int least) {
  const ConfigValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const std::optional<long long> number = value->as_int();
  if (number && *number >= least && *number <= std::numeric_limits<int>::max()) return static_cast<int>(*number);
  wrong_type(*value, in_this(key), fmt::format("a whole number of {} or more", least), *problems_);
  return std::nullopt;
}

std::optional<bool> Fields::flag(std::string_view key) {
  const ConfigValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const std::optional<bool> answer = value->as_bool();
  if (!answer) wrong_type(*value, in_this(key), "true or false", *problems_);
  return answer;
}

std::vector<PlacedText> Fields::texts(std::string_view key) {
  const ConfigValue* value = find(key);
  std::vector<PlacedText> out;
  if (value == nullptr) return out;
  if (value->is_scalar()) return {{value->text(), value->where()}};
  const auto items = value->as_list();  // of an object with numbers as keys too
  if (!items) wrong_type(*value, in_this(key), "a list of texts", *problems_);
  for (const ConfigValue& item : items.value_or(ConfigValue::List{})) {
    if (item.is_scalar()) {
      out.push_back({item.text(), item.where()});
    } else {
      wrong_type(item, fmt::format("an entry of {}", in_this(key)), "text", *problems_);
    }
  }
  return out;
}

ConfigValue Fields::object(std::string_view key) {
  const ConfigValue* value = find(key);
  if (value == nullptr) return ConfigValue::object({}, where_);
  if (value->is_object()) return *value;
  wrong_type(*value, in_this(key), "an object", *problems_);
  return ConfigValue::object({}, value->where());
}

void Fields::finish(Severity severity) {
  // A key may have been asked for more than once.
  std::vector<std::string> listed;
  for (const std::string& key : known_) {
    if (std::ranges::find(listed, key) == listed.end()) listed.push_back(key);
  }
  for (const auto& [key, value] : object_.members()) {
    if (std::ranges::find(known_, key) != known_.end()) continue;
    std::string hint = did_you_mean(key, known_);
    if (hint.empty() && listed.size() <= 16 && severity == Severity::error)
      hint = fmt::format("known are: {}", join(listed, ", "));
    problems_->add({severity, "unknown-key", fmt::format("{} has no member {}", what_, quote(key)), value.where(), 1,
                    std::move(hint)});
  }
}

}  // namespace cloudflow
