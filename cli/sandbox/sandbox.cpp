// The application on this machine.
#include "cli/sandbox/sandbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "cli/pipeline/desired.h"
#include "cli/pipeline/record.h"
#include "cli/sandbox/program_digests.h"
#include "cli/sandbox/running_sandbox.h"
#include "cli/sandbox/stop_order.h"
#include "cli/sandbox/volumes.h"
#include "planner/render/processes.h"
#include "planner/settings/one_broker.h"
#include "sdk/support/clock.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

constexpr int first_port = 3000;
constexpr int first_http_port = 2050;  ///< where one streamlet alone has its metrics
constexpr int first_page_port = 4040;
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

Result<std::unique_ptr<Sandbox>> Sandbox::start(const Host& host, View& view, const BrokerChoice& broker) {
  CF_TRY(WorkFolder work, WorkFolder::make());
  std::unique_ptr<Sandbox> out(new Sandbox(host, view, std::move(work)));
  CF_CHECK(out->connect(broker));
  return out;
}

Sandbox::Sandbox(const Host& host, View& view, WorkFolder work)
    : host_(host),
      view_(view),
      work_(std::move(work)),
      processes_(
          work_.path() + "/documents",
          {.line = [this](const std::string& name, const std::string& line) { lines_->line(name, line); },
           .started = [this](const std::string& name, const std::string& mark) { work_.note_process(name, mark); },
           .ended =
               [this](const std::string& name, const std::string& reason, std::chrono::seconds pause) {
                 lines_->notice(name, fmt::format("{}; starting it again in {} s", reason, pause.count()));
               }}) {}

Result<void> Sandbox::connect(const BrokerChoice& choice) {
  if (choice.kind == BrokerChoice::Kind::apache) {
    CF_TRY(data_, work_.make_large_folder());
  }
  CF_TRY(broker_, SandboxBroker::start(choice, work_, data_, host_, view_));
  return {};
}

std::vector<Provider*> Sandbox::providers() { return {&broker_->topics(), &processes_}; }

namespace {

/// The consumer settings win over what runtimes call it: docs/container-contract.md, Groups.
std::string group_of(const EffectiveConfig& config, const std::string& streamlet, const std::string& inlet) {
  if (const auto found = config.streamlets.find(streamlet); found != config.streamlets.end()) {
    const auto port = found->second.ports.find(inlet);
    const ConfigValue* own =
        port == found->second.ports.end() ? nullptr : port->second.at({"consumer-config", "group", "id"});
    if (own != nullptr && own->is_scalar()) return own->text();
  }
  return fmt::format("{}.{}.{}", config.groups, streamlet, inlet);
}

const char* word_of(ProcessState::Kind kind) {
  switch (kind) {
    case ProcessState::Kind::starting:
      return "starting";
    case ProcessState::Kind::running:
      return "running";
    case ProcessState::Kind::ended:
      return "ended";
    case ProcessState::Kind::gone:
      break;
  }
  return "not started";
}

}  // namespace

void Sandbox::open_page() {
  std::optional<LocalPort> port = LocalPort::take_from(first_page_port, most_ports);
  if (!port) return;
  auto page = FlowPage::open(*std::move(port), [this](const auto& streamlets) { return states(streamlets); });
  if (page) page_ = *std::move(page);
}

Json Sandbox::states(const std::vector<std::string>& streamlets) const {
  Json out = Json::array();
  for (const std::string& name : streamlets) {
    const ProcessState state = processes_.state(name);
    // Without what the program said: other users of this machine could read it.
    out.push_back({{"name", name},
                   {"state", word_of(state.kind)},
                   {"restarts", state.restarts},
                   {"reason", state.reason.substr(0, state.reason.find(':'))}});
  }
  return out;
}

void Sandbox::announce(const SandboxSource& source) {
  RunningSandbox out{.folder = whole_folder(source.source.options.folder),
                     .broker = broker_->address(),
                     .is_embedded = broker_->is_embedded()};
  for (const auto& [id, topic] : source.config.topics) out.topics[id].name = topic.name.text();
  for (const Streamlet& streamlet : source.source.application.streamlets) {
    for (const Port& inlet : streamlet.descriptor.inlets) {
      const auto wired = streamlet.ports.find(inlet.name);
      if (wired == streamlet.ports.end() || !out.topics.contains(wired->second.topic)) continue;
      out.topics[wired->second.topic].readers[fmt::format("{}.{}", streamlet.name, inlet.name)] =
          group_of(source.config, streamlet.name, inlet.name);
    }
  }
  if (const Result<void> said = cloudflow::announce(work_.path(), out); !said) view_.error(said.error());
  if (page_ == nullptr) open_page();
  if (page_ != nullptr) page_->show(source.source.application, out);
}

void Sandbox::show_lines_of(const std::vector<std::string>& streamlets) {
  if (lines_ == nullptr) lines_ = std::make_unique<LogLines>(streamlets, Style(host_.colour));
}

void Sandbox::choose_ports(const Application& application) {
  for (const Streamlet& streamlet : application.streamlets) {
    if (streamlet.container_port) choose_port(streamlet.name, first_port, ports_, taken_ports_);
    choose_port(streamlet.name, first_http_port, http_, taken_ports_);
  }
}

Result<std::map<std::string, std::string>> Sandbox::volumes_of(const Source& source,
                                                               const std::map<std::string, PlacedText>& given) {
  const bool has_some = std::ranges::any_of(source.application.streamlets, [](const Streamlet& streamlet) {
    return !streamlet.descriptor.volume_mounts.empty();
  });
  if (has_some && data_.empty()) {
    CF_TRY(data_, work_.make_large_folder());
  }
  return volume_folders(source.application, given, whole_folder(source.options.folder), data_ + "/volumes");
}

