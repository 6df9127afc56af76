// What is asked for, as it is written: the tree of files, the project in it, one of its environments.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/host.h"
#include "cli/views/view.h"
#include "planner/application/application.h"
#include "planner/project/project.h"
#include "planner/source/open_source.h"

namespace cloudflow {

/// The options that all commands share which look at an application.
struct SourceOptions {
  std::string folder = ".";
  std::string repository{};
  std::string revision{};
  std::string branch{};  ///< in its place: nothing but a branch of the repository
  std::string path{};
  std::string file = "cloudflow.yaml";
  std::string environment{};
  std::string context{};     ///< over the environment's
  std::string ns{};          ///< over the environment's namespace
  std::string kubeconfig{};  ///< over the environment's and $KUBECONFIG
};

/// What open_source needs of the options: credentials come from the environment.
SourceRequest source_request(const SourceOptions& options, const Host& host);
/// Lines of the tree's files, for diagnostics.
FileText file_text_of(const SourceTree& tree);
/// The tree that the options name, whose files the view may show lines of from now on; null, with the error shown, when
/// it cannot be opened.
std::unique_ptr<SourceTree> open_shown(const SourceOptions& options, const Host& host, View& view);

/// The environment that is named, or the only one there is, with what the options put in place of its own.
/// not_found and invalid_input say which there are.
Result<Environment> choose_environment(const Project& project, const SourceOptions& options,
                                       const std::string& application);
/// Why there is no environment of that name.
Error no_environment(const Project& project, const std::string& name);

/// The configuration files of the project and of the environment, the latter over the former.
ConfigValue read_user_config(const SourceTree& tree, const Project& project, const Environment& environment,
                             Diagnostics& problems);

/// Why a plan cannot say which commit it is of, which only its heading and its causes want to know; else empty.
std::string why_no_commit(const Result<Revision>& revision);

}  // namespace cloudflow
