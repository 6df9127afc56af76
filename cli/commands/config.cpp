// `cloudflow config resolve FILE...`: the merged, resolved tree.
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/named_files.h"
#include "cli/steps.h"
#include "planner/config/print_config.h"
#include "planner/config/read_config.h"
#include "planner/project/client_passwords.h"
#include "planner/source/open_source.h"

namespace cloudflow {
namespace {

struct ConfigOptions {
  SourceOptions source{};
  std::vector<std::string> files{};
  bool origins = false;
  bool flat = false;
};

ExitCode run_resolve(ConfigOptions& options, const Host& host) {
  std::vector<std::string*> named;
  for (std::string& file : options.files) named.push_back(&file);
  widen_folder(options.source, named);
  const std::unique_ptr<View> view = make_text_view(host, {});
  const std::shared_ptr<const SourceTree> tree = open_shown(options.source, host, *view);
  if (tree == nullptr) return ExitCode::failed;
  Diagnostics problems;
  const ConfigValue value = with_passwords_marked(read_config(*tree, options.files, environment_variable, problems));
  view->diagnostics(problems);
  if (problems.has_errors()) return ExitCode::failed;
  print_out(options.flat ? print_flat(value, options.origins) : print_json(value, options.origins));
  return ExitCode::ok;
}

}  // namespace

void add_config(CLI::App& app, const Host& host, ExitCode& exit) {
  CLI::App* config = app.add_subcommand("config", "Work on configuration files");
  config->require_subcommand(1);
  const auto options = std::make_shared<ConfigOptions>();
  CLI::App* command = config->add_subcommand(
      "resolve", "Print the merged and resolved tree of HOCON, JSON and YAML files; later files win");
  command->add_option("files", options->files, "Files, relative to the project's folder")->required();
  add_source_options(*command, options->source, false);
  command->add_flag("--origin", options->origins, "Say for every value where it was written");
  command->add_flag("--flat", options->flat, "One line for each value");
  command->callback([options, &host, &exit] { exit = run_resolve(*options, host); });
}

}  // namespace cloudflow
