// The command tree: one line per command.
#include "cli/app.h"

#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/version.h"

namespace cloudflow {
namespace {

constexpr AddCommand commands[] = {add_validate, add_render, add_graph,  add_plan,    add_apply,  add_destroy, add_status,
                                   add_sync,     add_unlock, add_config, add_explain, add_schema, add_migrate, add_version};

}  // namespace

int run_app(int argc, char** argv) {
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
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    // CLI11 prints help to stdout and mistakes to stderr; any mistake is our code 1.
    return app.exit(problem) == 0 ? 0 : static_cast<int>(ExitCode::failed);
  }
  return static_cast<int>(exit);
}

}  // namespace cloudflow
