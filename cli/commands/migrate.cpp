// `cloudflow migrate blueprint FILE`: a Cloudflow 1 blueprint in the form of version 2.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/named_files.h"
#include "cli/steps.h"
#include "planner/blueprint/read_blueprint.h"
#include "planner/config/print_config.h"
#include "planner/config/read_config.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct MigrateOptions {
  SourceOptions source{};
  std::string blueprint = "blueprint.conf";
};

/// Version 1 took a streamlet alone for its only inlet; which one that is stands in its descriptor.
void warn_about_missing_inlets(const ConfigValue& connections, Diagnostics& problems) {
  for (const auto& [key, member] : connections.members()) warn_about_missing_inlets(member, problems);
  for (const ConfigValue& item : connections.items()) warn_about_missing_inlets(item, problems);
  if (!connections.is_string() || connections.text().find('.') != std::string::npos) return;
  problems.warning("invalid-port-path", connections.where(),
                   fmt::format("consumer {} names no inlet, which version 2 wants", quote(connections.text())),
                   fmt::format("complete it in what is printed: {}.INLET", connections.text()),
                   static_cast<int>(connections.text().size()));
}

ExitCode run_migrate(MigrateOptions& options, const Host& host) {
  std::string* const named[] = {&options.blueprint};
  widen_folder(options.source, named);
  const std::unique_ptr<View> view = make_text_view(host, {});
  const std::shared_ptr<const SourceTree> tree = open_shown(options.source, host, *view);
  if (tree == nullptr) return ExitCode::failed;
  Diagnostics problems;
  const std::vector<std::string> files = {options.blueprint};
  const ConfigValue value = read_config(*tree, files, environment_variable, problems);
  const ConfigValue* connections = value.dotted("blueprint.connections");
  if (!problems.has_errors() && connections == nullptr) {
    problems.error("nothing-to-migrate", {tree->display(options.blueprint), 0, 0},
                   "there is no blueprint.connections: this is no Cloudflow 1 blueprint");
  }
  if (!problems.has_errors()) warn_about_missing_inlets(*connections, problems);
  view->diagnostics(problems);
  if (problems.has_errors()) return ExitCode::failed;
  std::string streamlets;
  if (const ConfigValue* section = value.dotted("blueprint.streamlets")) {
    for (const auto& [name, streamlet] : section->members())
      streamlets += fmt::format("    {} = {}\n", path_step(name), streamlet.to_json_text());
  }
  std::string topics;
  for (const std::string& line : split(trimmed(migrate_connections(*connections)), '\n')) topics += "  " + line + "\n";
  print_out(fmt::format("blueprint {{\n  streamlets {{\n{}  }}\n{}}}\n", streamlets, topics));
  return ExitCode::ok;
}

}  // namespace

void add_migrate(CLI::App& app, const Host& host, ExitCode& exit) {
  CLI::App* migrate = app.add_subcommand("migrate", "Bring something old into today's form");
  migrate->require_subcommand(1);
  const auto options = std::make_shared<MigrateOptions>();
  CLI::App* command = migrate->add_subcommand(
      "blueprint", "Print a Cloudflow 1 blueprint (connections) in the form of version 2 (topics)");
  command->add_option("file", options->blueprint, "Blueprint, relative to the project's folder");
  add_source_options(*command, options->source, false);
  command->callback([options, &host, &exit] { exit = run_migrate(*options, host); });
}

}  // namespace cloudflow
