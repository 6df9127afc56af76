// `cloudflow version`: this program's version and what it is built with.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/version.h"

namespace cloudflow {

void add_version(CLI::App& app, const Host&, ExitCode& exit) {
  CLI::App* command = app.add_subcommand("version", "Print the version");
  const auto json = std::make_shared<bool>(false);
  add_json(*command, *json, "one JSON document on stdout");
  command->callback([json, &exit] {
    print_out(*json ? Json{{"format_version", "1.0"}, {"version", program_version}}.dump(2) + "\n"
                    : fmt::format("cloudflow {}\n", program_version));
    exit = ExitCode::ok;
  });
}

}  // namespace cloudflow
