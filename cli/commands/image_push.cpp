// `cloudflow image push`: images that were built go to their registry, and their digests into the project file.
#include "cli/commands/image_push.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/commands/commands.h"
#include "cli/commands/image_build.h"
#include "cli/image/registries.h"
#include "cli/views/view.h"
#include "planner/project/write_images.h"
#include "sdk/image/push_image.h"
#include "sdk/support/printable.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

struct PushOptions {
  ImageOptions image{};
  std::string registry{};
  bool write = true;
  bool json = false;
};

/// An image of a build on its way to a registry.
struct ToPush {
  const ChosenBuild& chosen;
  Layout layout;
  HeldImage held{};
  ImageReference target{};                      ///< with the digest
  std::map<std::string, std::string> images{};  ///< what `images` is to say
};

/// REGISTRY/REPOSITORY without tag and digest.
std::string name_of(std::string_view image) { return std::string(split_tag(image.substr(0, image.find('@'))).name); }

Result<ImageReference> target_of(const ChosenBuild& chosen, const std::string& registry) {
  if (registry.empty()) return chosen.image;
  const std::string prefix = registry.ends_with('/') ? registry.substr(0, registry.size() - 1) : registry;
  return parse_image_reference(fmt::format("{}/{}:{}", prefix, chosen.image.repository, chosen.image.tag));
}

Result<std::string> text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return failure(ErrorKind::not_found, fmt::format("cannot read {}", quote(file.string())));
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

/// The entries of `images` that name this image, and those that the build is for.
std::map<std::string, std::string> entries_of(const Project& project, const ChosenBuild& chosen,
                                              const ImageReference& target) {
  std::map<std::string, std::string> out;
  for (const std::string& key : chosen.build.streamlets) out[key] = target.text();
  for (const auto& [key, image] : project.images) {
    const std::string name = name_of(image.value);
    if (name == target.name() || name == chosen.image.name()) out[key] = target.text();
  }
  return out;
}

/// Everything that can be known to be wrong before something is sent.
Result<ToPush> prepare(const ChosenBuild& chosen, const ImageProject& project, const PushOptions& options) {
  CF_TRY(ImageReference target, target_of(chosen, options.registry));
  Result<Layout> layout = Layout::open(chosen.layout);
  if (!layout) {
    layout.error().hint = fmt::format("cloudflow image build {} makes it", chosen.name);
    return std::unexpected(layout.error());
  }
  ToPush out{chosen, *layout};
  CF_TRY(out.held, layout->held());
  if (out.held.name != chosen.image.text())
    return failure(ErrorKind::conflict,
                   fmt::format("{} holds {}, and the project asks for {}", quote(chosen.layout.string()),
                               quote(out.held.name), chosen.image.text()),
                   fmt::format("cloudflow image build {}", chosen.name));
  target.digest = out.held.manifest.digest;
  out.target = std::move(target);
  if (!options.write) return out;
  out.images = entries_of(project.project, chosen, out.target);
  if (out.images.empty())
    return failure(
        ErrorKind::invalid_input,
        fmt::format("no entry of `images` names {}: nothing says where its digest belongs", chosen.image.name()),
        "write for: [STREAMLET, …] into the build, or push with --no-write");
  if (project.file.extension() == ".conf")
    return failure(ErrorKind::unsupported,
                   fmt::format("{} is no YAML: its text is not changed", quote(project.file.string())),
                   "push with --no-write, and write the digest yourself");
  CF_TRY(const std::string text, text_of(project.file));
  CF_CHECK(with_images(text, quote(project.file.string()), out.images));
  return out;
}

/// Reads the file again: it may have been edited while the image was sent.
Result<bool> write(const ToPush& push, const ImageProject& project) {
  if (push.images.empty()) return false;
  CF_TRY(const std::string before, text_of(project.file));
  CF_TRY(const std::string after, with_images(before, quote(project.file.string()), push.images));
  if (after == before) return false;
  std::error_code trouble;
  const fs::path real = fs::canonical(project.file, trouble);  // a link stays one
  CF_CHECK(write_whole_file(trouble ? project.file : real, after));
  return true;
}

std::string summary(const PushedImage& pushed) {
  std::vector<std::string> parts;
  if (pushed.sent > 0)
    parts.push_back(
        fmt::format("{} sent ({:.1f} MB)", counted(pushed.sent, "layer"), static_cast<double>(pushed.bytes) / 1e6));
  if (pushed.mounted > 0) parts.push_back(fmt::format("{} taken from the base", counted(pushed.mounted, "layer")));
  if (pushed.there > 0) parts.push_back(fmt::format("{} there already", counted(pushed.there, "layer")));
  return join(parts, ", ");
}

Result<Json> push(const ToPush& one, const ImageProject& project, Registries& registries, View& view,
                  const std::stop_token& stop) {
  Repository repository = registries.open(one.target);
  CF_TRY(const PushedImage pushed,
         push_image(
             one.layout, one.held, one.target, repository, [&view](std::string_view line) { view.note(line); }, stop));
  view.note(fmt::format("{}: {}", one.chosen.name, summary(pushed)));
  CF_TRY(const bool written, write(one, project));
  if (written) {
    std::vector<std::string> keys;
    for (const auto& [key, image] : one.images) keys.push_back(key);
    view.note(fmt::format("{} names it now: {}", project.file.string(), join(keys, ", ")));
  }
  return Json{{"name", one.chosen.name},      {"image", one.target.text()}, {"digest", pushed.digest},
              {"layers_sent", pushed.sent},   {"bytes_sent", pushed.bytes}, {"layers_mounted", pushed.mounted},
              {"layers_there", pushed.there}, {"written", written}};
}

ExitCode run_push(const PushOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  const std::optional<ImageProject> project = read_image_project(options.image, host, *view);
  if (!project) return ExitCode::failed;
  const auto failed = [&](const ChosenBuild& chosen, const Error& why) {
    view->error(failure_in(fmt::format("cannot push {}", quote(chosen.name)), why).error());
    return ExitCode::failed;
  };
  std::vector<ToPush> all;
  for (const ChosenBuild& chosen : project->chosen) {
    Result<ToPush> one = prepare(chosen, *project, options);
    if (!one) return failed(chosen, one.error());
    all.push_back(*std::move(one));
  }
  Registries registries;
  Json answer = Json::array();
  for (const ToPush& one : all) {
    Result<Json> pushed = push(one, *project, registries, *view, host.finish);
    if (!pushed) return failed(one.chosen, pushed.error());
    if (!options.json) print_out(printable(one.target.text()) + "\n");
    answer.push_back(*std::move(pushed));
  }
  if (options.json) print_out(dump({{"format_version", "1.0"}, {"images", std::move(answer)}}) + "\n");
  return ExitCode::ok;
}

}  // namespace

void add_image_push(CLI::App& image, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<PushOptions>();
  CLI::App* command = image.add_subcommand("push", "Push what was built, and write its digest into the project file");
  add_image_options(*command, options->image);
  command
      ->add_option("--registry", options->registry, "Another registry than that of the builds, with a path or without")
      ->type_name("HOST[:PORT][/PATH]");
  command->add_flag("!--no-write", options->write, "Leave the project file as it is");
  add_json(*command, options->json, "what was pushed as one JSON document on stdout");
  command->callback([options, &host, &exit] { exit = run_push(*options, host); });
}

}  // namespace cloudflow
