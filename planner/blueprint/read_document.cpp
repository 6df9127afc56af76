// A file that is one document: a project, a blueprint, a descriptor.
#include "planner/blueprint/read_document.h"

#include <array>
#include <string>

namespace cloudflow {
namespace {

ConfigValue parse(const SourceTree& tree, std::string_view path, const EnvironmentLookup& environment,
                  Diagnostics& problems) {
  const bool yaml = path.ends_with(".yaml") || path.ends_with(".yml");
  if (!yaml && !path.ends_with(".json")) return read_config(tree, std::array{std::string(path)}, environment, problems);
  const Result<std::string> text = tree.read(path);
  if (!text) {
    Error error = text.error();
    error.where = SourcePos{tree.display(path), 0, 0};
    problems.error(error, "unreadable-file");
    return {};
  }
  if (yaml) return parse_yaml(*text, tree.display(path), problems);
  // JSON holds no substitutions and no includes, but may hold a list.
  return read_hocon_text(*text, tree.display(path), {}, problems);
}

}  // namespace

std::optional<ConfigValue> read_document(const SourceTree& tree, std::string_view path,
                                         const EnvironmentLookup& environment, Diagnostics& problems) {
  Diagnostics syntax;
  ConfigValue root = parse(tree, path, environment, syntax);
  for (const Diagnostic& problem : syntax.all()) problems.add(problem);
  if (syntax.has_errors()) return std::nullopt;
  return root;
}

}  // namespace cloudflow
