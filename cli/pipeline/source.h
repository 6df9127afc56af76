// What is asked for, as it is written: the tree of files, the project in it, one of its environments.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/host.h"
#include "cli/pipeline/step.h"
#include "cli/views/diagnostic_text.h"
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

/// A source that was read and proven. The environment's values from outside are still references.
struct Source {
  SourceOptions options{};
  std::shared_ptr<const SourceTree> tree{};
  Project project{};
  Application application{};
  Environment environment{};  ///< without a name where no environment is looked at
  bool is_given = false;      ///< by arguments, rather than by a project file
};

/// Reads the project file and the application: blueprint and descriptors, or what the build made.
Step<Source> read_application(SourceOptions options, std::shared_ptr<const SourceTree> tree);
/// The application of a project that is given in another way, and that has one environment.
Step<Source> read_given(SourceOptions options, std::shared_ptr<const SourceTree> tree, Project project);
/// The same source, looked at for the environment that its options name, or the only one there is.
Step<Source> in_environment(Source source);

/// What open_source needs of the options: credentials come from the environment.
SourceRequest source_request(const SourceOptions& options, const Host& host);
/// The project file as diagnostics call it.
std::string project_file_of(const SourceOptions& options);
/// Lines of the tree's files, for diagnostics.
FileText file_text_of(const SourceTree& tree);
/// The environment that is named, or the only one there is, with what the options put in place of its own.
/// not_found and invalid_input say which there are.
Result<Environment> choose_environment(const Project& project, const SourceOptions& options,
                                       const std::string& application);
/// The same options for another commit, and for the target that this environment has now: another commit may have meant
/// another one.
SourceOptions at_commit(const Source& source, const std::string& commit);

/// Whether the commit that a request asks for can be read; `what` is of it: "revision 3", "the plan". The error says
/// how to get it.
Result<void> check_commit(const SourceRequest& request, const std::string& what, const std::string& subject = "");

/// Why there is no environment of that name.
Error no_environment(const Project& project, const std::string& name);

/// The configuration files of the project and of the environment, the latter over the former.
ConfigValue read_user_config(const SourceTree& tree, const Project& project, const Environment& environment,
                             Diagnostics& problems);

/// Why a plan cannot say which commit it is of, which only its heading and its causes want to know; else empty.
std::string why_no_commit(const Result<Revision>& revision);

}  // namespace cloudflow
