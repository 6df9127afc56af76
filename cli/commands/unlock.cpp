// `cloudflow unlock`: takes away the lock of an apply that is known to be dead.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/apply_plan.h"
#include "cli/commands/commands.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct UnlockOptions {
  SourceOptions source{};
  bool yes = false;
};

/// Whether the lock may be taken away: its holder is dead, or the user wants it all the same.
bool may_break(Session& session, const LockSeen& lock, bool yes) {
  if (yes || lock.is_dead) return true;
  View& view = session.view();
  view.note(fmt::format("{} has the lock, last renewed {}; looking whether it is renewed again.", quote(lock.holder),
                        lock.renewed));
  const Result<bool> alive = session.cluster().lock().is_at_work(lock, session.host().finish);
  if (!alive) {
    view.error(alive.error());
    return false;
  }
  if (!*alive) return true;
  if (session.host().input_is_terminal) {
    return is_approved(session, false,
                       {.text = "\nIts holder is at work. Take the lock away all the same? Only \"yes\" is taken as "
                                "agreement: ",
                        .answer = "yes",
                        .verb = "unlock",
                        .otherwise = "The lock stays."});
  }
  view.error({ErrorKind::denied, fmt::format("{} is at work: it has just renewed the lock", quote(lock.holder)),
              std::nullopt, "wait for it or end it; --yes takes the lock away all the same"});
  return false;
}

ExitCode run_unlock(const UnlockOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  Session session(host, *view, options.source);
  if (!session.open_project() || !session.open_application() || !session.choose_environment() || !session.connect())
    return ExitCode::failed;
  const Result<std::optional<LockSeen>> lock = session.cluster().lock().holder(host.finish);
  if (!lock) {
    view->error(lock.error());
    return ExitCode::failed;
  }
  if (!*lock) {
    view->note("There was no lock.");
    return ExitCode::ok;
  }
  if (!may_break(session, **lock, options.yes)) return ExitCode::failed;
  if (const Result<void> broken = session.cluster().lock().take_away_from(**lock, host.finish); !broken) {
    view->error(broken.error());
    return ExitCode::failed;
  }
  view->note(fmt::format("The lock of {} is gone.", quote((*lock)->holder)));
  return ExitCode::ok;
}

}  // namespace

void add_unlock(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<UnlockOptions>();
  CLI::App* command = app.add_subcommand(
      "unlock", "Take away the lock of an apply that is known to be dead (it also expires by itself)");
  add_source_options(*command, options->source, true);
  command->add_flag("-y,--yes", options->yes, "Do not look first whether its holder is at work");
  command->callback([options, &host, &exit] { exit = run_unlock(*options, host); });
}

}  // namespace cloudflow
