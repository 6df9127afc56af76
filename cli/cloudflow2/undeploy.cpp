// `undeploy` and `update-docker-credentials`.
#include <fmt/format.h>

#include "cli/apply_plan.h"
#include "cli/approval.h"
#include "cli/cloudflow2/cloudflow2_view.h"
#include "cli/cloudflow2/record.h"
#include "cli/cloudflow2/release.h"
#include "cli/cloudflow2/verbs.h"
#include "cli/pipeline/plans.h"
#include "cli/steps.h"
#include "providers/kubernetes/cluster/pull_credentials.h"
#include "sdk/support/text.h"

namespace cloudflow::cloudflow2 {
namespace {

/// Whether these verbs deployed it, or an undeploy of it was cut short. What cloudflow.yaml describes, also after
/// `adopt`, is not removed by a verb that shows nothing and asks nobody.
bool is_deployed_this_way(Outside& outside, const std::string& application, const Host& host, View& view) {
  const auto record = read_record(outside.cluster(), application, host.finish);
  const auto inventory = outside.cluster().record().read(host.finish);
  if (!record || !inventory) {
    view.error(!record ? record.error() : inventory.error());
    return false;
  }
  if (*record || inventory->resources.empty() || string_at(inventory->last, {"environment"}) == environment_name)
    return true;
  view.error({ErrorKind::conflict,
              fmt::format("application {} was not deployed with kubectl-cloudflow", quote(application)), std::nullopt,
              "run cloudflow destroy where its cloudflow.yaml is"});
  return false;
}

}  // namespace

ExitCode run_undeploy(const std::string& application, const GlobalOptions& global, const Host& host) {
  const std::unique_ptr<View> view = make_cloudflow2_view(host, global.log_level);
  const std::unique_ptr<Outside> outside = open_deployed(application, global, host, *view);
  if (outside == nullptr) return ExitCode::failed;
  // Read under the lock: what another run is just making is not overlooked.
  if (!take_lock(*outside, lock_patience, *view)) return ExitCode::failed;
  if (!is_deployed_this_way(*outside, application, host, *view)) return ExitCode::failed;
  const Application named{.id = application};
  std::optional<Planned> planned =
      shown(plan_removal_of_deployed(named, environment_of(application, global), *outside, host.finish), *view);
  if (!planned) return without_plan(host);
  const Run run(host, *view, *outside, application, {}, *std::move(planned));
  if (run.record.resources.empty()) return not_found(*outside, application, *view);
  view->plan(run.plan);
  if (why_not_applicable(*view, run.plan)) return ExitCode::failed;
  const ExitCode code = apply_plan(run, {.await_workloads = false}, LockAfter::kept);
  if (code != ExitCode::ok) return code;
  return forget_application(run) ? ExitCode::ok : ExitCode::failed;
}

ExitCode run_update_credentials(const CredentialOptions& options, const GlobalOptions& global, const Host& host) {
  const std::unique_ptr<View> view = make_cloudflow2_view(host, global.log_level);
  const Secret password(options.password_from_input ? read_line().value_or("") : options.password);
  if (options.username.empty() || password.empty()) {
    view->error(
        {ErrorKind::invalid_input, "Docker credentials not provided (use '-u', and '--password-stdin' or '-p')"});
    return ExitCode::failed;
  }
  const std::unique_ptr<Outside> outside = open_deployed(options.application, global, host, *view);
  if (outside == nullptr) return ExitCode::failed;
  const Result<void> written =
      add_pull_credentials(outside->cluster(), options.registry, options.username, password, host.finish);
  if (written) return ExitCode::ok;
  view->error(written.error());
  return ExitCode::failed;
}

}  // namespace cloudflow::cloudflow2
