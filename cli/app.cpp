// The command tree: one line per command.
#include "cli/app.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>

#include "cli/cloudflow2/command_line.h"
#include "cli/commands/commands.h"
#include "cli/version.h"
#include "cli/views/layout.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr AddCommand commands[] = {
    add_validate, add_render,  add_graph,   add_plan,     add_drift,    add_apply, add_destroy, add_forget, add_adopt,
    add_status,   add_sync,    add_history, add_rollback, add_list,     add_rbac,  add_unlock,  add_config, add_explain,
    add_schema,   add_migrate, add_sandbox, add_image,    add_describe, add_init,  add_version};

/// Says what is wrong with the command line.
void say_mistake(std::string_view message, std::string_view hint, const Host& host) {
  print_err(laid_out(fmt::format("error: {}\n  hint: {}\n", message, hint), host.error_width));
}

/// What removes or overrides something is never guessed: whoever wants it says it.
bool may_be_guessed(std::string_view word) {
  static constexpr std::string_view dangerous[] = {"destroy", "forget", "unlock", "--yes"};
  return std::ranges::find(dangerous, word) == std::end(dangerous) && !word.starts_with("--delete") &&
         !word.starts_with("--allow") && !word.starts_with("--ignore");
}

/// The exit code for a first word that is no command: CLI11 would only say that one is missing.
int unknown_command(const std::string& word, const CLI::App& app, const Host& host) {
  if (word.starts_with('-')) return 0;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  if (std::ranges::find(names, word) != names.end()) return 0;
  const std::string nearest = did_you_mean(word, names);
  std::erase_if(names, [](const std::string& name) { return !may_be_guessed(name); });
  // What is nearest may be among these: then the next one was surely not meant.
  const std::string hint = did_you_mean(word, names) == nearest ? nearest : "";
  say_mistake(fmt::format("there is no command {}", quote(word)), hint.empty() ? "cloudflow --help lists them" : hint,
              host);
  return static_cast<int>(ExitCode::failed);
}

/// The command that was being parsed: "cloudflow schema check", and the options and commands that it takes.
struct Parsed {
  std::string name{};
  std::vector<std::string> words{};
};

Parsed parsed_command(const CLI::App& app) {
  const CLI::App* at = &app;
  Parsed out{.name = app.get_name()};
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    out.name += " " + at->get_name();
  }
  for (const CLI::Option* option : at->get_options()) {
    for (const std::string& name : option->get_lnames()) out.words.push_back("--" + name);
  }
  for (const CLI::App* command : at->get_subcommands([](const CLI::App*) { return true; }))
    out.words.push_back(command->get_name());
  std::erase_if(out.words, [](const std::string& word) { return !may_be_guessed(word); });
  return out;
}

/// What --help and --version ask for.
std::string answer_to(const CLI::ParseError& asked, CLI::App& app) {
  std::ostringstream out;
  app.exit(asked, out, out);
  return out.str();
}

/// CLI11's words in our form.
int wrong_arguments(const CLI::ParseError& problem, const std::string& first, CLI::App& app, const Host& host) {
  const Parsed command = parsed_command(app);
  std::string message = problem.what();
  std::string hint;
  const std::vector<std::string> left = app.remaining(true);
  const bool wants_command = message == "A subcommand is required";
  if (wants_command && left.empty()) {
    message = fmt::format("{} needs one of its commands", command.name);
  } else if (wants_command || problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    const std::string word = left.empty() ? "" : left.front();
    message = fmt::format("{} does not take {}", command.name, quote(word));
    hint = did_you_mean(word.substr(0, word.find('=')), command.words);
    if (word == first && command.name != app.get_name()) {
      message = fmt::format("{} stands before the command", quote(word));
      hint = fmt::format("options come after it: {} {} …", command.name, word);
    }
  }
  if (hint.empty()) hint = command.name + " --help says what it takes";
  say_mistake(message, hint, host);
  return static_cast<int>(ExitCode::failed);
}

/// `cloudflow help plan` means `cloudflow plan --help`.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> out(argv + 1, argv + argc);
  if (!out.empty() && out.front() == "help") {
    out.erase(out.begin());
    out.emplace_back("--help");
  }
  return out;
}

int run_commands(int argc, char** argv) {
  const Host host = make_host();
  ExitCode exit = ExitCode::ok;
  CLI::App app(
      "Plans and applies streaming applications on Kubernetes and Kafka.\n"
      "Exit codes: 0 done or nothing to do, 1 error, or not agreed to, 2 changes (plan --detailed-exitcode),\n"
      "3 something refused, 4 partly applied (run apply again), 130 interrupted.",
      "cloudflow");
  app.set_version_flag("--version", std::string("cloudflow ") + std::string(program_version));
  app.require_subcommand(1);
  for (const AddCommand add : commands) add(app, host, exit);
  const std::vector<std::string> arguments = argc > 0 ? arguments_of(argc, argv) : std::vector<std::string>{};
  if (arguments.empty()) {
    print_err(laid_out_below(app.help(), host.error_width));
    return static_cast<int>(ExitCode::failed);
  }
  if (const int code = unknown_command(arguments.front(), app, host); code != 0) return code;
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the back
  } catch (const CLI::ParseError& problem) {
    // Help and version are no mistakes.
    if (problem.get_exit_code() != 0) return wrong_arguments(problem, arguments.front(), app, host);
    print_out(laid_out_below(answer_to(problem, app), host.output_width));
  }
  if (exit == ExitCode::failed && host.finish.stop_requested()) exit = ExitCode::interrupted;
  return static_cast<int>(exit);
}

}  // namespace

int run_app(int argc, char** argv) {
  const int code = argc > 0 && is_cloudflow2(argv[0]) ? run_cloudflow2(argc, argv) : run_commands(argc, argv);
  const std::optional<std::string> lost = output_problem();
  if (!lost) return code;
  print_err(fmt::format("error: {}\n", *lost));
  // Without its answer neither "done" nor "changes" may be believed.
  const bool well = code == static_cast<int>(ExitCode::ok) || code == static_cast<int>(ExitCode::changes);
  return well ? static_cast<int>(ExitCode::failed) : code;
}

}  // namespace cloudflow
