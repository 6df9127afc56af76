// Text to ConfigValue: HOCON, YAML or JSON by the file's ending.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cloudflow/diagnostics.h"
#include "planner/config/config_value.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// Where ${?NAME} falls back to. Returns nothing for a variable that is not set.
using EnvironmentLookup = std::function<std::optional<std::string>(std::string_view name)>;

/// Parses one file; substitutions stay unresolved: a value with one in it is the text it was written with ("${a.b}").
/// `.yaml`/`.yml` is YAML, anything else HOCON (of which JSON is a part). A YAML key is one key, whatever periods it
/// has. Includes are read from the same tree, relative to the including file. Mistakes go to `problems`; the value then
/// holds what could be read.
ConfigValue parse_config_file(const SourceTree& tree, std::string_view path, Diagnostics& problems);

/// Same for text that is not a file of the tree; `name` stands for it in messages, and includes are an error.
ConfigValue parse_hocon(std::string_view text, std::string_view name, Diagnostics& problems);
/// JSON alone, which the text is known to be: a key that an object has twice, and a number that is too large for JSON's
/// readers, are mistakes.
ConfigValue parse_json(std::string_view text, std::string_view name, Diagnostics& problems);
/// `first_line` is how many lines of the file stand before the text.
ConfigValue parse_yaml(std::string_view text, std::string_view name, Diagnostics& problems, int first_line = 0);

/// Parses the files, lays later ones over earlier ones, then resolves all substitutions once, with `environment` as the
/// last place to look. The result holds no substitutions. A value keeps the place where it was defined; one from the
/// environment is secret and has the place of its `${…}`. In a YAML file an unquoted key `a.b` is a path, as in HOCON,
/// and text is text: `${…}` works in HOCON only.
ConfigValue read_config(const SourceTree& tree, std::span<const std::string> paths,
                        const EnvironmentLookup& environment, Diagnostics& problems);

/// Parse and resolve one text.
ConfigValue read_hocon_text(std::string_view text, std::string_view name, const EnvironmentLookup& environment,
                            Diagnostics& problems);

}  // namespace cloudflow
