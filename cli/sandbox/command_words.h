// What the command of a process names: files that are part of its program, and Java.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cloudflow/json.h"

namespace cloudflow {

/// The files that a command names, in its folder or by absolute paths: another content means another program. An
/// argument may be a line for the shell; what that writes to does not count, and a path where nothing is does: a build
/// may be about to make it.
std::set<std::string> program_files(const std::string& folder, const std::vector<std::string>& command);

/// All files that a process (its spec: ProcessProvider) runs, those of its class path included.
std::set<std::string> program_files(const Json& spec);

/// Whether a command, or one of the simple commands of a line for the shell, is a Java program.
bool runs_java(const std::vector<std::string>& command);

}  // namespace cloudflow
