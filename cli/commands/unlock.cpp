// `cloudflow unlock`: takes away the lock of an apply that is known to be dead.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

ExitCode run_unlock(const SourceOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  Session session(host, *view, options);
  if (!session.open_project() || !session.open_application() || !session.choose_environment() || !session.connect())
    return ExitCode::failed;
  const Result<std::optional<std::string>> holder = session.kubernetes().break_lock(host.abort);
  if (!holder) {
    view->error(holder.error());
    return ExitCode::failed;
  }
  view->note(*holder ? fmt::format("The lock of {} is gone.", quote(**holder)) : "There was no lock.");
  return ExitCode::ok;
}

}  // namespace

void add_unlock(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<SourceOptions>();
  CLI::App* command = app.add_subcommand(
      "unlock", "Take away the lock of an apply that is known to be dead (it also expires by itself)");
  add_source_options(*command, *options, true);
  command->callback([options, &host, &exit] { exit = run_unlock(*options, host); });
}

}  // namespace cloudflow
