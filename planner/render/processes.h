// Streamlets as processes of the user's machine, in place of what a cluster would run.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cloudflow/diagnostics.h"
#include "cloudflow/resource.h"
#include "planner/application/application.h"
#include "planner/project/project.h"
#include "planner/settings/effective_config.h"

namespace cloudflow {

/// Where processes run.
struct ProcessPlace {
  std::string folder{};                          ///< of the source tree, on disk
  std::map<std::string, int> ports{};            ///< streamlet that is a server → where it listens
  std::map<std::string, int> http{};             ///< streamlet → where it may offer metrics, in $CLOUDFLOW_HTTP
  std::map<std::string, std::string> volumes{};  ///< "streamlet.mount" → the folder in place of the volume
  /// A digest of the files that a process (its spec, below) runs: another content means another program.
  std::function<std::string(const Json& spec)> program{};
};

/// The class that runs a class path (ProcessProvider adds it): it runs cloudflow.runner.Runner of Cloudflow 2.
inline constexpr const char* class_path_main = "cloudflow.sandbox.Launch";

/// Which command runs a streamlet: that of its name, else of its class, else of "*"; null where there is none.
const SandboxProcess* process_of(const SandboxSettings& settings, const Streamlet& streamlet);

/// One resource of provider "sandbox" for each streamlet (its spec: ProcessProvider), and the topics, which come first.
/// A streamlet for which no command is known is a mistake, a command for none a warning.
std::vector<Resource> render_processes(const Application& application, const EffectiveConfig& config,
                                       const SandboxSettings& settings, const ProcessPlace& place,
                                       Diagnostics& problems);

}  // namespace cloudflow
