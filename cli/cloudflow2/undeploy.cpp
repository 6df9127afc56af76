// `undeploy` and `update-docker-credentials`.
#include <fmt/format.h>

#include "cli/apply_plan.h"
#include "cli/cloudflow2/cloudflow2_view.h"
#include "cli/cloudflow2/record.h"
#include "cli/cloudflow2/release.h"
#include "cli/cloudflow2/verbs.h"
#include "providers/kubernetes/cluster/pull_credentials.h"
#include "sdk/support/text.h"

namespace cloudflow::cloudflow2 {
namespace {

/// Whether these verbs deployed it, or an undeploy of it was cut short. What cloudflow.yaml describes, also after
/// `adopt`, is not removed by a verb that shows nothing and asks nobody.
bool is_deployed_this_way(Session& session, const std::string& application) {
  const auto record = read_record(session.cluster(), application, session.host().finish);
  const auto inventory = session.cluster().record().read(session.host().finish);
  if (!record || !inventory) {
    session.view().error(!record ? record.error() : inventory.error());
    return false;
  }
  if (*record || inventory->resources.empty() || string_at(inventory->last, {"environment"}) == environment_name)
    return true;
  session.view().error({ErrorKind::conflict,
                        fmt::format("application {} was not deployed with kubectl-cloudflow", quote(application)),
                        std::nullopt, "run cloudflow destroy where its cloudflow.yaml is"});
  return false;
}

}  // namespace

ExitCode run_undeploy(const std::string& application, const GlobalOptions& global, const Host& host) {
  const std::unique_ptr<View> view = make_cloudflow2_view(host, global.log_level);
  Session session(host, *view, place_of(global));
  if (!open_deployed(session, application, global)) return ExitCode::failed;
  // Read under the lock: what another run is just making is not overlooked.
  if (!session.lock()) return ExitCode::failed;
  if (!is_deployed_this_way(session, application)) return ExitCode::failed;
  const std::optional<Plan> plan = session.plan_removal_of_deployed();
  if (!plan) return host.finish.stop_requested() ? ExitCode::interrupted : ExitCode::failed;
  if (session.inventory().resources.empty()) return not_found(session, application);
  view->plan(*plan);
  if (why_not_applicable(session, *plan)) return ExitCode::failed;
  const ExitCode code = apply_plan(session, *plan, {.await_workloads = false}, LockAfter::kept);
  if (code != ExitCode::ok) return code;
  return forget_application(session) ? ExitCode::ok : ExitCode::failed;
}

ExitCode run_update_credentials(const CredentialOptions& options, const GlobalOptions& global, const Host& host) {
  const std::unique_ptr<View> view = make_cloudflow2_view(host, global.log_level);
  const Secret password(options.password_from_input ? read_line().value_or("") : options.password);
  if (options.username.empty() || password.empty()) {
    view->error(
        {ErrorKind::invalid_input, "Docker credentials not provided (use '-u', and '--password-stdin' or '-p')"});
    return ExitCode::failed;
  }
  Session session(host, *view, place_of(global));
  if (!open_deployed(session, options.application, global)) return ExitCode::failed;
  const Result<void> written =
      add_pull_credentials(session.cluster(), options.registry, options.username, password, host.finish);
  if (written) return ExitCode::ok;
  view->error(written.error());
  return ExitCode::failed;
}

}  // namespace cloudflow::cloudflow2
