// `cloudflow init` where an application of Cloudflow 2 lies: writes the cloudflow.yaml that it needs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/host.h"

namespace cloudflow {

/// What builds for Cloudflow 2 left in a folder; paths are relative to it.
struct BuiltProject {
  std::filesystem::path folder{};
  std::vector<std::string> applications{};  ///< CloudflowApplication as JSON
  std::vector<std::string> blueprints{};    ///< src/main/blueprint/*.conf
  std::vector<std::string> descriptors{};   ///< streamlet-descriptors.conf
  std::vector<std::string> class_paths{};   ///< as Maven writes them
  std::vector<std::string> configs{};       ///< with settings of streamlets
  std::string local_config{};               ///< of Cloudflow 2's sandbox

  bool empty() const { return applications.empty() && blueprints.empty() && descriptors.empty(); }
};

/// Of a folder, or of a file that sbt or Maven built. Looks a few folders deep.
BuiltProject find_cloudflow2(const std::filesystem::path& place);

/// Writes cloudflow.yaml into the folder, and tells what was found and what comes next. Overwrites nothing.
ExitCode init_cloudflow2(const BuiltProject& files, const Host& host);

}  // namespace cloudflow
