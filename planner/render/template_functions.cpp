// Paths and functions of placeholders.
#include "planner/render/template_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "planner/blueprint/fields.h"
#include "planner/render/engine_version.h"
#include "sdk/support/digest.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using Value = std::optional<ConfigValue>;
using Outcome = std::expected<Value, PlaceholderMistake>;

constexpr std::size_t longest_name = 63;
constexpr int max_depth = 100;

std::unexpected<PlaceholderMistake> mistake(std::string message, std::string hint = {}) {
  return std::unexpected(PlaceholderMistake{std::move(message), std::move(hint)});
}

/// One function of a placeholder: its words, and what its argument stands for.
struct Call {
  std::string_view name{};
  ConfigValue argument{};  ///< null when there is none
};

ConfigValue text_like(const ConfigValue& from, std::string text) {
  return from.contains_secret() ? ConfigValue::secret(std::move(text), from.where())
                                : ConfigValue::string(std::move(text), from.where());
}

/// A value as messages name it.
std::string shown(const ConfigValue& value) {
  if (value.is_secret()) return "a secret value";
  return value.is_scalar() ? quote(value.text()) : std::string(kind_of(value));
}

Outcome default_to(const Value& value, const Call& call) {
  return is_empty(value ? &*value : nullptr) ? Value(call.argument) : value;
}

void flatten(const std::string& prefix, const ConfigValue& value, const std::string& separator,
             ConfigValue::Object& out, int depth) {
  if (value.is_object() && depth < max_depth) {
    for (const auto& [key, member] : value.members())
      flatten(prefix.empty() ? key : fmt::format("{}.{}", prefix, key), member, separator, out, depth + 1);
    return;
  }
  if (value.is_null() || value.is_object()) return;
  std::vector<std::string> parts;
  for (const ConfigValue& item : value.items()) parts.push_back(item.is_scalar() ? item.text() : item.to_json_text());
  out.insert_or_assign(prefix, text_like(value, value.is_list() ? join(parts, separator) : value.text()));
}

Outcome flat(const Value& value, const Call& call) {
  if (!value->is_object()) return mistake(fmt::format("flat wants an object, not {}", shown(*value)));
  ConfigValue::Object out;
  flatten("", *value, call.argument.is_null() ? "," : call.argument.text(), out, 0);
  return ConfigValue::object(std::move(out), value->where());
}

Outcome lift(const Value& value, const Call& call) {
  if (!value->is_object()) return mistake(fmt::format("lift wants an object, not {}", shown(*value)));
  const ConfigValue* lifted = value->find(call.argument.text());
  if (lifted == nullptr || !lifted->is_object()) return value;
  return lifted->over(value->without(call.argument.text())).moved_to(value->where());
}

Outcome at(const Value& value, const Call& call) {
  const ConfigValue* found = value->find(call.argument.text());
  return found == nullptr ? Value() : Value(*found);
}

Outcome named(const Value& value, const Call& call) {
  for (const ConfigValue& item : value->items()) {
    const ConfigValue* name = item.find("name");
    const ConfigValue* content = item.find("value");
    if (name != nullptr && content != nullptr && name->text() == call.argument.text()) return *content;
  }
  return Value();
}

template <class Compute>
Outcome computed(const Value& value, const Call& call, Compute compute) {
  const auto left = value->as_int();
  const auto right = call.argument.as_int();
  constexpr long long most = 1'000'000'000;
  if (!left || !right || *left < 0 || *right < 0 || *left > most || *right > most)
    return mistake(
        fmt::format("{} wants two whole numbers, not {} and {}", call.name, shown(*value), shown(call.argument)));
  const std::optional<long long> result = compute(*left, *right);
  if (!result) return mistake(fmt::format("{} has no result for {} and {}", call.name, *left, *right));
  return ConfigValue::number(*result, value->where());
}

Outcome times(const Value& value, const Call& call) {
  return computed(value, call, [](long long a, long long b) { return std::optional(a * b); });
}

Outcome divided_by(const Value& value, const Call& call) {
  return computed(value, call, [](long long a, long long b) {
    return b == 0 ? std::optional<long long>() : std::optional((a + b - 1) / b);
  });
}

