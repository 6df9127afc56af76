// include statements: which file is meant, and laying its content into the object around.
#include <fmt/format.h>

#include <algorithm>

#include "planner/config/hocon/hocon_parser.h"
#include "planner/config/java_properties.h"
#include "planner/config/yaml_reader.h"
#include "sdk/support/text.h"

namespace cloudflow::hocon {
namespace {

constexpr int most_includes = 1000;

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

bool is_yaml(std::string_view path) { return path.ends_with(".yaml") || path.ends_with(".yml"); }

}  // namespace

std::optional<FileContent> read_file(Session& session, const std::string& path,
                                     std::span<const std::string_view> prefix) {
  Result<std::string> text = session.files->read(path);
  if (!text) return std::nullopt;
  const std::string name = session.files->display(path);
  if (is_yaml(path))
    return FileContent{
        .root = session.tree.ready(read_yaml({.text = *text, .name = name}, YamlKeys::paths, session.problems))};
  if (path.ends_with(".properties"))
    return FileContent{.root = session.tree.ready(read_java_properties(*text, name, session.problems))};
  const std::string_view kept = session.tree.keep_source(*std::move(text));
  session.chain.push_back(path);
  Parser parser(session, kept, name, path, prefix);
  Node* root = parser.document();
  session.chain.pop_back();
  return FileContent{.root = root, .has_substitutions = parser.has_substitutions()};
}

bool Parser::at_include() {
  if (lexer_.peek() != 'i') return false;
  const Lexer before = lexer_;
  const bool found = lexer_.word() == "include";
  lexer_ = before;
  return found;
}

bool Parser::include(Node& object) {
  const Mark at = lexer_.mark();
  lexer_.advance(std::string_view("include").size());
  lexer_.skip_lines();
  const Mark target_at = lexer_.mark();
  const std::size_t start = lexer_.offset();
  Included target;
  if (!include_target(target)) return false;
  const int length = lexer_.mark().line == target_at.line ? static_cast<int>(lexer_.since(start).size()) : 1;
  return include_file(object, target, lists_ > 0 ? at : target_at, length);
}

/// "name", file("name"), required("name") or required(file("name")).
bool Parser::include_target(Included& target) {
  std::size_t open = 0;
  while (lexer_.peek() != '"') {
    const Mark at = lexer_.mark();
    const std::size_t start = lexer_.offset();
    while (lexer_.peek() >= 'a' && lexer_.peek() <= 'z') lexer_.advance(1);
    const std::string_view word = lexer_.since(start);
    if (word.empty() || lexer_.peek() != '(') {
      const std::string what = word.empty() ? found() : quote(word);
      return fail("hocon-include", at,
                  fmt::format("include must be followed by a file name in quotes, not by {}", what),
                  "include \"common.conf\"; a key named include is written \"include\"");
    }
    if (word == "url")
      return fail("hocon-include", at, "include url(…) is not supported: configuration comes from git only",
                  "copy the file next to this one", 3);
    if (word == "classpath")
      return fail("hocon-include", at, "include classpath(…) is not supported: there is no class path here",
                  "copy the file next to this one and include it by name", 9);
    const bool outermost_required = word == "required" && open == 0;
    if (!outermost_required && (word != "file" || open > (target.required ? 1U : 0U))) {
      return fail("hocon-include", at, fmt::format("include cannot be followed by {}(…) here", word),
                  "known are file(…), required(…) and required(file(…))", static_cast<int>(word.size()));
    }
    target.required |= outermost_required;
    ++open;
    lexer_.advance(1);
    lexer_.skip_lines();
  }
  StringMistake mistake;
  const std::optional<std::string_view> name = lexer_.quoted(decoded_, mistake);
  if (!name) return fail(mistake);
  target.name = *name;
  for (; open > 0; --open) {
    lexer_.skip_lines();
    if (lexer_.peek() != ')')
      return fail("hocon-include", lexer_.mark(), fmt::format("found {} where ')' was expected", found()));
    lexer_.advance(1);
  }
  return true;
}

/// The files that a name stands for, the weakest first: without an ending it means every known one, as in Typesafe
/// config.
std::vector<std::string> Parser::include_candidates(const std::string& path) const {
  const bool known = path.ends_with(".conf") || path.ends_with(".json") || is_yaml(path);
  if (known || session_.files->exists(path)) return {path};
  std::vector<std::string> out;
  for (const std::string_view ending : {".properties", ".yml", ".yaml", ".json", ".conf"}) {
    if (std::string file = path + std::string(ending); session_.files->exists(file)) out.push_back(std::move(file));
  }
  if (out.empty()) out.push_back(path);
  return out;
}

bool Parser::include_file(Node& object, const Included& target, Mark at, int length) {
  const auto mistake = [&](std::string message, std::string hint = {}) {
    return fail("hocon-include", at, std::move(message), std::move(hint), length), true;
  };
  if (session_.files == nullptr) return mistake("include works only in files", "write the included settings here");
  if (target.name.find("://") != std::string::npos)
    return mistake("include of a URL is not supported: configuration comes from git only",
                   "copy the file next to this one");
  if (target.name.ends_with(".properties"))
    return mistake(fmt::format("include of {}: Cloudflow 2 reads a .properties file as HOCON when it is named with "
                               "its ending",
                               quote(target.name)),
                   "include it without the ending");
  const std::optional<std::string> path =
      target.name.starts_with('/') ? std::nullopt : resolve_path(folder_of(path_in_tree_), target.name);
  if (!path)
    return mistake(fmt::format("include of {} leads out of the project", quote(target.name)),
                   "name a file inside it, relative to this one");
  for (const std::string& file : include_candidates(*path)) {
    if (const auto seen = std::ranges::find(session_.chain, file); seen != session_.chain.end()) {
      std::vector<std::string> cycle(seen, session_.chain.end());
      cycle.push_back(file);
      return mistake("files include each other: " + join(cycle, " → "), "remove one of these includes");
    }
    if (!session_.files->exists(file)) {
      const std::string why = obstacle_at(*session_.files, file);
      if (!why.empty()) return mistake(fmt::format("cannot read {}: {}", quote(file), why));
      if (!target.required) return true;
      return mistake(fmt::format("required file {} does not exist", quote(file)),
                     "include \"…\" without required() may be missing");
    }
    if (++session_.includes > most_includes)
      return session_.includes > most_includes + 1 || mistake(fmt::format("more than {} includes", most_includes));
    const std::optional<FileContent> content = read_file(session_, file, path_);
    if (!content) return mistake(fmt::format("cannot read {}: {}", quote(file), obstacle_at(*session_.files, file)));
    Node* included = content->root;
    const bool substitutes = content->has_substitutions;
    if (included->kind != Kind::object)
      return mistake(fmt::format("{} holds a list; only an object can be included", quote(file)));
    if (substitutes && lists_ > 0)
      return mistake(fmt::format("{} holds substitutions, so it cannot be included inside a list", quote(file)),
                     "include it outside of the list");
    has_substitutions_ |= substitutes;
    for (auto& [key, layers] : *included->members) tree_.lay_all((*object.members)[key], layers);
  }
  return true;
}

}  // namespace cloudflow::hocon
