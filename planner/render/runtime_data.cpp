// Settings and computed values of a runtime.
#include "planner/render/runtime_data.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/blueprint/fields.h"
#include "planner/config/print_config.h"
#include "planner/render/template.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::vector<std::string> texts(const ConfigValue& list) {
  std::vector<std::string> out;
  for (const ConfigValue& item : list.items()) out.push_back(item.text());
  return out;
}

std::vector<std::string> keys(const ConfigValue& object) {
  std::vector<std::string> out;
  for (const auto& [key, member] : object.members()) out.push_back(key);
  return out;
}

/// "1.20.*" allows 1.20 and every version that begins with it.
bool is_allowed(std::string_view choice, std::string_view given) {
  if (!choice.ends_with(".*")) return choice == given;
  const std::string_view start = choice.substr(0, choice.size() - 2);
  return given.starts_with(start) && (given.size() == start.size() || given[start.size()] == '.');
}

void check_setting(const std::string& runtime, const std::string& key, const ConfigValue& value,
                   const ConfigValue& settings, Diagnostics& problems) {
  const ConfigValue* choices = settings.find(key);
  if (choices == nullptr) {
    const std::vector<std::string> known = keys(settings);
    const std::string hint = did_you_mean(key, known);
    problems.error("unknown-key", value.where(),
                   fmt::format("the runtime {} has no setting {}", quote(runtime), quote(key)),
                   !hint.empty() || known.empty() ? hint : "its settings are: " + join(known, ", "));
    return;
  }
  const std::vector<std::string> wanted = texts(*choices);
  const auto allows = [&](const std::string& choice) { return is_allowed(choice, value.text()); };
  if (value.is_scalar() && std::ranges::any_of(wanted, allows)) return;
  problems.error("runtime-setting", value.where(),
                 fmt::format("setting {} of runtime {} is {}, wanted {}", quote(key), quote(runtime),
                             value.is_scalar() ? quoted(value) : "no text", join(wanted, " or ")),
                 value.is_secret() ? std::string() : did_you_mean(value.text(), wanted));
}

}  // namespace

ConfigValue with_settings(const ConfigValue& data, const std::string& name, const Runtime& runtime,
                          const Environment& environment) {
  ConfigValue settings = ConfigValue::object({}, environment.where);
  for (const auto& [key, choices] : runtime.settings.members()) {
    if (!choices.items().empty()) settings = settings.with(key, choices.items().front());
  }
  const ConfigValue* given = environment.runtimes.find(name);
  return data.with("runtime", given == nullptr ? settings : given->over(settings));
}

ConfigValue with_values(const ConfigValue& data, const Runtime& runtime, Diagnostics& problems) {
  ConfigValue out = data.with("values", ConfigValue::object({}));
  for (const ConfigValue& entry : runtime.values.items()) {
    for (const auto& [name, tree] : entry.members()) {
      const std::optional<ConfigValue> value = expand_template(tree, out, problems);
      if (value) out = out.with("values", out.find("values")->with(name, *value));
    }
  }
  return out;
}

void warn_of_values(const ConfigValue& data, const Runtime& runtime, const SourcePos& where, Diagnostics& problems) {
  const auto text = [&](const ConfigValue& tree) {
    const std::optional<ConfigValue> value = expand_template(tree, data, problems);
    return value ? value->text() : std::string();
  };
  for (const ConfigValue& warning : runtime.warnings.items()) {
    if (!holds(warning.find("if")->text(), data)) continue;
    problems.warning("runtime", where, text(*warning.find("say")), text(*warning.find("hint")));
  }
}

void check_settings(const Environment& environment, const TemplateFiles& templates, Diagnostics& problems) {
  const std::vector<std::string> known = templates.runtimes();
  for (const auto& [name, settings] : environment.runtimes.members()) {
    if (std::ranges::find(known, name) == known.end()) {
      const std::string hint = did_you_mean(name, known);
      problems.error("unknown-runtime", settings.where(),
                     fmt::format("environment {} has settings for the runtime {}, for which there are no templates",
                                 quote(environment.name), quote(name)),
                     hint.empty() ? "the runtimes are: " + join(known, ", ") : hint);
      continue;
    }
    if (!settings.is_object()) {
      wrong_type(settings, fmt::format("\"runtimes.{}\" of environment {}", name, quote(environment.name)), "an object",
                 problems);
    }
    Diagnostics said;  // where the runtime is used
    const Runtime runtime = templates.runtime(name, said);
    for (const auto& [key, value] : settings.members()) check_setting(name, key, value, runtime.settings, problems);
  }
}

}  // namespace cloudflow
