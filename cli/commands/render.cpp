// `cloudflow render`: the desired objects and topics, without asking any system.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/views/resource_text.h"

namespace cloudflow {
namespace {

struct RenderOptions {
  SourceOptions source{};
  std::string format = "yaml";
};

ExitCode run_render(const RenderOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  Session session(host, *view, options.source);
  if (!session.open_project() || !session.open_application() || !session.choose_environment() || !session.render())
    return ExitCode::failed;
  print_out(options.format == "json" ? resources_json(session.desired()) : resources_yaml(session.desired()));
  session.leave_values();
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
