// The builds of a project, and where on this machine they are.
#include "cli/image/image_project.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <iterator>

#include "cli/described_program.h"
#include "cli/named_files.h"
#include "cli/steps.h"
#include "planner/project/read_project.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view no_descriptors = "none";

std::unexpected<Error> at(const SourcePos& where, Error error) {
  error.where = where;
  return std::unexpected(std::move(error));
}

Result<ImageReference> reference_of(const ImageBuild& build, const std::string& version) {
  Result<ImageReference> out = parse_image_reference(build.image.value);
  if (!out) return at(build.image.where, out.error());
  if (!out->digest.empty())
    return at(build.image.where,
              {ErrorKind::invalid_input,
               fmt::format("the build makes {}, whose digest nobody knows before", quote(build.image.value)),
               std::nullopt, "leave out what begins with @"});
  if (!out->tag.empty()) return out;
  out = parse_image_reference(fmt::format("{}:{}", build.image.value, version));
  if (!out) {
    out.error().hint = version.empty() ? "write a tag behind the image, or version: 1.0.0 in the project"
                                       : "the project's version is the tag: write another one behind the image";
    return at(build.image.where, out.error());
  }
  return out;
}

Result<std::vector<ChosenBuild>> choose(const Project& project, const ImageOptions& options, const fs::path& folder) {
  std::vector<std::string> known;
  for (const auto& [name, build] : project.builds) known.push_back(name);
  if (known.empty())
    return at(project.where, {ErrorKind::not_found, "the project has no builds: nothing says what an image is made of",
                              std::nullopt, "builds: {NAME: {image: registry.example.com/NAME, program: build/NAME}}"});
  std::vector<ChosenBuild> out;
  for (const std::string& name : options.names.empty() ? known : options.names) {
    const auto found = project.builds.find(name);
    if (found == project.builds.end()) {
      const std::string close = did_you_mean(name, known);
      return at(project.where, {ErrorKind::not_found, fmt::format("the project has no build {}", quote(name)),
                                std::nullopt, close.empty() ? "it has: " + join(known, ", ") : close});
    }
    CF_TRY(ImageReference image, reference_of(found->second, project.version));
    const fs::path layouts = options.output.empty() ? folder / "build" / "images" : fs::path(options.output);
    out.push_back({name, found->second, std::move(image), layouts / name});
  }
  return out;
}

/// A program that is written with cloudflow's library says what it is.
Result<std::string> ask_program(const fs::path& program, const std::stop_token& stop) {
  Result<DescribedProgram> said = describe_program(program.string(), stop);
  if (said) return dump(said->list);
  said.error().hint = "write descriptors: FILE (a JSON list), or descriptors: none, into the build";
  return std::unexpected(std::move(said.error()));
}

Result<std::string> descriptors_of(const ImageBuild& build, const fs::path& folder, const fs::path& program,
                                   const std::stop_token& stop) {
  if (build.descriptors.value == no_descriptors) return "";
  if (build.descriptors.value.empty()) return program.empty() ? Result<std::string>("") : ask_program(program, stop);
  const fs::path file = folder / build.descriptors.value;
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return at(build.descriptors.where,
              {ErrorKind::not_found, fmt::format("cannot read the descriptors {}", quote(file.string()))});
  const Result<Json> list = parse_json(std::string{std::istreambuf_iterator<char>(in), {}}, quote(file.string()));
  if (!list) return at(build.descriptors.where, list.error());
  if (!list->is_array())
    return at(build.descriptors.where,
              {ErrorKind::invalid_input, fmt::format("{} is no JSON list of descriptors", quote(file.string()))});
  return dump(*list);
}

/// The time of everything in the image, as other tools for reproducible builds take it.
Result<long long> time_of_build() {
  const std::string text = environment_variable("SOURCE_DATE_EPOCH").value_or("");
  long long out = 0;
  if (text.empty()) return out;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  constexpr long long latest = 253402300799;  // the end of the year 9999
  if (wrong == std::errc() && end == text.data() + text.size() && out >= 0 && out <= latest) return out;
  return failure(ErrorKind::invalid_input,
                 fmt::format("SOURCE_DATE_EPOCH is {}, wanted seconds since 1970", quote(text)));
}

}  // namespace

std::optional<ImageProject> read_image_project(ImageOptions options, const Host& host, View& view) {
  enter_folder_of_project(options.source);
  const std::shared_ptr<const SourceTree> tree = open_shown(options.source, host, view);
  if (tree == nullptr) return std::nullopt;
  Diagnostics problems;
  std::optional<Project> project = read_project(*tree, options.source.file, environment_variable, problems);
  if (!problems.empty()) view.diagnostics(problems);
  if (!project || problems.has_errors()) return std::nullopt;
  ImageProject out{.project = *std::move(project),
                   .file = (fs::path(options.source.folder) / options.source.file).lexically_normal()};
  Result<std::vector<ChosenBuild>> chosen = choose(out.project, options, out.folder());
  if (!chosen) {
    view.error(chosen.error());
    return std::nullopt;
  }
  out.chosen = *std::move(chosen);
  return out;
}

Result<ImageRecipe> recipe_of(const ChosenBuild& chosen, const ImageProject& project, const std::stop_token& stop) {
  const ImageBuild& build = chosen.build;
  const fs::path folder = fs::absolute(project.file).parent_path();
  ImageRecipe out{.name = chosen.image.text(),
                  .base = build.base.value,
                  .architecture = build.architecture,
                  .main_class = build.main_class,
                  .project = folder,
                  .labels = build.labels,
                  .environment = build.environment,
                  .entrypoint = build.entrypoint,
                  .arguments = build.arguments,
                  .user = build.user,
                  .work_folder = build.work_folder};
  constexpr std::string_view layout_prefix = "oci:";
  if (out.base.starts_with(layout_prefix))
    out.base = fmt::format("{}{}", layout_prefix, (folder / out.base.substr(layout_prefix.size())).string());
  if (!build.program.value.empty()) out.program = folder / build.program.value;
  if (!build.jar_folder.empty()) out.jar_folder = build.jar_folder;
  for (const PlacedText& entry : build.class_path) out.class_path.push_back(folder / entry.value);
  for (const PlacedText& entry : build.dependencies) out.dependencies.push_back(folder / entry.value);
  for (const auto& [path, file] : build.files) out.files[path] = folder / file.value;
  CF_TRY(out.time, time_of_build());
  CF_TRY(out.descriptors, descriptors_of(build, folder, out.program, stop));
  return out;
}

}  // namespace cloudflow
