// Values of the declared parameters: present, of their type, and matching their pattern.
#include <fmt/format.h>

#include <charconv>
#include <cstdint>

#include "planner/config/units.h"
#include "planner/pattern/pattern.h"
#include "planner/project/external_values.h"
#include "planner/settings/effective_config_layers.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

enum class Match { yes, no, unknown };

Match matches(const std::string& value, const std::string& pattern) {
  const Result<Pattern> compiled = Pattern::compile(pattern);
  if (!compiled) return Match::unknown;  // Java knows more than we do here, e.g. look-behind
  return compiled->matches(value) ? Match::yes : Match::no;
}

/// What Java's Integer.parseInt takes.
bool is_int32(const ConfigValue& value) {
  if (!value.is_scalar()) return false;
  std::string_view text = value.text();
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  std::int32_t number = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && stop == text.data() + text.size();
}

/// What Java's Double.parseDouble takes: it has its own words, a letter for the type at the end, and hexadecimal forms.
bool is_double(const ConfigValue& value) {
  if (!value.is_scalar()) return false;
  std::string_view text = trimmed(value.text());
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (text == "NaN" || text == "Infinity") return true;
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  if (hexadecimal && text.find_first_of("pP") == std::string_view::npos) return false;
  if (!text.empty() && std::string_view("fFdD").find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  if (text.empty() || std::string_view(".0123456789abcdefABCDEF").find(text.front()) == std::string_view::npos)
    return false;
  if (!hexadecimal && text.front() > '9') return false;
  double number = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number,
                                               hexadecimal ? std::chars_format::hex : std::chars_format::general);
  return problem != std::errc::invalid_argument && stop == text.data() + text.size();
}

struct ParameterCheck {
  const Streamlet& streamlet;
  const ConfigParameter& parameter;
  const ConfigValue& value;
  Diagnostics& problems;

  void wrong(std::string_view wanted) const {
    const std::string shown = value.contains_secret() ? "" : value.is_scalar() ? ", not " + quote(value.text()) : "";
    problems.error("parameter-value", value.where(),
                   fmt::format("parameter {} of streamlet {} must be {}{}", quote(parameter.key), quote(streamlet.name),
                               wanted, shown));
  }

  void text() const {
    if (!value.is_scalar()) return wrong("text");
    if (!parameter.pattern) return;
    switch (matches(value.text(), *parameter.pattern)) {
      case Match::yes:
        return;
      case Match::no:
        return wrong("text that matches " + quote(*parameter.pattern));
      case Match::unknown:
        problems.warning("parameter-pattern", value.where(),
                         fmt::format("parameter {} of streamlet {} could not be checked against its pattern {}",
                                     quote(parameter.key), quote(streamlet.name), quote(*parameter.pattern)));
    }
  }

  void run() const {
    if (is_placeholder(value)) return;  // cannot be known offline
    const std::string& type = parameter.type;
    if (type == "string") return text();
    if (type == "bool") return value.as_bool() ? void() : wrong("true or false");
    if (type == "int32") return is_int32(value) ? void() : wrong("a whole number of 32 bits");
    if (type == "double") return is_double(value) ? void() : wrong("a number");
    if (type == "duration")
      return value.is_scalar() && parse_duration(value.text()) ? void() : wrong("a duration such as 10 seconds");
    if (type == "memorysize")
      return value.is_scalar() && parse_size(value.text()) ? void() : wrong("a size such as 512 MiB");
    problems.error("parameter-type", parameter.where,
                   fmt::format("parameter {} of streamlet {} has the unknown type {}", quote(parameter.key),
                               quote(streamlet.name), quote(type)),
                   "the types are: bool, int32, double, string, duration, memorysize");
  }
};

void check_known(const Streamlet& streamlet, const ConfigValue& given, Diagnostics& problems) {
  std::vector<std::string> known;
  for (const ConfigParameter& parameter : streamlet.descriptor.parameters) known.push_back(parameter.key);
  for (const auto& [key, value] : given.members()) {
    if (streamlet.descriptor.parameter(key) != nullptr) continue;
    std::string hint = did_you_mean(key, known);
    if (hint.empty()) hint = known.empty() ? "it declares none" : "its parameters are: " + join(known, ", ");
    std::string message = fmt::format("streamlet {} has no parameter {}", quote(streamlet.name), quote(key));
    // Cloudflow 2 looked at plain keys only, so files that have more must load.
    if (value.is_object() || key.find('.') != std::string::npos) {
      problems.warning("unknown-parameter", value.where(), std::move(message), std::move(hint));
    } else {
      problems.error("unknown-parameter", value.where(), std::move(message), std::move(hint));
    }
  }
}

}  // namespace

ConfigValue effective_parameters(const Streamlet& streamlet, const std::vector<ConfigLayer>& layers,
                                 Diagnostics& problems) {
  const ConfigValue given = merge_layers(layers);
  check_known(streamlet, given, problems);
  ConfigValue out = given;
  for (const ConfigParameter& parameter : streamlet.descriptor.parameters) {
    if (const ConfigValue* value = given.find(parameter.key)) {
      ParameterCheck{streamlet, parameter, *value, problems}.run();
    } else if (parameter.default_value) {
      out = out.with(parameter.key, ConfigValue::string(*parameter.default_value, parameter.where));
    } else {
      problems.error("parameter-missing", streamlet.where,
                     fmt::format("parameter {} of streamlet {} has neither a value nor a default", quote(parameter.key),
                                 quote(streamlet.name)),
                     fmt::format("set cloudflow.streamlets.{}.config-parameters.{} in a configuration file, or under "
                                 "values: of the environment",
                                 streamlet.name, parameter.key));
    }
  }
  return out;
}

}  // namespace cloudflow
