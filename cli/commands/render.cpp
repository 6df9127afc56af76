// `cloudflow render`: the desired objects and topics, without asking any system.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/pipeline/left_behind.h"
#include "cli/steps.h"
#include "cli/views/resource_text.h"

namespace cloudflow {
namespace {

struct RenderOptions {
  SourceOptions source{};
  std::string format = "yaml";
};

ExitCode run_render(const RenderOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  const std::optional<Source> source = read_source(options.source, host, *view);
  if (!source) return ExitCode::failed;
  std::optional<Gathered> gathered = shown(gather_offline(*source), *view);
  if (!gathered) return ExitCode::failed;
  std::optional<Desired> desired = shown(desired_of(*source, *std::move(gathered)), *view);
  if (!desired) return ExitCode::failed;
  print_out(options.format == "json" ? resources_json(desired->resources) : resources_yaml(desired->resources));
  leave_behind(std::move(desired));
  return ExitCode::ok;
}

}  // namespace

void add_render(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<RenderOptions>();
  CLI::App* command = app.add_subcommand(
      "render", "Print the objects and topics that the source asks for; asks no system, shows no secret");
  add_source_options(*command, options->source, true);
  add_format(*command, options->format, {"yaml", "json"});
  command->callback([options, &host, &exit] { exit = run_render(*options, host); });
}

}  // namespace cloudflow
