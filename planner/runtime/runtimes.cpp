// Finds and reads the folders of templates.
#include "planner/runtime/runtimes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "planner/config/read_config.h"
#include "planner/runtime/builtin_templates.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

const BuiltinTemplate* builtin(std::string_view path) {
  const auto all = builtin_templates();
  const auto found = std::ranges::find_if(all, [&](const BuiltinTemplate& file) { return file.path == path; });
  return found == all.end() ? nullptr : &*found;
}

void check_declared(const ConfigValue& settings, Diagnostics& problems) {
  const auto is_choice = [](const auto& setting) {
    const ConfigValue::List& values = setting.second.items();
    return !values.empty() && std::ranges::all_of(values, &ConfigValue::is_scalar);
  };
  if (!settings.is_object() || !std::ranges::all_of(settings.members(), is_choice))
    problems.error("runtime", settings.where(), "settings must be an object of NAME: [DEFAULT, OTHER VALUE, …]");
}

void check_values(const ConfigValue& values, Diagnostics& problems) {
  if (!values.is_list() || !std::ranges::all_of(values.items(), &ConfigValue::is_object))
    problems.error("runtime", values.where(), "values must be a list of NAME: TEMPLATE");
}

void check_warnings(const ConfigValue& warnings, Diagnostics& problems) {
  const auto is_warning = [](const ConfigValue& item) {
    return item.find("if") != nullptr && item.find("say") != nullptr && item.find("hint") != nullptr;
  };
  if (!warnings.is_list() || !std::ranges::all_of(warnings.items(), is_warning))
    problems.error("runtime", warnings.where(), "warnings must be a list of {if: CONDITION, say: TEXT, hint: TEXT}");
}

void check_pods(const ConfigValue& pods, Diagnostics& problems) {
  if (!pods.is_list() || pods.items().empty() || !std::ranges::all_of(pods.items(), &ConfigValue::is_string))
    problems.error("runtime", pods.where(), "pods must be a list of names, as under kubernetes.pods");
}

void check_storage(const ConfigValue& storage, Diagnostics& problems) {
  const std::vector<std::string_view> wanted = {"claim", "path", "access-mode"};
  const auto is_text = [&](std::string_view key) {
    const ConfigValue* value = storage.find(key);
    return value != nullptr && value->is_string();
  };
  if (!storage.is_object() || storage.members().size() != wanted.size() || !std::ranges::all_of(wanted, is_text))
    problems.error("runtime", storage.where(), "storage must be {claim: NAME, path: PATH, access-mode: MODE}");
}

std::string text_or_empty(const ConfigValue& object, std::string_view key) {
  const ConfigValue* found = object.find(key);
  return found == nullptr || !found->is_string() ? "" : found->text();
}

ConfigValue member_or_null(const ConfigValue& object, std::string_view key) {
  const ConfigValue* found = object.find(key);
  return found == nullptr ? ConfigValue() : *found;
}

}  // namespace

std::string TemplateFiles::in_tree(const std::string& path) const {
  return (folder_.empty() ? "" : folder_ + "/") + "templates/" + path;
}

ConfigValue TemplateFiles::parse(const std::string& path, Diagnostics& problems) const {
  const std::string own = in_tree(path);
  if (tree_->exists(own)) {
    const Result<std::string> text = tree_->read(own);
    if (!text) {
      problems.error(text.error(), "template");
      return {};
    }
    return parse_yaml(*text, tree_->display(own), problems);
  }
  // A link that leads nowhere or out of the source must not bring our own template back in silence.
  if (const std::string why = obstacle_at(*tree_, own); !why.empty()) {
    problems.error("template", {tree_->display(own), 0, 0}, missing_text(*tree_, own, "template"));
    return {};
  }
  if (const BuiltinTemplate* file = builtin(path)) return parse_yaml(file->text, "templates/" + path, problems);
  return {};
}

