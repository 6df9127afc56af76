// `cloudflow validate`: proves everything offline, all mistakes at once.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

struct ValidateOptions {
  SourceOptions source{};
  bool json = false;
};

/// What is good to know of a valid application.
std::string summary(const Application& application, std::size_t environments) {
  return fmt::format("{} {}: {} on {}, {}: valid\n", application.id, application.version,
                     counted(static_cast<long long>(application.streamlets.size()), "streamlet"),
                     counted(static_cast<long long>(application.topics.size()), "topic"),
                     counted(static_cast<long long>(environments), "environment"));
}

ExitCode run_validate(const ValidateOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  Session session(host, *view, options.source);
  Diagnostics problems;
  const bool valid = session.validate(problems);
  if (options.json) {
    print_out(diagnostics_json(problems));
  } else {
    view->diagnostics(problems);
    if (valid) print_out(summary(session.application(), session.project().environments.size()));
  }
  return valid ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

void add_validate(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<ValidateOptions>();
  CLI::App* command = app.add_subcommand(
      "validate", "Prove the whole source offline: all mistakes at once, each with its place and a hint");
  add_source_options(*command, options->source, true);
  command->add_flag("--json", options->json, "Problems as one JSON document on stdout");
  command->callback([options, &host, &exit] { exit = run_validate(*options, host); });
}

}  // namespace cloudflow
