// YAML to ConfigValue.
#pragma once

#include <string_view>

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"

namespace cloudflow {

/// How keys are read. `names`: every key is one key. `paths`: an unquoted `a.b` means `a: {b: …}`, as in HOCON;
/// for configuration files, which may be written in either.
enum class YamlKeys { names, paths };

struct YamlText {
  std::string_view text{};
  std::string_view name{};  ///< of the file, for messages
  int first_line = 0;       ///< lines of the file before this text
};

/// One document. Scalars follow YAML 1.2 (unquoted true and false are booleans, "yes" is text); anchors and aliases are
/// followed. Several documents, keys given twice and custom tags are mistakes.
ConfigValue read_yaml(const YamlText& source, YamlKeys keys, Diagnostics& problems);

}  // namespace cloudflow
