// cloudflow.yaml to Project.
#include "planner/project/read_project.h"

#include <fmt/format.h>

#include <array>

#include "planner/blueprint/read_document.h"
#include "planner/project/names.h"
#include "planner/project/read_builds.h"
#include "planner/project/read_environment.h"
#include "planner/project/read_sandbox.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::string folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(path.substr(0, slash));
}

void read_images(Fields& fields, Project& out, Diagnostics& problems) {
  for (const auto& [key, image] : flattened(fields.object("images"))) {
    if (!image.is_scalar() || image.text().empty()) {
      wrong_type(image, fmt::format("image {} of the project", quote(key)), "an image reference", problems);
      continue;
    }
    out.images[key] = {image.text(), image.where()};
  }
}

/// Where blueprints usually are, for projects that do not say.
std::string usual_blueprint(const ProjectPlace& place) {
  for (const std::string_view name :
       {"blueprint.conf", "blueprint.yaml", "blueprint.yml", "src/main/blueprint/blueprint.conf"}) {
    const auto path = resolve_path(place.folder, name);
    if (path && place.tree->exists(*path)) return *path;
  }
  return "";
}

/// Either `from`, or a blueprint with what belongs to it.
void read_parts(Fields& fields, const ProjectPlace& place, Project& out, Diagnostics& problems) {
  const PlacedText from = fields.placed_text("from");
  const PlacedText blueprint = fields.placed_text("blueprint");
  const std::vector<PlacedText> descriptors = fields.texts("descriptors");
  out.from = project_path(from, "\"from\"", true, place, problems);
  out.blueprint = project_path(blueprint, "\"blueprint\"", true, place, problems);
  for (const PlacedText& path : descriptors) {
    const std::string resolved = project_path(path, "an entry of \"descriptors\"", false, place, problems);
    if (!resolved.empty()) out.descriptors.push_back({resolved, path.where});
  }
  if (!from.value.empty() && !blueprint.value.empty()) {
    problems.error("conflicting-keys", blueprint.where,
                   "the project has \"from\" and \"blueprint\", wanted one of them",
                   "\"from\" already holds the blueprint");
  }
  if (!from.value.empty() && !descriptors.empty()) {
    problems.error("conflicting-keys", descriptors.front().where,
                   "the project has \"from\" and \"descriptors\", wanted one of them",
                   "\"from\" already holds the descriptors");
  }
  if (!from.value.empty() || !blueprint.value.empty()) return;
  out.blueprint = usual_blueprint(place);
  if (out.blueprint.empty()) {
    problems.error(
        "missing-key", fields.where(),
        "the project has no blueprint: there is none beside it, and neither \"blueprint\" nor \"from\" names one",
        "looked for blueprint.conf, blueprint.yaml, blueprint.yml and src/main/blueprint/blueprint.conf; name "
        "another with blueprint: FILE");
  }
}

/// A name that says what it is called by: "call-records".
std::string proposed_name(std::string_view form) {
  const std::size_t first = form.find_first_not_of('-');
  if (first == std::string_view::npos) return "";
  return std::string(form.substr(first, form.find_last_not_of('-') - first + 1));
}

/// The name in the clusters is another than the one in the file where Kubernetes could not take that. What cannot even
/// be changed into one that it takes is a mistake.
void check_name(const ConfigValue& given, Diagnostics& problems) {
  const std::string name = label_form(given.text());
  if (name == given.text() && is_dns_label(name)) return;
  const auto length = static_cast<int>(given.text().size());
  if (!is_dns_label(name)) {
    const std::string better = proposed_name(name);
    problems.error("invalid-application-name", given.where(),
                   fmt::format("application is {}, wanted {}", quote(given.text()), label_characters),
                   better.empty() ? "" : fmt::format("write application: {}", better), length);
    return;
  }
  const bool is_cut = name.size() == longest_label && given.text().size() > longest_label;
  problems.warning(
      "changed-name", given.where(),
      fmt::format("the application {} is called {} in the clusters: Kubernetes takes {}{}", quote(given.text()),
                  quote(name), label_characters, is_cut ? fmt::format(", {} characters at most", longest_label) : ""),
      fmt::format("write application: {}", name), length);
}

void read_environments(Fields& fields, const ProjectPlace& place, Project& out, Diagnostics& problems) {
  for (const auto& [name, value] : fields.object("environments").members()) {
    Environment environment = read_environment(name, value, place, problems);
    environment.values = environment.values.over(out.values);
    out.environments.emplace(name, std::move(environment));
  }
}

}  // namespace

std::optional<std::string> find_project_file(const SourceTree& tree, std::string_view folder) {
  for (const std::string_view name : {"cloudflow.yaml", "cloudflow.yml", "cloudflow.conf"}) {
    const auto path = resolve_path(folder, name);
    if (path && tree.exists(*path)) return path;
  }
  return std::nullopt;
}

std::optional<Project> read_project(const SourceTree& tree, std::string_view path, const EnvironmentLookup& environment,
                                    Diagnostics& problems) {
  if (!tree.exists(path)) {
    problems.error("missing-file", {tree.display(path), 0, 0}, missing_text(tree, path, "project file"),
                   "-C (with --repository: --path) names the folder of a project, -f its project file");
    return std::nullopt;
  }
  const std::optional<ConfigValue> document = read_document(tree, path, environment, problems);
  if (!document) return std::nullopt;
  const ConfigValue& root = *document;
  if (!root.is_object() && !root.is_null()) {
    wrong_type(root, "the project", "an object", problems);
    return std::nullopt;
  }

  Project out;
  out.folder = folder_of(path);
  out.where = {tree.display(path), 1, 1};
  const ProjectPlace place{&tree, out.folder};
  Fields fields(root.is_null() ? ConfigValue::object({}, out.where) : root, "the project", problems);
  out.application = root.find("from") != nullptr ? fields.text("application") : fields.required_text("application");
  if (const ConfigValue* name = root.find("application"); name != nullptr && name->is_scalar())
    check_name(*name, problems);
  out.version = fields.text("version");
  read_parts(fields, place, out, problems);
  read_images(fields, out, problems);
  for (const PlacedText& file : fields.texts("config")) {
    const std::string config = project_path(file, "a configuration file of the project", true, place, problems);
    if (!config.empty()) out.config.push_back(config);
  }
  const PlacedText contracts = fields.placed_text("contracts");
  if (!contracts.value.empty() && contracts.value != "original" && contracts.value != "directed") {
    static const std::array<std::string, 2> known{"directed", "original"};
    problems.error("unknown-contracts", contracts.where,
                   fmt::format("\"contracts\" is {}, wanted directed or original", quote(contracts.value)),
                   did_you_mean(contracts.value, known));
  }
  out.contracts = contracts.value == "original" ? "original" : "";
  out.values = fields.object("values");
  read_environments(fields, place, out, problems);
  out.sandbox = read_sandbox(fields, place, problems);
  out.builds = read_builds(fields, problems);
  fields.finish();
  return out;
}

}  // namespace cloudflow
