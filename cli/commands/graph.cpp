// `cloudflow graph`: the application as text, JSON, DOT, Mermaid or SVG.
#include "planner/graph/graph.h"

#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/steps.h"
#include "cli/views/layout.h"

namespace cloudflow {
namespace {

struct GraphOptions {
  SourceOptions source{};
  std::string format = "text";
};

ExitCode run_graph(const GraphOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  const std::optional<Source> source = read_application(options.source, host, *view);
  if (!source) return ExitCode::failed;
  const Application& application = source->application;
  if (options.format == "dot") {
    print_out(graph_dot(application));
  } else if (options.format == "mermaid") {
    print_out(graph_mermaid(application));
  } else if (options.format == "json") {
    print_out(graph_json(application).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  } else if (options.format == "svg") {
    print_out(graph_svg(application));
  } else {
    print_out(laid_out(graph_text(application), host.output_width));
  }
  return ExitCode::ok;
}

}  // namespace

void add_graph(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<GraphOptions>();
  CLI::App* command = app.add_subcommand("graph", "Print the application as text, JSON, DOT, Mermaid or SVG");
  add_source_options(*command, options->source, false);
  add_format(*command, options->format, {"text", "json", "dot", "mermaid", "svg"});
  command->callback([options, &host, &exit] { exit = run_graph(*options, host); });
}

}  // namespace cloudflow
