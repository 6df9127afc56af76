// `cloudflow sandbox`: runs the whole application on this machine, and follows the source.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "cli/commands/commands.h"
#include "cli/commands/sandbox_parts.h"
#include "cli/named_files.h"
#include "cli/sandbox/command_words.h"
#include "cli/sandbox/file_watch.h"
#include "cli/sandbox/running_sandbox.h"
#include "cli/sandbox/sandbox.h"
#include "cli/steps.h"
#include "cli/views/layout.h"
#include "cli/views/unrepeated_view.h"
#include "planner/graph/graph.h"
#include "planner/render/processes.h"
#include "sdk/support/clock.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// How often files are looked at. An edit shows after two looks.
constexpr std::chrono::milliseconds between_looks{250};

struct SandboxOptions {
  SourceOptions source{};
  int seconds = 0;  ///< 0: until it is stopped
  bool watch = true;
  std::string kafka{};
};

/// The source as it is now; nothing, shown, where it cannot even be opened.
std::optional<Step<Source>> read(const SandboxOptions& options, const Host& host, View& view) {
  std::shared_ptr<const SourceTree> tree = open_shown(options.source, host, view);
  if (tree == nullptr) return std::nullopt;
  return read_application_here(options.source, std::move(tree));
}

/// The broker that the source needs; nothing, shown, where it asks for something that is none.
std::optional<BrokerChoice> choose(const SandboxOptions& options, const Source& source, View& view) {
  Diagnostics problems;
  BrokerChoice out = choose_broker(options.kafka, source.application, source.project.sandbox, problems);
  view.diagnostics(problems);
  return problems.has_errors() ? std::nullopt : std::optional(std::move(out));
}

/// Every file that a command names, wherever it is.
std::set<std::string> programs_of(const SandboxSource& source) {
  std::set<std::string> out;
  for (const Resource& resource : source.desired) {
    if (resource.id.kind == "Process") out.merge(program_files(resource.spec));
  }
  return out;
}

void show_ports(const Sandbox& sandbox, View& view) {
  const SandboxBroker& broker = sandbox.broker();
  if (!broker.is_given())
    view.note(fmt::format("Kafka listens on {}{}.", broker.address(),
                          broker.is_embedded() ? ", for clients that are built on librdkafka" : ""));
  if (!sandbox.page().empty()) view.note(fmt::format("A browser shows what flows at {}", sandbox.page()));
  for (const auto& [streamlet, port] : sandbox.ports())
    view.note(fmt::format("{} listens on 127.0.0.1:{}.", streamlet, port));
}

/// One change of the source: plans it and makes it so.
void follow(Sandbox& sandbox, SandboxSource& now, SandboxSource next, View& view) {
  Step<Planned> step = sandbox.plan(next);
  if (step.error && step.error->kind == ErrorKind::interrupted) return;
  const std::optional<Planned> planned = shown(std::move(step), view);
  if (!planned) return;
  now = std::move(next);
  sandbox.announce(now);
  const bool has_refused =
      std::ranges::any_of(planned->plan.changes, [](const Change& one) { return one.refused.has_value(); });
  if (has_changes(planned->plan) || has_refused) view.plan(planned->plan);
  if (has_changes(planned->plan)) sandbox.apply(now, planned->plan);
}

/// Until somebody stops it, or the time is over.
void run_until_end(const SandboxOptions& options, const Host& host, UnrepeatedView& view, Sandbox& sandbox,
                   FileWatch& files, SandboxSource& now) {
  const auto end = real_clock().now() + std::chrono::seconds(options.seconds);
  bool is_wrong = false;
  while (!host.finish.stop_requested() && !output_is_closed() && (options.seconds == 0 || real_clock().now() < end)) {
    real_clock().sleep(between_looks, host.finish);
    if (!options.watch || !files.has_settled_change()) continue;
    std::optional<Step<Source>> read_anew = read(options, host, view);
    std::optional<SandboxSource> next = read_anew ? shown(sandbox.read(*std::move(read_anew)), view) : std::nullopt;
    view.next_round();
    if (!next && !is_wrong) view.note("What runs goes on as it is until that is mended.");
    is_wrong = !next;
    if (!next) continue;
    files.name_files(programs_of(*next));
    follow(sandbox, now, *std::move(next), view);
  }
}

