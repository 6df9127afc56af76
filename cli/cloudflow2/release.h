// From arguments to the running application: the same pipeline as `apply`, silent.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cli/cloudflow2/arguments.h"
#include "cli/cloudflow2/verbs.h"
#include "cli/pipeline/outside.h"
#include "cli/pipeline/source.h"
#include "cli/views/view.h"

namespace cloudflow::cloudflow2 {

/// The environment that these verbs record.
inline constexpr const char* environment_name = "kubectl-cloudflow";

/// What is to run.
struct Release {
  Given given{};
  std::map<std::string, int> replicas{};     ///< asked for now: over all others
  std::optional<Credentials> credentials{};  ///< for the pull secret
};

/// Where the verb works, from its global options.
SourceOptions place_of(const GlobalOptions& global);

/// Plans and applies it. Replicas that were asked for before stay (docs/compatibility.md, Configuration); topics that
/// exist stay as they are.
ExitCode run_release(Release release, const GlobalOptions& global, const Host& host, View& view);

/// Where an application is that is deployed already.
Environment environment_of(const std::string& application, const GlobalOptions& global);
/// The systems of such an application, with no operator of Cloudflow 2 around; null, said, without them.
std::unique_ptr<Outside> open_deployed(const std::string& application, const GlobalOptions& global, const Host& host,
                                       View& view);

/// The record of a deployed application; nothing, said, when there is none.
struct Record;
std::optional<Record> deployed_record(Outside& outside, const std::string& application, const Host& host, View& view);

/// Says that there is no such application.
ExitCode not_found(Outside& outside, const std::string& application, View& view);

}  // namespace cloudflow::cloudflow2
