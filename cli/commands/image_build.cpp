// `cloudflow image build`: images from programs, class paths or files, each as an OCI layout.
#include "cli/commands/image_build.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/image/registries.h"
#include "cli/views/view.h"
#include "sdk/support/printable.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct BuildOptions {
  ImageOptions image{};
  bool json = false;
};

Json json_of(const ChosenBuild& chosen, const BuiltImage& built) {
  Json layers = Json::array();
  for (std::size_t n = 0; n < built.layers.size(); ++n) {
    const Blob& layer = built.layers[n];
    layers.push_back({{"digest", layer.digest}, {"size", layer.size}, {"base", n < built.base_layers}});
  }
  return {{"name", chosen.name},
          {"image", chosen.image.text()},
          {"digest", built.manifest.digest},
          {"platform", "linux/" + built.architecture},
          {"layers", std::move(layers)},
          {"layout", chosen.layout.string()}};
}

std::string line_of(const ChosenBuild& chosen, const BuiltImage& built) {
  long long bytes = 0;
  for (const Blob& layer : built.layers) bytes += layer.size;
  return fmt::format("{}  {}@{}  linux/{}  {}, {:.1f} MB  {}", chosen.name, chosen.image.text(), built.manifest.digest,
                     built.architecture, counted(static_cast<long long>(built.layers.size()), "layer"),
                     static_cast<double>(bytes) / 1e6, chosen.layout.string());
}

Result<BuiltImage> build(const ChosenBuild& chosen, const ImageProject& project, Registries& registries,
                         const std::stop_token& stop) {
  CF_TRY(const ImageRecipe recipe, recipe_of(chosen, project, stop));
  CF_TRY(const Layout layout, Layout::create(chosen.layout));
  return build_image(recipe, layout, [&](const ImageReference& base) { return registries.open(base); }, stop);
}

ExitCode run_build(const BuildOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  const std::optional<ImageProject> project = read_image_project(options.image, host, *view);
  if (!project) return ExitCode::failed;
  Registries registries;
  Json answer = Json::array();
  for (const ChosenBuild& chosen : project->chosen) {
    const Result<BuiltImage> built = build(chosen, *project, registries, host.finish);
    if (!built) {
      Error error = failure_in(fmt::format("cannot build {}", quote(chosen.name)), built.error()).error();
      if (!error.where) error.where = chosen.build.where;
      view->error(error);
      return ExitCode::failed;
    }
    answer.push_back(json_of(chosen, *built));
    if (!options.json) print_out(printable(line_of(chosen, *built)) + "\n");
  }
  if (options.json) print_out(dump({{"format_version", "1.0"}, {"images", std::move(answer)}}) + "\n");
  return ExitCode::ok;
}

}  // namespace

void add_image_build(CLI::App& image, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<BuildOptions>();
  CLI::App* command = image.add_subcommand("build", "Build images as `builds:` in the project file says");
  add_image_options(*command, options->image);
  add_json(*command, options->json, "the images as one JSON document on stdout");
  command->callback([options, &host, &exit] { exit = run_build(*options, host); });
}

}  // namespace cloudflow
