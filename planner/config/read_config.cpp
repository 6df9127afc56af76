// The entries: from files or text to one tree, resolved or as written.
#include "planner/config/read_config.h"

#include <fmt/format.h>

#include "planner/config/hocon/hocon_parser.h"
#include "planner/config/hocon/hocon_resolver.h"
#include "planner/config/yaml_reader.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

using hocon::Substitutions;

hocon::Node* read_root(hocon::Session& session, std::string_view path) {
  const std::optional<hocon::FileContent> content = hocon::read_file(session, std::string(path), {});
  if (content) return content->root;
  session.problems.error("config-missing", SourcePos{session.files->display(path), 0, 0},
                         missing_text(*session.files, path, "file"));
  return nullptr;
}

hocon::Node* parse_text(hocon::Session& session, std::string_view text, std::string_view name) {
  hocon::Parser parser(session, session.tree.keep_source(std::string(text)), name, "", {});
  return parser.document();
}

ConfigValue resolve(hocon::Node& root, const EnvironmentLookup& environment, const hocon::Session& session,
                    std::size_t problems_before) {
  hocon::Resolver resolver(root, Substitutions::resolved, environment, session.problems);
  if (session.problems.all().size() > problems_before) resolver.be_quiet_about_missing();
  return resolver.run();
}

void refuse_huge_numbers(const ConfigValue& value, Diagnostics& problems) {
  if (value.is_list()) {
    for (const ConfigValue& item : value.items()) refuse_huge_numbers(item, problems);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.members()) refuse_huge_numbers(member, problems);
  } else if (value.type() == ConfigValue::Type::number && !value.to_json().is_number()) {
    problems.error("json-number", value.where(), fmt::format("{} is too large for a number of JSON", value.text()),
                   "put it in quotes if it is a text", static_cast<int>(value.text().size()));
  }
}

}  // namespace

ConfigValue parse_config_file(const SourceTree& tree, std::string_view path, Diagnostics& problems) {
  hocon::Tree nodes;
  hocon::Session session{.tree = nodes, .problems = problems, .files = &tree};
  if (path.ends_with(".yaml") || path.ends_with(".yml")) {
    const Result<std::string> text = tree.read(path);
    if (text) return parse_yaml(*text, tree.display(path), problems);
  }
  hocon::Node* root = read_root(session, path);
  if (root == nullptr) return ConfigValue::object({});
  return hocon::Resolver(*root, Substitutions::as_written, {}, problems).run();
}

ConfigValue parse_hocon(std::string_view text, std::string_view name, Diagnostics& problems) {
  hocon::Tree nodes;
  hocon::Session session{.tree = nodes, .problems = problems};
  return hocon::Resolver(*parse_text(session, text, name), Substitutions::as_written, {}, problems).run();
}

ConfigValue parse_json(std::string_view text, std::string_view name, Diagnostics& problems) {
  hocon::Tree nodes;
  hocon::Session session{.tree = nodes, .problems = problems, .json = true};
  ConfigValue out = hocon::Resolver(*parse_text(session, text, name), Substitutions::as_written, {}, problems).run();
  refuse_huge_numbers(out, problems);
  return out;
}

ConfigValue parse_yaml(std::string_view text, std::string_view name, Diagnostics& problems, int first_line) {
  return read_yaml({.text = text, .name = name, .first_line = first_line}, YamlKeys::names, problems);
}

ConfigValue read_config(const SourceTree& tree, std::span<const std::string> paths,
                        const EnvironmentLookup& environment, Diagnostics& problems) {
  const std::size_t before = problems.all().size();
  hocon::Tree nodes;
  hocon::Session session{.tree = nodes, .problems = problems, .files = &tree};
  hocon::Node* merged = nodes.object({});
  for (const std::string& path : paths) {
    hocon::Node* root = read_root(session, path);
    if (root == nullptr) continue;
    if (root->kind != hocon::Kind::object) {
      problems.error("config-not-object", root->where.pos(),
                     "a configuration file must hold settings, not a single value or a list");
      continue;
    }
    for (auto& [key, layers] : *root->members) nodes.lay_all((*merged->members)[key], layers);
    merged->where = root->where;
  }
  return resolve(*merged, environment, session, before);
}

ConfigValue read_hocon_text(std::string_view text, std::string_view name, const EnvironmentLookup& environment,
                            Diagnostics& problems) {
  const std::size_t before = problems.all().size();
  hocon::Tree nodes;
  hocon::Session session{.tree = nodes, .problems = problems};
  hocon::Node* root = parse_text(session, text, name);
  return resolve(*root, environment, session, before);
}

}  // namespace cloudflow
