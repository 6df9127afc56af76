// `cloudflow version`: this program's version and what it is built with.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/version.h"

namespace cloudflow {

void add_version(CLI::App& app, const Host&, ExitCode& exit) {
  CLI::App* command = app.add_subcommand("version", "Print the version");
  command->callback([&exit] {
    print_out(fmt::format("cloudflow {}\n", program_version));
    exit = ExitCode::ok;
  });
}

}  // namespace cloudflow
