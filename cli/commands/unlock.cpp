// `cloudflow unlock`: takes away the lock of an apply that is known to be dead.
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"

namespace cloudflow {
namespace {

ExitCode run_unlock(const SourceOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  Session session(host, *view, options);
  if (!session.open_project() || !session.open_application() || !session.choose_environment() || !session.connect())
    return ExitCode::failed;
  if (const Result<void> broken = session.kubernetes().break_lock(host.abort); !broken) {
    view->error(broken.error());
    return ExitCode::failed;
  }
  view->note("The lock is gone.");
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