Step<SandboxSource> Sandbox::read(Step<Source> source) {
  Step<SandboxSource> out{.problems = std::move(source.problems), .error = std::move(source.error)};
  if (!source.value) return out;
  choose_ports(source.value->application);
  source.value->environment.kafka.clear();  // and with it what only names another broker
  source.value->environment.policy = {};    // what is lost here is made again
  claim_volumes(source.value->application, source.value->environment);
  std::map<std::string, PlacedText> folders;
  Step<Gathered> gathered =
      gather_here(*source.value, host_.finish, [&](ConfigValue& config) { folders = take_volume_folders(config); });
  for (const Diagnostic& one : gathered.problems.all()) out.problems.add(one);
  if (gathered.value) check_volume_folders(source.value->application, folders, out.problems);
  if (!gathered.value || out.problems.has_errors()) return out;
  SandboxSource read{.source = *std::move(source.value)};
  const Gathered& from = *gathered.value;
  const std::string project = whole_folder(read.source.options.folder);
  Result<std::map<std::string, std::string>> volumes = volumes_of(read.source, folders);
  if (!volumes) {
    out.error = volumes.error();
    return out;
  }
  read.config = on_one_broker(
      effective_config(read.source.application, from.environment, from.user_config, from.facts, out.problems),
      {.address = broker_->address(), .session = broker_->session(), .is_single = !broker_->is_given()});
  if (out.problems.has_errors()) return out;
  ProgramDigests programs;
  read.desired = render_processes(read.source.application, read.config, read.source.project.sandbox,
                                  {.folder = project,
                                   .ports = ports_,
                                   .http = http_,
                                   .volumes = *std::move(volumes),
                                   .program = std::ref(programs)},
                                  out.problems);
  check_broker(broker_->is_embedded(), read.source.application, read.source.project.sandbox, out.problems);
  if (!out.problems.has_errors()) out.value = std::move(read);
  return out;
}

Step<Planned> Sandbox::plan(const SandboxSource& source) {
  const std::vector<Provider*> systems = providers();
  const SharedTopics nobody([] { return TopicMakers(); });
  const PlanningQuestions questions{.cluster_ids = [] { return Result<ClusterIds>(ClusterIds()); },
                                    .record_search = [] { return RecordSearch(); },
                                    .elsewhere = [] { return Result<std::vector<OtherDeployment>>(); }};
  record_.exists = true;
  // Readers of a topic that goes are ended, or moved to another, before it goes.
  if (KafkaProvider* kafka = broker_->kafka()) kafka->expect_end_of(source.config.groups + ".");
  Result<Planned> planned = plan_for({.application = source.source.application,
                                      .environment = source.source.environment,
                                      .config = source.config,
                                      .desired = source.desired,
                                      .providers = systems,
                                      .where = "sandbox"},
                                     record_, nobody, questions, {.delete_all_topics = true}, host_.finish);
  if (!planned) return Step<Planned>::failed(planned.error());
  return {.value = *std::move(planned)};
}

void Sandbox::record(const SandboxSource& source, const Plan& plan, const Outcome& outcome) {
  KafkaProvider* const kafka = broker_->kafka();
  if (kafka == nullptr) return;  // the embedded broker has no topics of others
  const Result<ClusterIds> ids = kafka->cluster_ids({});
  if (!ids) return;  // what was made is taken for others' then, and held back
  const TopicQuestions questions = questions_for(kafka, {});
  const RecordedRun run{.plan = plan,
                        .desired = source.desired,
                        .before = record_,
                        .cluster_ids = *ids,
                        .application = source.source.application.id,
                        .by = who_am_i(),
                        .clock = real_clock(),
                        .kafka = questions};
  record_ = record_after(run, outcome, record_before(run)).record;
}

void Sandbox::apply(const SandboxSource& source, const Plan& plan) {
  const std::vector<Provider*> systems = providers();
  const ExecuteOptions options{.deadline = std::chrono::seconds(60), .slowest_poll = std::chrono::milliseconds(200)};
  const Outcome outcome = execute(
      plan, systems, real_clock(), options, [this](const Event& event) { view_.event(event); }, host_.finish,
      host_.abort);
  record(source, plan, outcome);
  if (outcome.complete()) {
    view_.outcome(plan, outcome);
  } else if (!outcome.interrupted) {
    const auto failed = static_cast<long long>(outcome.failures.size()) + outcome.skipped;
    view_.note(fmt::format("{} went wrong; what ends is started again, and the source is followed.",
                           counted(failed, "change")));
  }
}

std::vector<std::string> Sandbox::not_running(const SandboxSource& source) const {
  std::vector<std::string> out;
  if (const std::string problem = broker_->problem(); !problem.empty()) out.push_back(problem);
  for (const Streamlet& streamlet : source.source.application.streamlets) {
    const ProcessState state = processes_.state(streamlet.name);
    if (state.kind == ProcessState::Kind::gone) {
      out.push_back(fmt::format("{} does not run", streamlet.name));
    } else if (state.restarts > 0) {
      out.push_back(fmt::format("{} {}{}", streamlet.name, state.reason,
                                state.restarts > 1 ? fmt::format(" ({} times)", state.restarts) : ""));
    }
  }
  return out;
}

void Sandbox::stop(const SandboxSource& source) {
  for (const std::vector<std::string>& rank : stop_order(source.source.application)) processes_.stop(rank, host_.abort);
}

}  // namespace cloudflow
