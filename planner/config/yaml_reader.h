// YAML to ConfigValue.
#pragma once

#include <string_view>

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"

namespace cloudflow {

/// How keys are read. `names`: every key is one key. `paths`: an unquoted `a.b` means `a: {b: …}`, as in HOCON;
/// for configuration files, which may be written in either.
enum class YamlKeys { names, paths };

/// What unquoted texts are. `core`: by YAML 1.2. `kubectl`: as kubectl reads them, whose parser is of YAML 1.1 with
/// parts of 1.2: 0400 is octal, 1_000 a number, yes and off are booleans. Keys that look like one are the text of their
/// value: `on` is "true".
enum class YamlScalars { core, kubectl };

struct YamlText {
  std::string_view text{};
  std::string_view name{};  ///< of the file, for messages
  int first_line = 0;       ///< lines of the file before this text
  YamlScalars scalars = YamlScalars::core;
};

/// One document. Keys are texts, whatever they look like (but see YamlScalars::kubectl); anchors and aliases are
/// followed. Several documents, keys given twice and custom tags are mistakes.
ConfigValue read_yaml(const YamlText& source, YamlKeys keys, Diagnostics& problems);

}  // namespace cloudflow
