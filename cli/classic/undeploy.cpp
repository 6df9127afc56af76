// `undeploy` and `update-docker-credentials`.
#include <fmt/format.h>

#include "cli/apply_plan.h"
#include "cli/classic/classic_view.h"
#include "cli/classic/release.h"
#include "cli/classic/verbs.h"

namespace cloudflow::classic {

ExitCode run_undeploy(const std::string& application, const GlobalOptions& global, const Host& host) {
  const std::unique_ptr<View> view = make_classic_view(host, global.log_level);
  Session session(host, *view, place_of(global));
  if (!open_deployed(session, application, global)) return ExitCode::failed;
  // Read under the lock: what another run is just making is not overlooked.
  if (!take_lock(session)) return ExitCode::failed;
  const std::optional<Plan> plan = session.plan_removal_of_deployed();
  if (!plan) return host.finish.stop_requested() ? ExitCode::interrupted : ExitCode::failed;
  if (session.inventory().resources.empty()) return not_found(session, application);
  view->plan(*plan);
  if (obstacle(session, *plan)) return ExitCode::failed;
  const ExitCode code = apply_plan(session, *plan, {.await_workloads = false});
  if (code != ExitCode::ok) return code;
  return forget_application(session) ? ExitCode::ok : ExitCode::failed;
}

ExitCode run_update_credentials(const CredentialOptions& options, const GlobalOptions& global, const Host& host) {
  const std::unique_ptr<View> view = make_classic_view(host, global.log_level);
  const Secret password(options.password_from_input ? read_line().value_or("") : options.password);
  if (options.username.empty() || password.empty()) {
    view->error(
        {ErrorKind::invalid_input, "Docker credentials not provided (use '-u', and '--password-stdin' or '-p')"});
    return ExitCode::failed;
  }
  Session session(host, *view, place_of(global));
  if (!open_deployed(session, options.application, global)) return ExitCode::failed;
  const Result<void> written =
      session.kubernetes().add_pull_credentials(options.registry, options.username, password, host.finish);
  if (written) return ExitCode::ok;
  view->error(written.error());
  return ExitCode::failed;
}

}  // namespace cloudflow::classic