Outcome at_most(const Value& value, const Call& call) {
  return computed(value, call, [](long long a, long long b) { return std::optional(std::min(a, b)); });
}

Outcome at_least(const Value& value, const Call& call) {
  return computed(value, call, [](long long a, long long b) { return std::optional(std::max(a, b)); });
}

Outcome suffix(const Value& value, const Call& call) {
  const std::string& end = call.argument.text();
  if (end.size() >= longest_name) return mistake(fmt::format("the suffix {} is too long", quote(end)));
  std::string name = value->text().substr(0, longest_name - end.size());
  while (name.ends_with('-')) name.pop_back();
  return text_like(*value, name + end);
}

Outcome bytes(const Value& value, const Call&) {
  static const std::map<std::string_view, double> units = {
      {"", 1},     {"m", 1e-3},    {"k", 1e3},     {"M", 1e6},     {"G", 1e9},     {"T", 1e12},    {"P", 1e15},
      {"E", 1e18}, {"Ei", 0x1p60}, {"Ki", 0x1p10}, {"Mi", 0x1p20}, {"Gi", 0x1p30}, {"Ti", 0x1p40}, {"Pi", 0x1p50}};
  const std::string& text = value->text();
  double amount = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
  const auto unit = units.find(std::string_view(end, static_cast<std::size_t>(text.data() + text.size() - end)));
  const double count = unit == units.end() ? -1 : std::floor(amount * unit->second);
  // from_chars reads "inf" and "nan", too.
  if (trouble != std::errc() || !(count >= 0 && count <= 0x1p62))
    return mistake(fmt::format("{} is no amount of bytes", shown(*value)), "write one like 512Mi");
  return ConfigValue::number(static_cast<long long>(count), value->where());
}

/// Kubernetes' "500m" and "2" as a plain number.
Outcome number(const Value& value, const Call&) {
  const std::string& text = value->text();
  double amount = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (trouble != std::errc() || !std::isfinite(amount) || (unit != "" && unit != "m"))
    return mistake(fmt::format("{} is no number", shown(*value)));
  return ConfigValue::number(fmt::format("{}", unit == "m" ? amount / 1000 : amount), value->where());
}

Outcome version_of(const Value& value, const Call& call) {
  const std::optional<EngineVersion> version = version_of_image(value->text(), call.argument.text());
  return version ? Value(ConfigValue::string(version->text(), value->where())) : Value();
}

Outcome minor(const Value& value, const Call&) {
  const std::optional<EngineVersion> version = read_engine_version(value->text());
  return version ? Value(ConfigValue::string(version->text(), value->where())) : Value();
}

Outcome before(const Value& value, const Call& call) {
  const auto left = read_engine_version(value->text());
  const auto right = read_engine_version(call.argument.text());
  if (!left || !right)
    return mistake(
        fmt::format("before wants versions such as 1.20, not {} and {}", shown(*value), shown(call.argument)));
  return *left < *right ? Value(ConfigValue::boolean(true, value->where())) : Value();
}

Outcome dots_as(const Value& value, const Call& call) {
  return text_like(*value, join(split(value->text(), '.'), call.argument.text()));
}

Outcome digest(const Value& value, const Call&) {
  return ConfigValue::string(hex(hmac_sha256("cloudflow template", value->to_json_text())).substr(0, 32),
                             value->where());
}

struct Function {
  Outcome (*run)(const Value& value, const Call& call);
  enum class Argument { none, optional, required } argument = Argument::none;
};

const std::map<std::string_view, Function>& functions() {
  using Argument = Function::Argument;
  static const std::map<std::string_view, Function> all = {{"at", {at, Argument::required}},
                                                           {"before", {before, Argument::required}},
                                                           {"at-least", {at_least, Argument::required}},
                                                           {"at-most", {at_most, Argument::required}},
                                                           {"bytes", {bytes, Argument::none}},
                                                           {"default", {default_to, Argument::required}},
                                                           {"digest", {digest, Argument::none}},
                                                           {"divided-by", {divided_by, Argument::required}},
                                                           {"dots-as", {dots_as, Argument::required}},
                                                           {"flat", {flat, Argument::optional}},
                                                           {"lift", {lift, Argument::required}},
                                                           {"minor", {minor, Argument::none}},
                                                           {"named", {named, Argument::required}},
                                                           {"number", {number, Argument::none}},
                                                           {"suffix", {suffix, Argument::required}},
                                                           {"times", {times, Argument::required}},
                                                           {"version-of", {version_of, Argument::required}}};
  return all;
}

