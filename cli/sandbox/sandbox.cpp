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
#include "cli/sandbox/sandbox_state.h"
#include "cli/sandbox/stop_order.h"
#include "cli/sandbox/volumes.h"
#include "planner/render/processes.h"
#include "planner/settings/one_broker.h"
#include "providers/sandbox/recorded.h"
#include "sdk/support/clock.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace fs = std::filesystem;

namespace {

constexpr int first_page_port = 4040;
constexpr int most_ports = 900;

OneBroker one_broker_of(const SandboxBroker& broker) {
  return {.address = broker.address(), .session = broker.session(), .is_single = !broker.is_given()};
}

}  // namespace

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
  write_state(source, false);
  if (page_ == nullptr) open_page();
  if (page_ != nullptr) page_->show(source.source.application, out);
}

void Sandbox::show_lines_of(const std::vector<std::string>& streamlets) {
  if (lines_ == nullptr) lines_ = std::make_unique<LogLines>(streamlets, Style(host_.colour));
}

void Sandbox::choose_ports(const Application& application) {
  cloudflow::choose_ports(application, ports_, http_, taken_ports_);
}

Result<std::map<std::string, std::string>> Sandbox::volumes_of(const Source& source,
                                                               const std::map<std::string, PlacedText>& given) {
  const bool has_some = std::ranges::any_of(source.application.streamlets, [](const Streamlet& streamlet) {
    return !streamlet.descriptor.volume_mounts.empty();
  });
  if (has_some && data_.empty()) {
    CF_TRY(data_, work_.make_large_folder());
  }
  return volume_folders(source.application, given, whole_folder(source.options.folder), own_volumes());
}

Step<SandboxSource> Sandbox::read(Step<Source> source) {
  if (source.value) choose_ports(source.value->application);
  return configure_here(std::move(source),
                        {.broker = one_broker_of(*broker_),
                         .is_embedded = broker_->is_embedded(),
                         .ports = ports_,
                         .http = http_,
                         .volumes = [this](const Source& read, const auto& given) { return volumes_of(read, given); }},
                        host_.finish);
}

Step<Planned> Sandbox::plan(const SandboxSource& source) {
  record_.exists = true;
  return plan_here(source, providers(), broker_->kafka(), record_, host_.finish);
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

void Sandbox::write_state(const SandboxSource& source, bool is_at_work) {
  const auto write = [&]() -> Result<void> {
    if (key_.empty()) {
      CF_TRY(key_, sealing_key(work_.path()));
    }
    SandboxState out{.file = source.source.options.file,
                     .environment = source.source.options.environment,
                     .broker = one_broker_of(*broker_),
                     .is_embedded = broker_->is_embedded(),
                     .ports = ports_,
                     .http = http_,
                     .volumes = data_.empty() ? "" : own_volumes(),
                     .is_at_work = is_at_work,
                     .made = record_};
    CF_TRY(const std::vector<Live> processes, processes_.read({}, {}, {}));
    for (const Live& one : processes) {
      CF_TRY(out.processes.emplace_back(), RecordedProcesses::sealed(one, key_));
    }
    if (out.is_embedded) {
      CF_TRY(out.topics, broker_->topics().read({}, {}, {}));
    }
    return cloudflow::write_state(work_.path(), out);
  };
  if (const Result<void> written = write(); !written) view_.error(written.error());
}

void Sandbox::apply(const SandboxSource& source, const Plan& plan) {
  const std::vector<Provider*> systems = providers();
  const ExecuteOptions options{.deadline = std::chrono::seconds(60), .slowest_poll = std::chrono::milliseconds(200)};
  write_state(source, true);
  const auto tell = [&](const Event& event) {
    view_.event(event);
    if (std::holds_alternative<Finished>(event) || std::holds_alternative<Failed>(event)) write_state(source, true);
  };
  const Outcome outcome = execute(plan, systems, real_clock(), options, tell, host_.finish, host_.abort);
  record(source, plan, outcome);
  write_state(source, false);
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
