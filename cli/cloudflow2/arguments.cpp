// Cloudflow 2's arguments as a project with one environment.
#include "cli/cloudflow2/arguments.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/host.h"
#include "planner/config/read_config.h"
#include "sdk/support/text.h"

namespace cloudflow::cloudflow2 {
namespace {

/// "key=value" parted at the first "="; false, with a mistake, when there is none.
bool parted(const std::string& pair, const std::string& option, std::string_view wanted, std::string& key,
            std::string& value, Diagnostics& problems) {
  const auto equals = pair.find('=');
  key = pair.substr(0, equals);
  value = equals == std::string::npos ? "" : pair.substr(equals + 1);
  if (equals != std::string::npos && !key.empty()) return true;
  problems.error("argument", {.file = option}, fmt::format("found {}, wanted {}", quote(pair), wanted));
  return false;
}

}  // namespace

std::map<std::string, int> replicas_from(const std::vector<std::string>& arguments, const std::string& option,
                                         Diagnostics& problems) {
  std::map<std::string, int> out;
  for (const std::string& argument : arguments) {
    for (const std::string& pair : split(argument, ',')) {
      std::string streamlet;
      std::string text;
      if (!parted(pair, option, "STREAMLET=REPLICAS", streamlet, text, problems)) continue;
      int count = 0;
      const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), count);
      if (wrong != std::errc{} || end != text.data() + text.size()) {
        problems.error("argument", {.file = option},
                       fmt::format("streamlet {} gets {}, wanted a whole number", quote(streamlet), quote(text)));
      } else if (count < 0) {
        problems.error("argument", {.file = option},
                       fmt::format("streamlet {} gets {}, wanted a number greater than or equal to zero",
                                   quote(streamlet), count));
      } else {
        out[streamlet] = count;
      }
    }
  }
  return out;
}

std::map<std::string, PlacedText> mounts_from(const std::vector<std::string>& arguments, Diagnostics& problems) {
  constexpr std::string_view option = "--volume-mount";
  std::map<std::string, PlacedText> out;
  for (const std::string& argument : arguments) {
    for (const std::string& pair : split(argument, ',')) {
      std::string mount;
      std::string claim;
      if (!parted(pair, std::string(option), "STREAMLET.MOUNT=CLAIM", mount, claim, problems)) continue;
      if (mount.find('.') == std::string::npos || claim.empty()) {
        problems.error("argument", {.file = std::string(option)},
                       fmt::format("found {}, wanted STREAMLET.MOUNT=CLAIM", quote(pair)));
      } else {
        out[mount] = {.value = claim};
      }
    }
  }
  return out;
}

namespace {

/// The argument as a line of HOCON. A value that is none although it looks like plain text, as "a,b", "a=b" or
/// "host:9092", is taken as it stands.
std::string hocon_line(const std::string& argument, const std::string& key, const std::string& value) {
  if (value.find_first_of("{}[]\"$") != std::string::npos) return argument;
  Diagnostics trial;
  read_hocon_text(argument, "arguments", environment_variable, trial);
  return trial.has_errors()
             ? fmt::format("{}={}", key, Json(value).dump(-1, ' ', false, Json::error_handler_t::replace))
             : argument;
}

}  // namespace

ConfigValue keys_from(const std::vector<std::string>& arguments, Diagnostics& problems) {
  if (arguments.empty()) return ConfigValue::object({});
  std::string lines;
  for (const std::string& argument : arguments) {
    std::string key;
    std::string value;
    if (parted(argument, "arguments", "KEY=VALUE", key, value, problems))
      lines += hocon_line(argument, key, value) + "\n";
  }
  return read_hocon_text(lines, "arguments", environment_variable, problems);
}

void add_configuration(Given& given, const std::vector<std::string>& files, const std::vector<std::string>& keys,
                       const std::string& logback, Diagnostics& problems) {
  const auto add = [&](const std::string& name, std::string_view what) {
    std::string path = given.files->add_file(name);
    if (!given.files->exists(path))
      problems.error("missing-file", {}, fmt::format("the {} {} does not exist", what, quote(name)));
    return path;
  };
  for (const std::string& name : files) {
    given.environment.config.push_back(add(name, "configuration file"));
  }
  if (!logback.empty()) {
    given.environment.logback = add(logback, "logback configuration file");
  }
  given.environment.values = keys_from(keys, problems);
}

}  // namespace cloudflow::cloudflow2
