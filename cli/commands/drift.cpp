// `cloudflow drift`: what others have changed since the last apply.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <optional>

#include "cli/approval.h"
#include "cli/commands/commands.h"
#include "cli/pipeline/plans.h"
#include "cli/pipeline/record.h"
#include "cli/steps.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct DriftOptions {
  SourceOptions source{};
  bool json = false;
  bool full = false;
};

/// The source as it was applied last: what differs from it was not changed by git. Says it where that is not to be had,
/// and takes the source as it is.
SourceOptions as_applied(const Source& source, const Inventory& record, View& view) {
  const SourceOptions& out = source.options;
  const std::string commit = string_at(record.last, {"commit"});
  if (!out.revision.empty()) return out;
  if (was_interrupted(record) || int_at(record.last, {"refused"}) > 0)
    view.note("The last apply did not do all that its commit asks for: what it left undone is shown, too.");
  if (commit.empty() || bool_at(record.last, {"dirty"})) {
    view.note(
        "The last apply was of a folder with changes that no commit has: what is compared is the folder as it is.");
    return out;
  }
  return at_commit(source, commit);
}

/// What the cluster knows of the last apply. Nothing, said, where that cannot be asked, or there was none.
std::optional<Inventory> read_record(const Source& source, const Host& host, View& view) {
  Access access = connect(source, host);
  Outside* outside = shown(access, view);
  if (outside == nullptr) return std::nullopt;
  Result<Inventory> record = outside->cluster().record().read(host.finish);
  if (!record) {
    view.error(record.error());
    return std::nullopt;
  }
  if (record->last.is_null()) {
    view.error({ErrorKind::not_found,
                fmt::format("{} was never applied here, so nothing can have drifted", source.application.id),
                std::nullopt, "to see what an apply would do: cloudflow plan"});
    return std::nullopt;
  }
  if (string_at(record->last, {"command"}) == "destroy") {
    view.error({ErrorKind::not_found,
                fmt::format("{} was destroyed here, so nothing can have drifted", source.application.id), std::nullopt,
                "to see what an apply would do: cloudflow plan"});
    return std::nullopt;
  }
  return *std::move(record);
}

ExitCode run_drift(const DriftOptions& options, const Host& host) {
  const std::unique_ptr<View> view =
      options.json ? make_json_view(JsonAnswer::document) : make_text_view(host, {.full = options.full});
  const std::optional<Source> here = read_source(options.source, host, *view);
  if (!here) return without_plan(host);
  const std::optional<Inventory> record = read_record(*here, host, *view);
  if (!record) return without_plan(host);
  const SourceOptions applied = as_applied(*here, *record, *view);
  const std::optional<Source> source =
      applied.revision == here->options.revision ? here : read_source(applied, host, *view);
  if (!source) return without_plan(host);
  Access access = connect(*source, host);
  std::optional<Desired> desired = shown(read_desired(*source, access, std::nullopt, host.finish), *view);
  if (!desired) return without_plan(host);
  const std::optional<Planned> planned = shown(plan_desired(*source, **access, *desired, {}, host.finish), *view);
  if (!planned) return without_plan(host);
  view->plan(planned->plan);
  if (!planned->plan.rejections.empty()) return ExitCode::failed;
  // What the policy refuses to take back has drifted all the same.
  return planned->plan.changes.empty() ? ExitCode::ok : ExitCode::changes;
}

}  // namespace

void add_drift(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<DriftOptions>();
  CLI::App* command = app.add_subcommand(
      "drift", "What others have changed since the last apply; changes nothing, exit 2 where there is something");
  add_source_options(*command, options->source, true);
  add_json(*command, options->json, "the plan that would take it back as one JSON document on stdout");
  command->add_flag("--full", options->full, "Show every field and every line that changes");
  command->callback([options, &host, &exit] { exit = run_drift(*options, host); });
}

}  // namespace cloudflow
