// Values from outside git.
#include "planner/project/external_values.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "planner/blueprint/fields.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::array<std::string_view, 4> references{"from-env", "from-file", "from-command", "from-secret"};
constexpr std::string_view placeholder_start = "<from-";

std::string_view reference_in(const ConfigValue& value) {
  for (const std::string_view key : references) {
    if (value.find(key) != nullptr) return key;
  }
  return {};
}

std::string without_last_line_end(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

/// Asks for one reference. The error's message never holds the value.
Result<std::string> ask(std::string_view reference, const ConfigValue& argument, const ExternalLookup& lookup) {
  const auto not_here = [&] {
    return failure(ErrorKind::unsupported, fmt::format("{} cannot be used here", reference));
  };
  if (reference == "from-command") {
    std::vector<std::string> command;
    if (argument.is_scalar()) command.push_back(argument.text());
    for (const ConfigValue& word : argument.items()) {
      if (!word.is_scalar())
        return failure(ErrorKind::invalid_input, fmt::format("from-command holds {}, wanted texts", kind_of(word)));
      command.push_back(word.text());
    }
    if (command.empty())
      return failure(ErrorKind::invalid_input, fmt::format("from-command is {}, wanted a program and its arguments",
                                                           argument.is_list() ? "empty" : kind_of(argument)));
    if (!lookup.command) return not_here();
    CF_TRY(std::string output, lookup.command(command));
    return without_last_line_end(std::move(output));
  }
  if (!argument.is_scalar() || argument.text().empty()) {
    return failure(ErrorKind::invalid_input,
                   fmt::format("{} is {}, wanted text", reference, argument.is_scalar() ? "empty" : kind_of(argument)));
  }
  const std::string& name = argument.text();
  if (reference == "from-env") return lookup.environment ? lookup.environment(name) : not_here();
  if (reference == "from-file") {
    if (!lookup.file) return not_here();
    CF_TRY(std::string content, lookup.file(name));
    return without_last_line_end(std::move(content));
  }
  const auto slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) {
    return failure(ErrorKind::invalid_input, fmt::format("from-secret is {}, wanted NAME/KEY", quote(name)));
  }
  if (!lookup.secret) return fmt::format("{}secret {}>", placeholder_start, name);
  return lookup.secret(name.substr(0, slash), name.substr(slash + 1));
}

ConfigValue resolve_reference(const ConfigValue& value, std::string_view reference, const ExternalLookup& lookup,
                              Diagnostics& problems) {
  if (value.members().size() > 1) {
    for (const auto& [key, member] : value.members()) {
      if (key == reference) continue;
      problems.error("unknown-key", member.where(),
                     fmt::format("{} stands next to {}, which must be alone", quote(key), reference));
    }
    return ConfigValue::secret("", value.where());
  }
  Result<std::string> text = ask(reference, *value.find(reference), lookup);
  if (text) return ConfigValue::secret(*std::move(text), value.where());
  problems.error("missing-value", value.where(), text.error().message, text.error().hint);
  return ConfigValue::secret("", value.where());
}

}  // namespace

bool is_external(const ConfigValue& value) { return !reference_in(value).empty(); }

bool is_placeholder(const ConfigValue& value) {
  return value.is_secret() && value.text().starts_with(placeholder_start) && value.text().ends_with('>');
}

ConfigValue resolve_external(const ConfigValue& value, const ExternalLookup& lookup, Diagnostics& problems) {
  if (value.is_list()) {
    ConfigValue::List items;
    for (const ConfigValue& item : value.items()) items.push_back(resolve_external(item, lookup, problems));
    return ConfigValue::list(std::move(items), value.where());
  }
  if (!value.is_object()) return value;
  if (const std::string_view reference = reference_in(value); !reference.empty())
    return resolve_reference(value, reference, lookup, problems);
  ConfigValue::Object members;
  for (const auto& [key, member] : value.members()) members.emplace(key, resolve_external(member, lookup, problems));
  return ConfigValue::object(std::move(members), value.where());
}

void resolve_external(Environment& environment, const ExternalLookup& lookup, Diagnostics& problems) {
  for (auto& [name, kafka] : environment.kafka) kafka.config = resolve_external(kafka.config, lookup, problems);
  environment.values = resolve_external(environment.values, lookup, problems);
  if (environment.pull_credentials)
    environment.pull_credentials->password = resolve_external(environment.pull_credentials->password, lookup, problems);
}

}  // namespace cloudflow
