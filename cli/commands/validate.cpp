// `cloudflow validate`: proves everything offline, all mistakes at once.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/named_files.h"
#include "cli/pipeline/left_behind.h"
#include "cli/pipeline/offline.h"
#include "cli/steps.h"
#include "cli/views/findings_junit.h"
#include "cli/views/findings_sarif.h"
#include "cli/views/layout.h"
#include "planner/application/load_application.h"
#include "planner/project/read_project.h"
#include "planner/project/shared_kafka.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct ValidateOptions {
  SourceOptions source{};
  std::string blueprint{};
  std::vector<std::string> descriptors{};
  bool syntax_only = false;
  std::string format = "text";
};

/// What is good to know of a valid application.
std::string summary(const Application& application, std::size_t environments) {
  return fmt::format("{} {}: {} on {}, {}: valid\n", application.id, application.version,
                     counted(static_cast<long long>(application.streamlets.size()), "streamlet"),
                     counted(static_cast<long long>(application.topics.size()), "topic"),
                     counted(static_cast<long long>(environments), "environment"));
}

/// What programs and CI servers read.
std::string document(const ValidateOptions& options, const Diagnostics& problems, const FileText& file_text) {
  if (options.format == "json") return diagnostics_json(problems, file_text);
  const Findings found{.command = "validate",
                       .environment = options.source.environment,
                       .file = options.blueprint.empty() ? project_file_of(options.source) : options.blueprint,
                       .problems = problems};
  return options.format == "sarif" ? findings_sarif(found) : findings_junit(found, file_text);
}

/// A blueprint without a project file.
ExitCode run_blueprint(ValidateOptions& options, const Host& host) {
  const std::string given = options.blueprint;
  std::vector<std::string*> named = {&options.blueprint};
  for (std::string& path : options.descriptors) named.push_back(&path);
  widen_folder(options.source, named);
  const std::unique_ptr<View> view = make_text_view(host, {});
  const std::shared_ptr<const SourceTree> tree = open_shown(options.source, host, *view);
  if (tree == nullptr) return ExitCode::failed;
  Diagnostics problems;
  std::string said;
  bool valid = false;
  if (options.syntax_only) {
    valid = check_blueprint_syntax(*tree, options.blueprint, environment_variable, problems);
    said = fmt::format("{} reads as a blueprint\n", given);
  } else {
    std::vector<PlacedText> descriptors;
    for (const std::string& path : options.descriptors) descriptors.push_back({path, {}});
    const std::optional<Application> application =
        load_blueprint(*tree, options.blueprint, descriptors, environment_variable, problems);
    valid = application.has_value();
    if (application) {
      said = fmt::format("{}: {} on {}: valid\n", given,
                         counted(static_cast<long long>(application->streamlets.size()), "streamlet"),
                         counted(static_cast<long long>(application->topics.size()), "topic"));
    }
  }
  valid = valid && !problems.has_errors();
  if (options.format != "text") {
    print_out(document(options, problems, view->file_text()));
  } else {
    view->diagnostics(problems);
    if (valid) print_out(laid_out(said, host.output_width));
  }
  return valid ? ExitCode::ok : ExitCode::failed;
}

/// Source and every environment, or the one that is named. Nothing where the application cannot be read.
std::optional<Source> check_all(SourceOptions options, const Host& host, View& view, Diagnostics& problems) {
  enter_folder_of_project(options);
  Result<std::unique_ptr<SourceTree>> opened = open_source(source_request(options, host));
  if (!opened) {
    const Error& error = opened.error();
    problems.error("unreadable-source", error.where.value_or(SourcePos{}), error.message, error.hint);
    return std::nullopt;
  }
  const std::shared_ptr<const SourceTree> tree = show_files_of(*std::move(opened), view);
  std::optional<Project> project = read_project(*tree, options.file, environment_variable, problems);
  if (!project) return std::nullopt;
  std::optional<Application> application = load_application(*tree, *project, environment_variable, problems);
  if (!application) return std::nullopt;
  Source source{.tree = tree, .project = *std::move(project), .application = *std::move(application)};
  const std::string& only = options.environment;
  if (!only.empty() && !source.project.environments.contains(only)) {
    const Error wrong = no_environment(source.project, only);
    problems.error("unknown-environment", source.project.where, wrong.message, wrong.hint);
  }
  warn_of_shared_kafka(source.project, problems);
  leave_behind(check_environments(*source.tree, source.project, source.application, only, problems));
  return source;
}

ExitCode run_validate(ValidateOptions& options, const Host& host) {
  if (!options.blueprint.empty()) return run_blueprint(options, host);
  const std::unique_ptr<View> view = make_text_view(host, {});
  Diagnostics problems;
  std::optional<Source> source = check_all(options.source, host, *view, problems);
  const bool valid = source && !problems.has_errors();
  if (options.format != "text") {
    print_out(document(options, problems, view->file_text()));
  } else {
    view->diagnostics(problems);
    const bool one = !options.source.environment.empty();
    if (valid)
      print_out(
          laid_out(summary(source->application, one ? 1 : source->project.environments.size()), host.output_width));
  }
  leave_behind(std::move(source));
  return valid ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

void add_validate(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<ValidateOptions>();
  CLI::App* command = app.add_subcommand(
      "validate", "Prove the whole source offline: all mistakes at once, each with its place and a hint");
  add_source_options(*command, options->source, true);
  CLI::Option* blueprint =
      command->add_option("--blueprint", options->blueprint, "A blueprint alone, without a project file")
          ->type_name("FILE");
  command->add_option("--descriptors", options->descriptors, "Descriptor files or folders for --blueprint")
      ->needs(blueprint)
      ->type_name("PATH");
  command
      ->add_flag("--syntax-only", options->syntax_only, "Only whether --blueprint reads as one: no classes, no ports")
      ->needs(blueprint);
  add_format(*command, options->format, {"text", "json", "junit", "sarif"});
  add_json_flag(*command, options->format);
  command->callback([options, &host, &exit] { exit = run_validate(*options, host); });
}

}  // namespace cloudflow
