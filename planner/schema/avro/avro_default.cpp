// Whether a JSON value can be the default of an Avro type.
#include "planner/schema/avro/avro_default.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// The number of characters when each is one byte (U+0000 to U+00FF); nothing otherwise.
std::optional<std::size_t> byte_count(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i, ++count) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) continue;
    if (c != 0xC2 && c != 0xC3) return std::nullopt;
    ++i;
  }
  return count;
}

bool fits(const Json& value, std::int64_t low, std::int64_t high) {
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= static_cast<std::uint64_t>(high);
  return value.get<std::int64_t>() >= low && value.get<std::int64_t>() <= high;
}

bool is_number_text(const Json& value) {
  if (!value.is_string()) return false;
  const std::string text(trimmed(value.get_ref<const std::string&>()));
  if (text.empty()) return false;
  std::string_view bare = text;
  if (bare[0] == '+' || bare[0] == '-') bare.remove_prefix(1);
  if (bare == "NaN" || bare == "Infinity") return true;
  if (bare.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return false;
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return *end == '\0';
}

std::string shown(const Json& value) {
  std::string text = dump(value);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

class Check {
 public:
  /// `taken`: what becomes of a legal default counts.
  Check(const AvroSchema& schema, const std::set<std::size_t>& open, bool taken)
      : schema_(schema), open_(open), taken_(taken) {}

  std::optional<DefaultProblem> value(std::size_t index, const Json& json, bool top) const {
    const AvroType& type = schema_.at(index);
    bool good = false;
    switch (type.kind) {
      case AvroKind::null:
        good = json.is_null();
        break;
      case AvroKind::boolean:
        good = json.is_boolean();
        break;
      case AvroKind::int_:
        good = fits(json, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max());
        break;
      case AvroKind::long_:
        good = fits(json, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
        break;
      case AvroKind::float_:
      case AvroKind::double_:
        good = json.is_number() || (top && is_number_text(json));
        break;
      case AvroKind::string:
        good = json.is_string();
        break;
      case AvroKind::bytes:
        return bytes(json);
      case AvroKind::fixed:
        return fixed(type, json);
      case AvroKind::enum_:
        return symbol(type, json);
      case AvroKind::array:
        return array(type, json);
      case AvroKind::map:
        return map(type, json);
      case AvroKind::union_:
        return taken_ ? taken_branch(type, json) : any_branch(type, json);
      case AvroKind::record:
        return record(index, json);
    }
    if (good) return std::nullopt;
    return wrong(type, json);
  }

 private:
  static DefaultProblem wrong(const AvroType& type, const Json& json) {
    const std::string name = type.is_named() ? fmt::format("{} {}", name_of(type.kind), quote(type.full_name))
                                             : std::string(name_of(type.kind));
    return {"", fmt::format("{} is not a value of type {}", shown(json), name)};
  }

  static std::optional<DefaultProblem> bytes(const Json& json) {
    if (json.is_string() && byte_count(json.get_ref<const std::string&>())) return std::nullopt;
    return DefaultProblem{
        "", fmt::format("{} is not a value of type bytes: a string of the characters U+0000 to U+00FF", shown(json))};
  }

  static std::optional<DefaultProblem> fixed(const AvroType& type, const Json& json) {
    if (!json.is_string()) return wrong(type, json);
    const auto count = byte_count(json.get_ref<const std::string&>());
    if (count && static_cast<long long>(*count) == type.size) return std::nullopt;
    return DefaultProblem{"", fmt::format("{} is not a value of fixed {}: it must have {}", shown(json),
                                          quote(type.full_name), counted(type.size, "byte"))};
  }

  static std::optional<DefaultProblem> symbol(const AvroType& type, const Json& json) {
    if (!json.is_string()) return wrong(type, json);
    if (std::find(type.symbols.begin(), type.symbols.end(), json.get_ref<const std::string&>()) != type.symbols.end())
      return std::nullopt;
    return DefaultProblem{"", fmt::format("{} is not a symbol of enum {}", shown(json), quote(type.full_name))};
  }

  static std::optional<DefaultProblem> below(const std::string& step, std::optional<DefaultProblem> problem) {
    if (problem) problem->path = "/" + step + problem->path;
    return problem;
  }

  std::optional<DefaultProblem> array(const AvroType& type, const Json& json) const {
    if (!json.is_array()) return wrong(type, json);
    for (std::size_t i = 0; i < json.size(); ++i) {
      if (auto problem = below(std::to_string(i), value(type.inner[0], json[i], false))) return problem;
    }
    return std::nullopt;
  }

  std::optional<DefaultProblem> map(const AvroType& type, const Json& json) const {
    if (!json.is_object()) return wrong(type, json);
    for (const auto& [key, member] : json.items()) {
      if (auto problem = below(pointer_step(key), value(type.inner[0], member, false))) return problem;
    }
    return std::nullopt;
  }

  std::optional<DefaultProblem> any_branch(const AvroType& type, const Json& json) const {
    if (type.inner.empty()) return DefaultProblem{"", "an empty union has no value"};
    std::optional<DefaultProblem> first;
    for (const std::size_t branch : type.inner) {
      auto problem = value(branch, json, false);
      if (!problem) return std::nullopt;
      if (!first) first = std::move(problem);
    }
    if (type.inner.size() > 1 && first->path.empty())
      first->message = fmt::format("{} is not a value of any branch of the union", shown(json));
    return first;
  }

  static bool has_json_type(AvroKind kind, const Json& json) {
    switch (kind) {
      case AvroKind::null:
        return json.is_null();
      case AvroKind::boolean:
        return json.is_boolean();
      case AvroKind::int_:
      case AvroKind::long_:
      case AvroKind::float_:
      case AvroKind::double_:
        return json.is_number();
      case AvroKind::bytes:
      case AvroKind::string:
      case AvroKind::fixed:
        return json.is_string();
      case AvroKind::array:
      case AvroKind::map:
      case AvroKind::enum_:
      case AvroKind::record:
      case AvroKind::union_:
        break;
    }
    return true;  // the library does not look
  }

  std::optional<DefaultProblem> taken_branch(const AvroType& type, const Json& json) const {
    for (const std::size_t branch : type.inner) {
      const AvroType& of = schema_.at(branch);
      if (!has_json_type(of.kind, json)) continue;
      auto problem = value(branch, json, false);
      if (problem && problem->path.empty()) problem->message += ", the first branch of the union that could be meant";
      return problem;
    }
    return std::nullopt;  // legal, so there is one
  }

  /// A field that is left out takes its own default, which was proven when the field was read.
  std::optional<DefaultProblem> record(std::size_t index, const Json& json) const {
    const AvroType& type = schema_.at(index);
    if (!json.is_object()) return wrong(type, json);
    if (open_.contains(index))
      return DefaultProblem{"",
                            fmt::format("a default of record {} inside itself would never end", quote(type.full_name))};
    for (const AvroField& field : type.fields) {
      const auto member = json.find(field.name);
      if (member == json.end()) {
        if (field.default_value && taken_) {
          if (auto problem = below(pointer_step(field.name), value(field.type, *field.default_value, true)))
            return problem;
        }
        if (field.default_value) continue;
        return DefaultProblem{
            "", fmt::format("field {} of record {} is missing", quote(field.name), quote(type.full_name))};
      }
      if (auto problem = below(pointer_step(field.name), value(field.type, *member, false))) return problem;
    }
    return std::nullopt;
  }

  const AvroSchema& schema_;
  const std::set<std::size_t>& open_;
  bool taken_;
};

}  // namespace

std::optional<DefaultProblem> default_problem(const AvroSchema& schema, const std::set<std::size_t>& open,
                                              std::size_t type, const Json& value, bool top) {
  return Check(schema, open, false).value(type, value, top);
}

std::optional<DefaultProblem> taken_default_problem(const AvroSchema& schema, std::size_t type, const Json& value) {
  return Check(schema, {}, true).value(type, value, true);
}

}  // namespace cloudflow