/// "there are: …" or "did you mean …" for the first step of a path that does not exist.
std::string suggestion(std::string_view path, const ConfigValue& data) {
  const ConfigValue* here = &data;
  std::string before;
  for (const std::string& step : split(path, '.')) {
    const ConfigValue* next = here->find(step);
    if (next == nullptr) {
      std::vector<std::string> known;
      for (const auto& [key, member] : here->members()) known.push_back(before + key);
      const std::string hint = did_you_mean(before + step, known);
      return hint.empty() && !known.empty() && known.size() <= 40 ? "there are: " + join(known, ", ") : hint;
    }
    before += step + ".";
    here = next;
  }
  return "";
}

std::expected<Call, PlaceholderMistake> call_of(std::string_view text, const Function& function, std::string_view name,
                                                const ConfigValue& data) {
  Call call{.name = name};
  const std::string_view rest = trimmed(text);
  if (rest.empty() != (function.argument == Function::Argument::none) &&
      function.argument != Function::Argument::optional)
    return mistake(fmt::format("{} takes {} argument", name, rest.empty() ? "an" : "no"));
  if (rest.empty()) return call;
  if (!rest.starts_with('$')) {
    call.argument = ConfigValue::string(std::string(rest));
    return call;
  }
  const ConfigValue* value = data.dotted(rest.substr(1));
  if (value == nullptr && name == "default") return call;
  if (value == nullptr)
    return mistake(fmt::format("{} has no value", quote(rest.substr(1))), suggestion(rest.substr(1), data));
  call.argument = *value;
  return call;
}

Outcome applied(const Value& value, std::string_view text, const ConfigValue& data) {
  const auto blank = text.find(' ');
  const std::string_view name = text.substr(0, blank);
  const auto found = functions().find(name);
  if (found == functions().end()) {
    std::vector<std::string> known;
    for (const auto& [key, function] : functions()) known.emplace_back(key);
    const std::string hint = did_you_mean(name, known);
    return mistake(fmt::format("templates have no function {}", quote(name)),
                   hint.empty() ? "there are: " + join(known, ", ") : hint);
  }
  const auto call = call_of(blank == std::string_view::npos ? "" : text.substr(blank), found->second, name, data);
  if (!call) return std::unexpected(call.error());
  if (!value && name != "default") return Value();
  return found->second.run(value, *call);
}

}  // namespace

bool is_empty(const ConfigValue* value) {
  if (value == nullptr || value->is_null()) return true;
  if (value->is_object()) return value->members().empty();
  if (value->is_list()) return value->items().empty();
  return value->is_string() && value->text().empty();
}

std::expected<std::optional<ConfigValue>, PlaceholderMistake> placeholder_value(std::string_view text,
                                                                                const ConfigValue& data) {
  std::vector<std::string> parts = split(text, '|');
  std::string_view path = trimmed(parts.front());
  const bool may_miss = path.ends_with('?');
  if (may_miss) path = trimmed(path.substr(0, path.size() - 1));
  const std::string_view last = trimmed(parts.back());
  const bool optional = may_miss || last.ends_with('?');
  if (parts.size() > 1 && last.ends_with('?')) parts.back() = std::string(last.substr(0, last.size() - 1));

  const ConfigValue* found = data.dotted(path);
  Value value = found == nullptr || found->is_null() ? Value() : Value(*found);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    Outcome next = applied(value, trimmed(parts[i]), data);
    if (!next) return next;
    value = std::move(*next);
    if (value && value->is_null()) value.reset();
  }
  if (optional && is_empty(value ? &*value : nullptr)) return Value();
  if (value && !value->is_null()) return value;
  return mistake(fmt::format("{} has no value", quote(trimmed(text))), suggestion(path, data));
}

}  // namespace cloudflow
