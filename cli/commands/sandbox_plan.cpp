// `cloudflow sandbox plan`: what the sandbox that runs would change, were it to follow the source as it is now.
#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/approval.h"
#include "cli/commands/commands.h"
#include "cli/commands/sandbox_parts.h"
#include "cli/named_files.h"
#include "cli/sandbox/running_sandbox.h"
#include "cli/sandbox/sandbox_source.h"
#include "cli/sandbox/sandbox_state.h"
#include "cli/sandbox/volumes.h"
#include "cli/steps.h"
#include "planner/settings/effective_config.h"
#include "providers/sandbox/recorded.h"
#include "sdk/support/clock.h"

namespace cloudflow {
namespace {

struct SandboxPlanOptions {
  SourceOptions source{.file = ""};
  bool json = false;
  bool detailed_exit_code = false;
  bool full = false;
};

/// Where the sandbox runs, with ports for streamlets that are new. Nothing is made there.
SandboxPlace place_of(const SandboxState& state, const Application& application, std::vector<LocalPort>& taken) {
  SandboxPlace out{.broker = state.broker, .is_embedded = state.is_embedded, .ports = state.ports, .http = state.http};
  choose_ports(application, out.ports, out.http, taken);
  out.volumes = [&state](const Source& source, const auto& given) -> Result<std::map<std::string, std::string>> {
    const std::string own = state.volumes.empty() ? "a new folder" : state.volumes;
    return volume_paths(source.application, given, whole_folder(source.options.folder), own);
  };
  return out;
}

/// The systems as the sandbox has written them down; a real broker is asked.
struct Systems {
  std::unique_ptr<Provider> topics{};
  KafkaProvider* kafka = nullptr;
  std::unique_ptr<Provider> processes{};
};

Result<Systems> systems_of(const SandboxState& state, const std::string& work) {
  Systems out;
  CF_TRY(std::string key, sealing_key(work));
  out.processes = std::make_unique<RecordedProcesses>(state.processes, std::move(key));
  if (state.is_embedded) {
    out.topics = std::make_unique<RecordedTopics>(state.topics);
    return out;
  }
  CF_TRY(std::unique_ptr<KafkaProvider> kafka,
         KafkaProvider::open({{.name = std::string(default_cluster), .bootstrap_servers = state.broker.address}},
                             real_clock()));
  out.kafka = kafka.get();
  out.topics = std::move(kafka);
  return out;
}

std::optional<Planned> plan(SandboxPlanOptions options, const Host& host, View& view) {
  enter_folder_of_project(options.source);
  const Result<RunningSandbox> sandbox = find_running_sandbox(whole_folder(options.source.folder));
  const Result<SandboxState> state =
      sandbox ? read_state(sandbox->work) : Result<SandboxState>(std::unexpected(sandbox.error()));
  if (!state) {
    view.error(state.error());
    return std::nullopt;
  }
  if (options.source.file.empty()) options.source.file = state->file;
  if (options.source.environment.empty()) options.source.environment = state->environment;
  const std::shared_ptr<const SourceTree> tree = open_shown(options.source, host, view);
  if (tree == nullptr) return std::nullopt;
  Step<Source> source = read_application_here(options.source, tree);
  std::vector<LocalPort> taken;  // for as long as the plan is made
  SandboxPlace place;
  if (source.value) place = place_of(*state, source.value->application, taken);
  const std::optional<SandboxSource> configured = shown(configure_here(std::move(source), place, host.finish), view);
  if (!configured) return std::nullopt;
  const Result<Systems> systems = systems_of(*state, sandbox->work);
  if (!systems) {
    view.error(systems.error());
    return std::nullopt;
  }
  if (state->is_at_work) view.note("The sandbox makes changes at this moment: this plan is of what runs now.");
  const std::vector<Provider*> providers{systems->topics.get(), systems->processes.get()};
  return shown(plan_here(*configured, providers, systems->kafka, state->made, host.finish), view);
}

ExitCode run_sandbox_plan(const SandboxPlanOptions& options, const Host& host) {
  const std::unique_ptr<View> view =
      options.json ? make_json_view(JsonAnswer::document) : make_text_view(host, {.full = options.full});
  const std::optional<Planned> planned = plan(options, host, *view);
  if (!planned) return without_plan(host);
  view->plan(planned->plan);
  if (const auto code = why_not_applicable(*view, planned->plan)) return *code;
  if (!options.detailed_exit_code) return ExitCode::ok;
  if (count(planned->plan).refused > 0) return ExitCode::refused;
  return has_changes(planned->plan) ? ExitCode::changes : ExitCode::ok;
}

}  // namespace

void add_sandbox_plan(CLI::App& sandbox, const Host& host, ExitCode& exit) {
  const auto options = std::make_shared<SandboxPlanOptions>();
  CLI::App* command =
      sandbox.add_subcommand("plan", "Show what would change in the sandbox that runs, if it followed the source now");
  command->add_option("-C,--folder", options->source.folder, "Folder of the project (default: .)")->type_name("DIR");
  command->add_option("-f,--file", options->source.file, "Project file (default: that of the sandbox)")
      ->type_name("FILE");
  command
      ->add_option("-e,--environment", options->source.environment,
                   "Environment whose configuration counts (default: that of the sandbox)")
      ->type_name("NAME");
  add_json(*command, options->json, "the plan as one JSON document on stdout");
  command->add_flag("--detailed-exitcode", options->detailed_exit_code,
                    "Exit 3 when something is refused, else 2 when there are changes, 0 when there are none");
  command->add_flag("--full", options->full, "Show every field of what is created and every line that changes");
  command->callback([options, &host, &exit] { exit = run_sandbox_plan(*options, host); });
}

}  // namespace cloudflow
