// Cloudflow 2's arguments as a project with one environment.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/cloudflow2/given_files.h"
#include "cloudflow/diagnostics.h"
#include "planner/project/project.h"

namespace cloudflow::cloudflow2 {

/// Numbers of replicas by streamlet, from "s=3" and "s=3,t=4".
std::map<std::string, int> replicas_from(const std::vector<std::string>& arguments, const std::string& option,
                                         Diagnostics& problems);

/// Claims by "streamlet.mount", from "s.m=claim".
std::map<std::string, PlacedText> mounts_from(const std::vector<std::string>& arguments, Diagnostics& problems);

/// The tree that key=value arguments make, split at the first "=" (docs/compatibility.md, Command line). Values are
/// HOCON; what they refer to is looked for among themselves and in the environment.
ConfigValue keys_from(const std::vector<std::string>& arguments, Diagnostics& problems);

/// Project and files in the making.
struct Given {
  std::unique_ptr<GivenFiles> files = std::make_unique<GivenFiles>();
  Project project{};
  Environment environment{};
};

/// Adds files and key=value arguments; a file that does not exist is a mistake.
void add_configuration(Given& given, const std::vector<std::string>& files, const std::vector<std::string>& keys,
                       const std::string& logback, Diagnostics& problems);

}  // namespace cloudflow::cloudflow2
