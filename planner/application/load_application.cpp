// From a project, or from a blueprint alone, to the proven application.
#include "planner/application/load_application.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/application/image_reference.h"
#include "planner/application/read_application_json.h"
#include "planner/blueprint/read_blueprint.h"
#include "planner/blueprint/read_descriptors.h"
#include "planner/project/names.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Verifies; when descriptors could not be read, a class that none of the others explains is not reported as well.
std::optional<Application> verify_known(const Blueprint& blueprint, std::span<const Descriptor> descriptors,
                                        const Project& project, Images images, bool incomplete, Diagnostics& problems) {
  Diagnostics found;
  std::optional<Application> out = verify(blueprint, descriptors, project, images, found);
  for (const Diagnostic& problem : found.all()) {
    if (incomplete &&
        (problem.code == "empty-streamlet-descriptors" || problem.code == "streamlet-descriptor-not-found"))
      continue;
    problems.add(problem);
  }
  return out;
}

std::optional<Application> load_parts(const SourceTree& tree, const Project& project,
                                      const EnvironmentLookup& environment, Diagnostics& problems) {
  Diagnostics mine;
  const std::vector<Descriptor> descriptors =
      read_descriptors(tree, project.descriptors, project.folder, environment, mine);
  const bool incomplete = mine.has_errors();
  const std::optional<Blueprint> blueprint = read_blueprint(tree, project.blueprint, project.folder, environment, mine);
  std::optional<Application> out;
  if (blueprint) out = verify_known(*blueprint, descriptors, project, Images::needed, incomplete, mine);
  for (const Diagnostic& problem : mine.all()) problems.add(problem);
  if (mine.has_errors()) return std::nullopt;
  return out;
}

/// What cloudflow.yaml says lies over what the build wrote.
void lay_over(const Project& project, Application& application, Diagnostics& problems) {
  if (!project.application.empty() && label_form(project.application) != application.id) {
    problems.error("conflicting-names", project.where,
                   fmt::format("the project is called {}, and {} holds the application {}", quote(project.application),
                               quote(project.from), quote(application.id)));
  }
  if (!project.version.empty()) application.version = project.version;
  std::vector<std::string> known;
  for (const Streamlet& streamlet : application.streamlets) {
    for (const std::string& key : {streamlet.name, streamlet.class_name, streamlet.descriptor.project_id}) {
      if (!key.empty()) known.push_back(key);
    }
  }
  for (const auto& [key, image] : project.images) {
    if (std::ranges::find(known, key) == known.end()) {
      problems.error(
          "unknown-image", image.where,
          fmt::format("\"images\" names {}, which is no streamlet, class or project of this application", quote(key)),
          did_you_mean(key, known));
    }
  }
  for (Streamlet& streamlet : application.streamlets) {
    for (const std::string& key : {streamlet.name, streamlet.class_name, streamlet.descriptor.project_id}) {
      const auto image = project.images.find(key);
      if (key.empty() || image == project.images.end()) continue;
      streamlet.image = image->second.value;
      streamlet.image_where = image->second.where;
      break;
    }
  }
}

void add_runtimes(const SourceTree& tree, const std::string& folder, Application& application) {
  const TemplateFiles templates(tree, folder);
  for (const Streamlet& streamlet : application.streamlets) {
    if (!application.runtimes.contains(streamlet.runtime))
      application.runtimes.emplace(streamlet.runtime, templates.needs(streamlet.runtime));
  }
}

void check_images(const Application& application, Diagnostics& problems) {
  for (const Streamlet& streamlet : application.streamlets)
    check_image(streamlet.name, {streamlet.image, streamlet.image_where}, problems);
}

}  // namespace

std::optional<Application> load_application(const SourceTree& tree, const Project& project,
                                            const EnvironmentLookup& environment, Diagnostics& problems) {
  Diagnostics mine;
  std::optional<Application> out;
  if (!project.from.empty()) {
    out = read_application_json(tree, project.from, mine);
    if (out) lay_over(project, *out, mine);
    if (out) check_images(*out, mine);
  } else if (!project.blueprint.empty()) {
    out = load_parts(tree, project, environment, mine);
  }
  if (out) add_runtimes(tree, project.folder, *out);
  const bool wrong = mine.has_errors();
  if (out) {
    for (const auto& [name, settings] : project.environments) verify_environment(*out, settings, mine);
  }
  for (const Diagnostic& problem : mine.all()) problems.add(problem);
  if (wrong) return std::nullopt;
  return out;
}

std::optional<Application> load_blueprint(const SourceTree& tree, std::string_view path,
                                          std::span<const PlacedText> descriptors, const EnvironmentLookup& environment,
                                          Diagnostics& problems) {
  Diagnostics mine;
  const std::vector<Descriptor> known = read_descriptors(tree, descriptors, "", environment, mine);
  const bool incomplete = mine.has_errors();
  const std::optional<Blueprint> blueprint = read_blueprint(tree, path, "", environment, mine);
  Project project;
  project.application = "blueprint";
  project.where = {tree.display(path), 1, 1};
  std::optional<Application> out;
  if (blueprint) out = verify_known(*blueprint, known, project, Images::optional, incomplete, mine);
  for (const Diagnostic& problem : mine.all()) problems.add(problem);
  if (mine.has_errors()) return std::nullopt;
  return out;
}

bool check_blueprint_syntax(const SourceTree& tree, std::string_view path, const EnvironmentLookup& environment,
                            Diagnostics& problems) {
  Diagnostics mine;
  const bool read = read_blueprint(tree, path, "", environment, mine).has_value();
  for (const Diagnostic& problem : mine.all()) problems.add(problem);
  return read && !mine.has_errors();
}

}  // namespace cloudflow
