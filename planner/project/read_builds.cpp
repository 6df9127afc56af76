// `builds:` of cloudflow.yaml.
#include "planner/project/read_builds.h"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/support/text.h"

namespace cloudflow {
namespace {

std::vector<std::string> plain_texts(const std::vector<PlacedText>& texts) {
  std::vector<std::string> out;
  for (const PlacedText& text : texts) out.push_back(text.value);
  return out;
}

/// The members of an object whose values are texts.
std::map<std::string, PlacedText> texts_by_name(Fields& fields, std::string_view key, Diagnostics& problems) {
  std::map<std::string, PlacedText> out;
  for (const auto& [name, value] : fields.object(key).members()) {
    if (value.is_scalar()) {
      out[name] = {value.text(), value.where()};
    } else {
      wrong_type(value, fmt::format("{} of {} of {}", quote(name), quote(key), fields.what()), "a string", problems);
    }
  }
  return out;
}

std::map<std::string, std::string> without_places(const std::map<std::string, PlacedText>& texts) {
  std::map<std::string, std::string> out;
  for (const auto& [name, text] : texts) out[name] = text.value;
  return out;
}

/// An absolute path in the image that stays where it says.
bool is_path_in_image(std::string_view path) {
  if (!path.starts_with('/') || path.size() == 1 || path.ends_with('/')) return false;
  const std::vector<std::string> steps = split(path.substr(1), '/');
  return std::ranges::none_of(steps,
                              [](const std::string& step) { return step.empty() || step == "." || step == ".."; });
}

void check_path_in_image(const std::string& path, const SourcePos& where, const std::string& what,
                         Diagnostics& problems) {
  if (is_path_in_image(path)) return;
  problems.error(
      "invalid-path-in-image", where,
      fmt::format("{} has the path {} in the image, wanted an absolute one such as /opt/app", what, quote(path)),
      "without a slash at the end, \"..\" and \".\"");
}

void check_parts(const ImageBuild& build, const std::string& what, Diagnostics& problems) {
  if (build.program.value.empty() && build.class_path.empty() && build.files.empty()) {
    problems.error("missing-key", build.where, fmt::format("{} does not say what is in the image", what),
                   "name one of program: FILE, class-path: [JARS, …], files: {PATH-IN-IMAGE: FILE}");
  }
  if (!build.program.value.empty() && !build.class_path.empty()) {
    problems.error("conflicting-keys", build.program.where,
                   fmt::format("{} has \"program\" and \"class-path\", wanted one of them", what));
  }
  if (build.class_path.empty() && !build.dependencies.empty()) {
    problems.error("missing-key", build.dependencies.front().where,
                   fmt::format("{} has \"dependencies\" and no \"class-path\"", what));
  }
  if (!build.class_path.empty() && build.base.value.empty()) {
    problems.error("missing-key", build.where, fmt::format("{} has a class path and no \"base\"", what),
                   "name an image that has Java: base: registry.example.com/jdk:17");
  }
}

ImageBuild build_of(const std::string& name, const ConfigValue& value, Diagnostics& problems) {
  const std::string what = fmt::format("the build {}", quote(name));
  ImageBuild out{.where = value.where()};
  Fields fields(value, what, problems);
  fields.required_text("image");
  out.image = fields.placed_text("image");
  out.streamlets = plain_texts(fields.texts("for"));
  out.base = fields.placed_text("base");
  out.program = fields.placed_text("program");
  out.class_path = fields.texts("class-path");
  out.dependencies = fields.texts("dependencies");
  out.main_class = fields.text("main-class");
  const PlacedText jars = fields.placed_text("jar-folder");
  out.jar_folder = jars.value;
  if (!jars.value.empty()) check_path_in_image(jars.value, jars.where, what, problems);
  out.files = texts_by_name(fields, "files", problems);
  for (const auto& [path, file] : out.files) check_path_in_image(path, file.where, what, problems);
  out.labels = without_places(texts_by_name(fields, "labels", problems));
  out.environment = without_places(texts_by_name(fields, "environment", problems));
  if (fields.find("entrypoint") != nullptr) out.entrypoint = plain_texts(fields.texts("entrypoint"));
  out.arguments = plain_texts(fields.texts("arguments"));
  out.user = fields.text("user");
  const PlacedText folder = fields.placed_text("folder");
  out.work_folder = folder.value;
  if (!folder.value.empty()) check_path_in_image(folder.value, folder.where, what, problems);
  out.architecture = fields.text("architecture");
  out.descriptors = fields.placed_text("descriptors");
  fields.finish();
  check_parts(out, what, problems);
  return out;
}

}  // namespace

std::map<std::string, ImageBuild> read_builds(Fields& fields, Diagnostics& problems) {
  std::map<std::string, ImageBuild> out;
  for (const auto& [name, value] : fields.object("builds").members())
    out.emplace(name, build_of(name, value, problems));
  return out;
}

}  // namespace cloudflow
