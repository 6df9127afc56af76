// What a sandbox runs, and the plan for it.
#include "cli/sandbox/sandbox_source.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "cli/pipeline/desired.h"
#include "cli/sandbox/broker_choice.h"
#include "cli/sandbox/program_digests.h"
#include "cli/sandbox/volumes.h"
#include "planner/render/processes.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

constexpr const char* sandbox_environment = "sandbox";
constexpr int first_port = 3000;
constexpr int first_http_port = 2050;  ///< where one streamlet alone has its metrics
constexpr int most_ports = 900;

/// The first free port; a streamlet keeps the one that it has.
void choose_port(const std::string& streamlet, int first, std::map<std::string, int>& ports,
                 std::vector<LocalPort>& taken) {
  if (ports.contains(streamlet)) return;
  std::optional<LocalPort> port = LocalPort::take_from(first, most_ports);
  if (!port) return;
  ports[streamlet] = port->number();
  taken.push_back(*std::move(port));
}

}  // namespace

std::string whole_folder(const std::string& folder) {
  std::error_code unknown;
  const fs::path whole = fs::weakly_canonical(folder.empty() ? "." : folder, unknown);
  return unknown ? folder : whole.string();
}

void choose_ports(const Application& application, std::map<std::string, int>& ports, std::map<std::string, int>& http,
                  std::vector<LocalPort>& taken) {
  for (const Streamlet& streamlet : application.streamlets) {
    if (streamlet.container_port) choose_port(streamlet.name, first_port, ports, taken);
    choose_port(streamlet.name, first_http_port, http, taken);
  }
}

Step<Source> read_application_here(const SourceOptions& options, std::shared_ptr<const SourceTree> tree) {
  Step<Source> read = read_application(options, std::move(tree));
  if (!read.value) return read;
  Source& source = *read.value;
  Project& project = source.project;
  project.config.insert(project.config.end(), project.sandbox.config.begin(), project.sandbox.config.end());
  if (source.options.environment.empty() && !project.environments.contains(sandbox_environment)) {
    source.environment = {.name = sandbox_environment, .values = project.values, .where = project.where};
    return read;
  }
  if (source.options.environment.empty()) source.options.environment = sandbox_environment;
  Step<Source> chosen = in_environment(std::move(source));
  read.value = std::move(chosen.value);
  read.error = std::move(chosen.error);
  return read;
}

Step<SandboxSource> configure_here(Step<Source> source, const SandboxPlace& place, const std::stop_token& stop) {
  Step<SandboxSource> out{.problems = std::move(source.problems), .error = std::move(source.error)};
  if (!source.value) return out;
  source.value->environment.kafka.clear();  // and with it what only names another broker
  source.value->environment.policy = {};    // what is lost here is made again
  claim_volumes(source.value->application, source.value->environment);
  std::map<std::string, PlacedText> folders;
  Step<Gathered> gathered =
      gather_here(*source.value, stop, [&](ConfigValue& config) { folders = take_volume_folders(config); });
  for (const Diagnostic& one : gathered.problems.all()) out.problems.add(one);
  if (gathered.value) check_volume_folders(source.value->application, folders, out.problems);
  if (!gathered.value || out.problems.has_errors()) return out;
  SandboxSource read{.source = *std::move(source.value)};
  const Gathered& from = *gathered.value;
  Result<std::map<std::string, std::string>> volumes = place.volumes(read.source, folders);
  if (!volumes) {
    out.error = volumes.error();
    return out;
  }
  read.config = on_one_broker(
      effective_config(read.source.application, from.environment, from.user_config, from.facts, out.problems),
      place.broker);
  if (out.problems.has_errors()) return out;
  ProgramDigests programs;
  read.desired = render_processes(read.source.application, read.config, read.source.project.sandbox,
                                  {.folder = whole_folder(read.source.options.folder),
                                   .ports = place.ports,
                                   .http = place.http,
                                   .volumes = *std::move(volumes),
                                   .program = std::ref(programs)},
                                  out.problems);
  check_broker(place.is_embedded, read.source.application, read.source.project.sandbox, out.problems);
  if (!out.problems.has_errors()) out.value = std::move(read);
  return out;
}

Step<Planned> plan_here(const SandboxSource& source, std::span<Provider* const> providers, KafkaProvider* kafka,
                        const Inventory& record, const std::stop_token& stop) {
  const SharedTopics nobody([] { return TopicMakers(); });
  const PlanningQuestions questions{.cluster_ids = [] { return Result<ClusterIds>(ClusterIds()); },
                                    .record_search = [] { return RecordSearch(); },
                                    .elsewhere = [] { return Result<std::vector<OtherDeployment>>(); }};
  // Readers of a topic that goes are ended, or moved to another, before it goes.
  if (kafka != nullptr) kafka->expect_end_of(source.config.groups + ".");
  Result<Planned> planned = plan_for({.application = source.source.application,
                                      .environment = source.source.environment,
                                      .config = source.config,
                                      .desired = source.desired,
                                      .providers = providers,
                                      .where = "sandbox"},
                                     record, nobody, questions, {.delete_all_topics = true}, stop);
  if (!planned) return Step<Planned>::failed(planned.error());
  return {.value = *std::move(planned)};
}

}  // namespace cloudflow
