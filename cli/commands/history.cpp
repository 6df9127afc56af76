// `cloudflow history`: what was done to an application, when, by whom and from which commit.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>

#include "cli/commands/commands.h"
#include "cli/pipeline/history.h"
#include "cli/steps.h"
#include "cli/views/history_view.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct HistoryOptions {
  SourceOptions source{};
  std::optional<long long> revision{};  ///< of `show`
  bool json = false;
};

ExitCode run_history(const HistoryOptions& options, const Host& host) {
  const std::unique_ptr<View> view = options.json ? make_json_view(JsonAnswer::document) : make_text_view(host, {});
  const std::optional<Source> source = read_source(options.source, host, *view);
  if (!source) return ExitCode::failed;
  Access access = connect(*source, host);
  Outside* outside = shown(access, *view);
  if (outside == nullptr) return ExitCode::failed;
  Result<std::vector<HistoryEntry>> entries = history_of(*outside, host.finish);
  if (!entries) {
    view->error(entries.error());
    return ExitCode::failed;
  }
  if (options.revision) {
    const auto found = std::ranges::find(*entries, *options.revision, &HistoryEntry::revision);
    if (found == entries->end()) {
      view->error(no_revision(*entries, *options.revision));
      return ExitCode::failed;
    }
    entries = std::vector{*found};
  }
  if (options.json) {
    print_out(history_json(source->application.id, *entries));
  } else if (options.revision) {
    print_out(entry_text(entries->front()));
  } else if (entries->empty()) {
    print_out(
        fmt::format("{} has no history in {}: nothing was applied yet.\n", source->application.id, outside->name()));
  } else {
    print_out(history_text(*entries, Style(host.colour), host.output_width));
  }
  return ExitCode::ok;
}

}  // namespace

void add_history(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<HistoryOptions>();
  CLI::App* command =
      app.add_subcommand("history", "What was applied: when, by whom, from which commit, and how it ended");
  add_source_options(*command, options->source, true);
  add_json(*command, options->json, "the history as one JSON document on stdout");
  CLI::App* show = command->add_subcommand("show", "Everything that is known of one revision");
  show->add_option("REVISION", options->revision, "Its number in the history")
      ->required()
      ->type_name("")
      ->check(why_no_revision, "");
  show->fallthrough();
  command->callback([options, &host, &exit] { exit = run_history(*options, host); });
}

}  // namespace cloudflow
