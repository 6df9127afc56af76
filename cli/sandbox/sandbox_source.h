// What a sandbox runs: the source, configured for one broker and processes of this machine, and the plan for it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/pipeline/planning.h"
#include "cli/pipeline/source.h"
#include "cli/pipeline/step.h"
#include "planner/settings/one_broker.h"
#include "providers/kafka/kafka_provider.h"
#include "providers/sandbox/local_port.h"

namespace cloudflow {

/// A folder as other processes know it.
std::string whole_folder(const std::string& folder);

/// What a sandbox runs, from one reading of the source.
struct SandboxSource {
  Source source{};
  EffectiveConfig config{};
  std::vector<Resource> desired{};
};

/// Where it runs.
struct SandboxPlace {
  OneBroker broker{};
  bool is_embedded = false;
  std::map<std::string, int> ports{};  ///< of servers
  std::map<std::string, int> http{};   ///< of metrics
  /// "streamlet.mount" → the folder in place of the volume; of those `given` in the configuration, and others.
  std::function<Result<std::map<std::string, std::string>>(const Source& source,
                                                           const std::map<std::string, PlacedText>& given)>
      volumes{};
};

/// A port for each streamlet that has none: for its metrics, and as a server.
void choose_ports(const Application& application, std::map<std::string, int>& ports, std::map<std::string, int>& http,
                  std::vector<LocalPort>& taken);

/// The source for the environment that is named, or that is called "sandbox", or for none: only what the project itself
/// says counts then.
Step<Source> read_application_here(const SourceOptions& options, std::shared_ptr<const SourceTree> tree);
/// The source, configured and rendered for this place.
Step<SandboxSource> configure_here(Step<Source> source, const SandboxPlace& place, const std::stop_token& stop);
/// What would change here. `record` is what was made here; `kafka` the provider of topics where it is a real broker.
Step<Planned> plan_here(const SandboxSource& source, std::span<Provider* const> providers, KafkaProvider* kafka,
                        const Inventory& record, const std::stop_token& stop);

}  // namespace cloudflow
