// What a source asks for: configured and rendered, with stand-ins or with what the outside knows.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "cli/pipeline/outside.h"
#include "cli/pipeline/source.h"
#include "cli/pipeline/step.h"
#include "cloudflow/resource.h"
#include "planner/settings/effective_config.h"

namespace cloudflow {

/// What a source is configured with.
struct Gathered {
  Environment environment{};  ///< with the values that its references stand for
  ConfigValue user_config{};
  ClusterFacts facts{};
};

struct Desired {
  Gathered from{};
  EffectiveConfig config{};
  std::vector<Resource> resources{};
};

/// Asks nobody: stand-ins take the place of all that comes from outside. Good for checks and for looking.
Step<Gathered> gather_offline(const Source& source);
/// Asks no cluster: environment variables, files and commands of this machine may stand for values. `before_check` may
/// take out of the configuration what a cluster would not know.
Step<Gathered> gather_here(const Source& source, const std::stop_token& stop,
                           const std::function<void(ConfigValue&)>& before_check);
/// Asks the cluster for what rendering needs of it, and the outside for values. Mistakes in the source are told before
/// those of the outside. `access` may be an error where nothing is needed of the cluster.
Step<Gathered> gather(const Source& source, const Access& access, const std::stop_token& stop);

/// Configures and renders. `configured` is called as soon as all but the resources is known and right.
Step<Desired> desired_of(const Source& source, Gathered gathered,
                         const std::function<void(const Desired&)>& configured = {});

/// Gathers, configures and renders.
Step<Desired> desired_online(const Source& source, const Access& access, const std::stop_token& stop,
                             const std::function<void(const Desired&)>& configured = {});

/// What is wrong in the source, told before any system is asked. Where nothing of the cluster is needed its value is
/// what is desired; else it is empty, and only errors are told.
Step<std::optional<Desired>> prove_offline(const Source& source, const Access& access, const std::stop_token& stop);

/// What is desired, while the record is read with what it names and the ids of the Kafka clusters are asked for. Where
/// locking has begun, this waits for it, up to its patience; what may be old by then is read again. `proven`: what is
/// known already (prove_offline). Connects to Kafka.
Step<Desired> read_desired(const Source& source, Access& access, std::optional<Desired> proven,
                           const std::stop_token& stop);

}  // namespace cloudflow
