// `cloudflow unlock`: takes away the lock of an apply that is known to be dead.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/approval.h"
#include "cli/commands/commands.h"
#include "cli/steps.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct UnlockOptions {
  SourceOptions source{};
  bool yes = false;
};

/// Whether the lock may be taken away: its holder is dead, or the user wants it all the same.
bool may_break(ApplicationLock held, const LockSeen& lock, bool yes, const Host& host, View& view) {
  if (yes || lock.is_dead) return true;
  view.note(fmt::format("{} has the lock, last renewed {}; looking whether it is renewed again.", quote(lock.holder),
                        lock.renewed));
  const Result<bool> alive = held.is_at_work(lock, host.finish);
  if (!alive) {
    view.error(alive.error());
    return false;
  }
  if (!*alive) return true;
  if (host.input_is_terminal) {
    return is_approved(host, view,
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
  const std::optional<Source> source = read_source(options.source, host, *view);
  if (!source) return ExitCode::failed;
  Access access = connect(*source, host);
  Outside* outside = shown(access, *view);
  if (outside == nullptr) return ExitCode::failed;
  ApplicationLock held = outside->cluster().lock();
  const Result<std::optional<LockSeen>> lock = held.holder(host.finish);
  if (!lock) {
    view->error(lock.error());
    return ExitCode::failed;
  }
  if (!*lock) {
    view->note("There was no lock.");
    return ExitCode::ok;
  }
  if (!may_break(held, **lock, options.yes, host, *view)) return ExitCode::failed;
  if (const Result<void> broken = held.take_away_from(**lock, host.finish); !broken) {
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