std::vector<std::string> TemplateFiles::runtimes() const {
  std::set<std::string> names;
  const auto add = [&](std::string_view path) {
    const auto slash = path.find('/');
    if (slash != std::string_view::npos && path.substr(slash) == "/runtime.yaml") names.emplace(path.substr(0, slash));
  };
  for (const BuiltinTemplate& file : builtin_templates()) add(file.path);
  const std::string root = in_tree("");
  if (const auto own = tree_->list(root.substr(0, root.size() - 1))) {
    for (const std::string& path : *own) {
      if (path.starts_with(root)) add(std::string_view(path).substr(root.size()));
    }
  }
  return {names.begin(), names.end()};
}

std::vector<RuntimeFile> TemplateFiles::files(const std::string& runtime, const ConfigValue* list,
                                              Diagnostics& problems) const {
  std::vector<RuntimeFile> out;
  if (list == nullptr) return out;
  for (const ConfigValue& item : list->items()) {
    const ConfigValue* name = item.find("file");
    if (name == nullptr || !name->is_string() || name->text().find("..") != std::string::npos) {
      problems.error("runtime", item.where(), "an entry of a runtime is {file: NAME} or {file: NAME, if: CONDITION}");
      continue;
    }
    const std::string path = name->text().find('/') == std::string::npos ? runtime + "/" + name->text() : name->text();
    RuntimeFile file{.tree = parse(path, problems)};
    if (const ConfigValue* condition = item.find("if")) file.condition = condition->text();
    if (file.tree.is_null()) {
      problems.error("runtime", name->where(), fmt::format("there is no template {}", quote("templates/" + path)));
      continue;
    }
    out.push_back(std::move(file));
  }
  return out;
}

RuntimeNeeds TemplateFiles::needs(const std::string& name) const {
  Diagnostics said_by_runtime;
  const ConfigValue declaration = parse(name + "/runtime.yaml", said_by_runtime);
  RuntimeNeeds out;
  if (const ConfigValue* pods = declaration.find("pods")) {
    for (const ConfigValue& pod : pods->items()) {
      if (pod.is_string()) out.pods.push_back(pod.text());
    }
  }
  if (const ConfigValue* storage = declaration.find("storage")) {
    out.storage = SharedStorage{.claim = text_or_empty(*storage, "claim"),
                                .path = text_or_empty(*storage, "path"),
                                .access_mode = text_or_empty(*storage, "access-mode")};
  }
  return out;
}

Runtime TemplateFiles::runtime(const std::string& name, Diagnostics& problems) const {
  const ConfigValue declaration = parse(name + "/runtime.yaml", problems);
  const std::vector<std::string> known = {"runtime", "application", "streamlet", "settings",
                                          "values",  "warnings",    "pods",      "storage"};
  for (const auto& [key, value] : declaration.members()) {
    if (std::ranges::find(known, key) == known.end()) {
      problems.error("runtime", value.where(), fmt::format("a runtime has no key {}", quote(key)),
                     "there are: " + join(known, ", "));
    } else if (key == "runtime") {
      if (value.text() != name)
        problems.error("runtime", value.where(), fmt::format("the runtime in this folder is {}", quote(name)));
    } else if (key == "settings") {
      check_declared(value, problems);
    } else if (key == "values") {
      check_values(value, problems);
    } else if (key == "warnings") {
      check_warnings(value, problems);
    } else if (key == "pods") {
      check_pods(value, problems);
    } else if (key == "storage") {
      check_storage(value, problems);
    } else if (!value.is_list()) {
      problems.error("runtime", value.where(), key + " must be a list of files");
    }
  }
  return {.application = files(name, declaration.find("application"), problems),
          .streamlet = files(name, declaration.find("streamlet"), problems),
          .settings = member_or_null(declaration, "settings"),
          .values = member_or_null(declaration, "values"),
          .warnings = member_or_null(declaration, "warnings")};
}

}  // namespace cloudflow
