// Which Kafka broker a sandbox uses.
#include "cli/sandbox/broker_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/sandbox/command_words.h"
#include "planner/render/processes.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// The processes that have a client in Java, with the streamlet of each.
std::vector<std::pair<const Streamlet*, const SandboxProcess*>> on_java(const Application& application,
                                                                        const SandboxSettings& settings) {
  std::vector<std::pair<const Streamlet*, const SandboxProcess*>> out;
  for (const Streamlet& streamlet : application.streamlets) {
    const SandboxProcess* process = process_of(settings, streamlet);
    if (process == nullptr) continue;
    std::vector<std::string> command;
    for (const PlacedText& word : process->command) command.push_back(word.value);
    if (has_class_path(*process) || runs_java(command)) out.emplace_back(&streamlet, process);
  }
  return out;
}

}  // namespace

BrokerChoice choose_broker(const std::string& asked, const Application& application, const SandboxSettings& settings,
                           Diagnostics& problems) {
  const PlacedText wanted = asked.empty() ? settings.kafka : PlacedText{asked, {}};
  if (wanted.value == "embedded") return {.kind = BrokerChoice::Kind::embedded};
  if (wanted.value == "apache") return {.kind = BrokerChoice::Kind::apache};
  if (wanted.value.empty())
    return {.kind = on_java(application, settings).empty() ? BrokerChoice::Kind::embedded : BrokerChoice::Kind::apache};
  if (wanted.value.find(':') == std::string::npos)
    problems.error("broker", wanted.where, fmt::format("{} is no Kafka broker", quote(wanted.value)),
                   "write embedded, apache, or HOST:PORT of one that runs");
  return {.kind = BrokerChoice::Kind::given, .address = wanted.value};
}

void check_broker(bool is_embedded, const Application& application, const SandboxSettings& settings,
                  Diagnostics& problems) {
  if (!is_embedded) return;
  for (const auto& [streamlet, process] : on_java(application, settings)) {
    problems.error("java-client", process->where,
                   fmt::format("streamlet {} runs on Java, whose Kafka client cannot use the embedded broker",
                               quote(streamlet->name)),
                   "start the sandbox again without a broker, or with --kafka apache");
  }
}

}  // namespace cloudflow
