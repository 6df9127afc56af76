// What a streamlet says of itself.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "planner/application/verify_parts.h"
#include "planner/config/units.h"
#include "planner/pattern/pattern.h"
#include "planner/project/names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr std::string_view label_wanted =
    "wanted lower case letters, digits and dashes, with a letter or digit at both ends";

/// `[a-zA-Z]+(-[a-zA-Z-0-9]+)*`: digits only after a dash.
bool is_parameter_key(std::string_view key) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto dash = std::min(key.find('-'), key.size());
  if (dash == 0 || !std::ranges::all_of(key.substr(0, dash), letter)) return false;
  if (dash + 1 == key.size()) return false;
  return std::ranges::all_of(key.substr(dash), [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

void check_ports(const std::vector<Port>& ports, std::string_view kind, const std::string& owner,
                 Diagnostics& problems) {
  std::set<std::string> names;
  for (const Port& port : ports) {
    if (!is_dns_label(port.name)) {
      problems.error(fmt::format("invalid-{}-name", kind), port.where,
                     fmt::format("{} name {} of {} is invalid, {}", kind, quote(port.name), owner, label_wanted));
    }
    if (!names.insert(port.name).second) {
      problems.error(fmt::format("duplicate-{}", kind), port.where,
                     fmt::format("{} has two {}s {}", owner, kind, quote(port.name)));
    }
  }
}

void check_default_text(const ConfigParameter& parameter, const std::string& what, Diagnostics& problems) {
  const Result<Pattern> pattern = Pattern::compile(parameter.pattern.value_or(".*"));
  if (!pattern) {
    const std::string text = quote(*parameter.pattern);
    if (pattern.error().kind == ErrorKind::unsupported) {
      problems.warning("unchecked-pattern", parameter.where,
                       fmt::format("the pattern {} of {} holds {}, so values are not checked against it", text, what,
                                   pattern.error().message));
    } else {
      problems.error(
          "invalid-validation-pattern", parameter.where,
          fmt::format("the pattern {} of {} is no regular expression: {}", text, what, pattern.error().message));
    }
    return;
  }
  if (!parameter.default_value || !parameter.pattern || pattern->matches(*parameter.default_value)) return;
  problems.error("invalid-default-value", parameter.where,
                 fmt::format("the default {} of {} does not match its pattern {}", quote(*parameter.default_value),
                             what, quote(*parameter.pattern)));
}

void check_parameter(const ConfigParameter& parameter, const std::string& owner, Diagnostics& problems) {
  const std::string what = fmt::format("config parameter {} of {}", quote(parameter.key), owner);
  if (!is_parameter_key(parameter.key)) {
    problems.error("invalid-config-parameter-key", parameter.where,
                   fmt::format("{} has an invalid key, wanted letters, then dashes with letters or digits", what));
  }
  if (parameter.type == "string") check_default_text(parameter, what, problems);
  if (!parameter.default_value) return;
  if (parameter.type == "duration" && !parse_duration(*parameter.default_value)) {
    problems.error("invalid-default-value", parameter.where,
                   fmt::format("the default {} of {} is no duration, wanted one like \"10 s\"",
                               quote(*parameter.default_value), what));
  }
  if (parameter.type == "memorysize" && !parse_size(*parameter.default_value)) {
    problems.error("invalid-default-value", parameter.where,
                   fmt::format("the default {} of {} is no size, wanted one like \"128M\"",
                               quote(*parameter.default_value), what));
  }
}

void check_parameters(const Descriptor& descriptor, const std::string& owner, Diagnostics& problems) {
  std::set<std::string> keys;
  for (const ConfigParameter& parameter : descriptor.parameters) {
    check_parameter(parameter, owner, problems);
    if (!keys.insert(parameter.key).second) {
      problems.error("duplicate-config-parameter-key", parameter.where,
                     fmt::format("{} has two config parameters {}", owner, quote(parameter.key)));
    }
  }
}

void check_mount(const VolumeMount& mount, const std::string& owner, Diagnostics& problems) {
  const std::string what = fmt::format("volume mount {} of {}", quote(mount.name), owner);
  if (!is_dns_label(mount.name) || mount.name.size() > 63) {
    problems.error("invalid-volume-mount-name", mount.where,
                   fmt::format("{} has an invalid name, {}, 63 characters at most", what, label_wanted));
  }
  const std::vector<std::string> steps = split(mount.path, '/');
  if (mount.path.empty()) {
    problems.error("empty-volume-mount-path", mount.where,
                   fmt::format("{} has an empty path, wanted an absolute one", what));
  } else if (!mount.path.starts_with('/')) {
    problems.error("non-absolute-volume-mount-path", mount.where,
                   fmt::format("{} has the path {}, wanted an absolute one", what, quote(mount.path)));
  }
  if (std::ranges::find(steps, "..") != steps.end()) {
    problems.error("backtracking-volume-mount-path", mount.where,
                   fmt::format("{} has the path {}, wanted one without \"..\"", what, quote(mount.path)));
  }
}

void check_mounts(const Descriptor& descriptor, const std::string& owner, Diagnostics& problems) {
  std::set<std::string> names;
  std::map<std::string, std::string> paths;
  for (const VolumeMount& mount : descriptor.volume_mounts) {
    check_mount(mount, owner, problems);
    if (!names.insert(mount.name).second) {
      problems.error("duplicate-volume-mount-name", mount.where,
                     fmt::format("{} has two volume mounts {}", owner, quote(mount.name)));
    }
    const auto [first, added] = paths.try_emplace(mount.path, mount.name);
    if (!added && !mount.path.empty()) {
      problems.error("duplicate-volume-mount-path", mount.where,
                     fmt::format("volume mounts {} and {} of {} have the same path {}", quote(first->second),
                                 quote(mount.name), owner, quote(mount.path)));
    }
  }
}

}  // namespace

void verify_descriptor(const Descriptor& descriptor, const std::string& owner, Diagnostics& problems) {
  check_ports(descriptor.inlets, "inlet", owner, problems);
  check_ports(descriptor.outlets, "outlet", owner, problems);
  for (const Port& port : descriptor.outlets) {
    if (descriptor.inlet(port.name) != nullptr) {
      problems.error("ambiguous-port", port.where,
                     fmt::format("{} has an inlet and an outlet {}, wanted different names", owner, quote(port.name)));
    }
  }
  check_parameters(descriptor, owner, problems);
  check_mounts(descriptor, owner, problems);
}

}  // namespace cloudflow
