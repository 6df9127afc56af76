// Folders of this machine in place of volumes.
#pragma once

#include <map>
#include <string>

#include "planner/application/application.h"
#include "planner/config/config_value.h"
#include "planner/project/project.h"

namespace cloudflow {

/// Takes cloudflow.streamlets.STREAMLET.volume-mounts.MOUNT = FOLDER, which Cloudflow 2 knows in a local configuration
/// only, out of the configuration. What is left of it says nothing about volumes. "streamlet.mount" → folder.
std::map<std::string, PlacedText> take_volume_folders(ConfigValue& config);
/// Folders for volumes that no streamlet has.
void check_volume_folders(const Application& application, const std::map<std::string, PlacedText>& given,
                          Diagnostics& problems);
/// A folder for every volume mount, absolute: the one that is `given`, relative to `project`, else one below `own`.
std::map<std::string, std::string> volume_paths(const Application& application,
                                                const std::map<std::string, PlacedText>& given,
                                                const std::string& project, const std::string& own);
/// The same, made. An error says why one could not be.
Result<std::map<std::string, std::string>> volume_folders(const Application& application,
                                                          const std::map<std::string, PlacedText>& given,
                                                          const std::string& project, const std::string& own);
/// No claim is needed here: says so for every volume mount.
void claim_volumes(const Application& application, Environment& environment);

}  // namespace cloudflow
