// The verbs that only look: `version`, `list`, `status`, `configuration`.
#include <fmt/format.h>

#include <algorithm>

#include "cli/cloudflow2/cloudflow2_view.h"
#include "cli/cloudflow2/release.h"
#include "cli/cloudflow2/verbs.h"
#include "cli/version.h"
#include "planner/config/read_config.h"
#include "providers/kubernetes/cluster/applications.h"
#include "providers/kubernetes/cluster/facts.h"
#include "providers/kubernetes/cluster/streamlet_status.h"
#include "sdk/support/text.h"

namespace cloudflow::cloudflow2 {

ExitCode run_version(const GlobalOptions& global) {
  print_out(version_text(program_version, global.format));
  return ExitCode::ok;
}

ExitCode run_list(const GlobalOptions& global, const Host& host) {
  const std::unique_ptr<View> view = make_cloudflow2_view(host, global.log_level);
  const std::unique_ptr<Outside> outside = open_deployed("", global, host, *view);
  if (outside == nullptr) return ExitCode::failed;
  auto applications = cloudflow::applications(outside->cluster(), global.ns, host.finish);
  if (!applications) {
    if (applications.error().kind == ErrorKind::denied && global.ns.empty())
      applications.error().hint = "name a namespace with -n";
    view->error(applications.error());
    return ExitCode::failed;
  }
  print_out(list_text(*applications, global.format));
  return ExitCode::ok;
}

ExitCode run_status(const std::string& application, const GlobalOptions& global, const Host& host) {
  const std::unique_ptr<View> view = make_cloudflow2_view(host, global.log_level);
  const std::unique_ptr<Outside> outside = open_deployed(application, global, host, *view);
  if (outside == nullptr) return ExitCode::failed;
  const auto applications = cloudflow::applications(outside->cluster(), outside->cluster().ns(), host.finish);
  if (!applications) {
    view->error(applications.error());
    return ExitCode::failed;
  }
  const auto found = std::ranges::find(*applications, application, &DeployedApplication::name);
  if (found == applications->end()) return not_found(*outside, application, *view);
  auto streamlets = streamlet_status(outside->cluster(), host.finish);
  if (!streamlets) {
    view->error(streamlets.error());
    return ExitCode::failed;
  }
  Status status{.application = *found, .state = state_of(*streamlets), .streamlets = std::move(*streamlets)};
  print_out(status_text(status, global.format));
  return ExitCode::ok;
}

ExitCode run_configuration(const std::string& application, const GlobalOptions& global, const Host& host) {
  const std::unique_ptr<View> view = make_cloudflow2_view(host, global.log_level);
  const std::unique_ptr<Outside> outside = open_deployed(application, global, host, *view);
  if (outside == nullptr) return ExitCode::failed;
  const auto keys = secret_values(outside->cluster(), "config-" + application, host.finish);
  if (!keys) {
    view->error(keys.error());
    return ExitCode::failed;
  }
  const auto document = keys->find("secret.conf");
  if (document == keys->end()) return not_found(*outside, application, *view);
  Diagnostics problems;
  const ConfigValue value =
      read_hocon_text(document->second.reveal(), fmt::format("secret/config-{}", application), {}, problems);
  view->diagnostics(problems);
  if (problems.has_errors()) return ExitCode::failed;
  print_out(configuration_text(value, global.format));
  return ExitCode::ok;
}

}  // namespace cloudflow::cloudflow2
