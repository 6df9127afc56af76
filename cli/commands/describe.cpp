// `cloudflow describe`: what a program of streamlets says of itself, and whether a file says the same.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "cli/commands/commands.h"
#include "cli/described_program.h"
#include "cli/views/view.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

struct DescribeOptions {
  std::string program{};
  std::string output{};
  std::string check{};
};

/// The text of a file; empty where there is none yet.
std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

ExitCode check(const std::string& file, const DescribedProgram& program, View& view) {
  const Json known = Json::parse(text_of(file), nullptr, false);
  const std::vector<std::string> changes = described_otherwise(known, program.list);
  if (known.is_array() && changes.empty()) return ExitCode::ok;
  view.error({ErrorKind::conflict,
              fmt::format("{} is not what the program says: {}", quote(file),
                          changes.empty() ? "it is no list of descriptors" : join(changes, "; ")),
              std::nullopt, fmt::format("write it anew with --output {}", file)});
  return ExitCode::failed;
}

ExitCode write(const std::string& file, const DescribedProgram& program, View& view) {
  const std::string before = text_of(file);
  if (before == program.text) return ExitCode::ok;  // a build that looks at times has nothing to do
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << program.text << std::flush;
  if (!out) {
    view.error({ErrorKind::denied, fmt::format("cannot write {}: {}", quote(file), std::strerror(errno))});
    return ExitCode::failed;
  }
  const std::vector<std::string> changes = described_otherwise(Json::parse(before, nullptr, false), program.list);
  view.note(fmt::format("{}: {}", file, changes.empty() ? "written in another form" : join(changes, "; ")));
  return ExitCode::ok;
}

ExitCode run_describe(const DescribeOptions& options, const Host& host) {
  const std::unique_ptr<View> view = make_text_view(host, {});
  const Result<DescribedProgram> program = describe_program(options.program, host.finish);
  if (!program) {
    view->error(program.error());
    return ExitCode::failed;
  }
  if (!options.check.empty()) return check(options.check, *program, *view);
  if (!options.output.empty()) return write(options.output, *program, *view);
  print_out(program->text);
  return ExitCode::ok;
}

}  // namespace

void add_describe(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<DescribeOptions>();
  CLI::App* command = app.add_subcommand("describe", "Print what a program of streamlets says of itself: descriptors");
  command->add_option("program", options->program, "A program that is written with cloudflow's library")
      ->required()
      ->type_name("PROGRAM");
  CLI::Option* output =
      command->add_option("-o,--output", options->output, "Write them to this file, if it says something else")
          ->type_name("FILE");
  command->add_option("--check", options->check, "Exit code 1, with what differs, where this file says something else")
      ->type_name("FILE")
      ->excludes(output);
  command->callback([options, &host, &exit] { exit = run_describe(*options, host); });
}

}  // namespace cloudflow