ExitCode run_sandbox(SandboxOptions options, const Host& host) {
  enter_folder_of_project(options.source);
  UnrepeatedView shown_once(make_text_view(host, {}));  // each look at a mistake finds it again
  View* const view = &shown_once;
  FileWatch files(options.source.folder);  // before the source is read: what changes from here on is not missed
  std::optional<Step<Source>> first = read(options, host, *view);
  if (!first) return ExitCode::failed;
  if (!first->value) {
    std::ignore = shown(*std::move(first), *view);
    return ExitCode::failed;
  }
  const std::optional<BrokerChoice> broker = choose(options, *first->value, *view);
  if (!broker) return ExitCode::failed;
  if (find_running_sandbox(whole_folder(options.source.folder)))
    view->note("Another sandbox of this project runs already; `tail`, `send` and `top` take either.");
  Result<std::unique_ptr<Sandbox>> started = Sandbox::start(host, *view, *broker);
  if (!started) {
    if (started.error().kind == ErrorKind::interrupted) return ExitCode::ok;
    view->error(started.error());
    return ExitCode::failed;
  }
  Sandbox& sandbox = **started;
  std::optional<SandboxSource> source = shown(sandbox.read(*std::move(first)), *view);
  if (!source) return ExitCode::failed;
  files.name_files(programs_of(*source));
  std::vector<std::string> names;
  for (const Streamlet& streamlet : source->source.application.streamlets) names.push_back(streamlet.name);
  sandbox.show_lines_of(names);
  sandbox.announce(*source);
  const std::optional<Planned> planned = shown(sandbox.plan(*source), *view);
  if (!planned) return ExitCode::failed;
  print_out(laid_out(graph_text(source->source.application), host.output_width) + "\n");
  view->plan(planned->plan);
  show_ports(sandbox, *view);
  sandbox.apply(*source, planned->plan);
  if (!host.finish.stop_requested()) view->note("Ctrl-C stops it.");
  run_until_end(options, host, shown_once, sandbox, files, *source);
  const std::vector<std::string> not_running = sandbox.not_running(*source);
  view->note("Stopping.");
  sandbox.stop(*source);
  for (const std::string& one : not_running) view->error({ErrorKind::unavailable, one});
  return not_running.empty() ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

void add_sandbox(CLI::App& app, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<SandboxOptions>();
  CLI::App* command = app.add_subcommand(
      "sandbox", "Run the whole application on this machine, with a broker of its own, and follow the source");
  command->add_option("-C,--folder", options->source.folder, "Folder of the project (default: .)")->type_name("DIR");
  command->add_option("-f,--file", options->source.file, "Project file (default: cloudflow.yaml)")->type_name("FILE");
  command
      ->add_option("-e,--environment", options->source.environment,
                   "Environment whose configuration counts (default: \"sandbox\", if the project has one)")
      ->type_name("NAME");
  command
      ->add_option(
          "--kafka", options->kafka,
          "embedded, apache (Apache Kafka, for clients in Java), or a broker that runs already, where topics stay "
          "(default: apache where a streamlet runs on Java, else embedded)")
      ->type_name("BROKER");
  add_time(*command, "--for", options->seconds, "Time after which it ends by itself, 0s for never", 0);
  command->add_flag_callback("--no-watch", [options] { options->watch = false; }, "Do not follow changes of files");
  add_sandbox_plan(*command, host, exit);
  add_sandbox_tail(*command, host, exit);
  add_sandbox_send(*command, host, exit);
  add_sandbox_top(*command, host, exit);
  command->callback([command, options, &host, &exit] {
    if (command->get_subcommands().empty()) exit = run_sandbox(*options, host);
  });
}

}  // namespace cloudflow
