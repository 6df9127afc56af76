// The command tree: one line per command.
#include "cli/app.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>

#include "cli/classic/classic.h"
#include "cli/commands/commands.h"
#include "cli/version.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

constexpr AddCommand commands[] = {add_validate, add_render,  add_graph,  add_plan,    add_apply,
                                   add_destroy,  add_adopt,   add_status, add_sync,    add_unlock,
                                   add_config,   add_explain, add_schema, add_migrate, add_version};

/// The exit code for a first word that is no command: CLI11 would only say that one is missing.
int unknown_command(int argc, char** argv, const CLI::App& app) {
  const std::string word = argc > 1 ? argv[1] : "";
  if (word.empty() || word.starts_with('-')) return 0;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  if (std::ranges::find(names, word) != names.end()) return 0;
  const std::string hint = did_you_mean(word, names);
  print_err(fmt::format("error: there is no command {}\n  hint: {}\n", quote(word),
                        hint.empty() ? "cloudflow --help lists them" : hint));
  return static_cast<int>(ExitCode::failed);
}

}  // namespace

int run_app(int argc, char** argv) {
  if (argc > 0 && is_classic(argv[0])) return run_classic(argc, argv);
  const Host host = make_host();
  ExitCode exit = ExitCode::ok;
  CLI::App app(
      "Plans and applies streaming applications on Kubernetes and Kafka.\n"
      "Exit codes: 0 done or nothing to do, 1 error, 2 changes (plan --detailed-exitcode), 3 refused by policy,\n"
      "4 partly applied (run apply again), 130 interrupted.",
      "cloudflow");
  app.set_version_flag("--version", std::string("cloudflow ") + std::string(program_version));
  app.require_subcommand(1);
  for (const AddCommand add : commands) add(app, host, exit);
  if (const int code = unknown_command(argc, argv, app); code != 0) return code;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    // CLI11 prints help to stdout and mistakes to stderr; any mistake is our code 1.
    return app.exit(problem) == 0 ? 0 : static_cast<int>(ExitCode::failed);
  }
  return static_cast<int>(exit);
}

}  // namespace cloudflow
