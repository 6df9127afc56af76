// From arguments to the running application.
#include "cli/cloudflow2/release.h"

#include <fmt/format.h>

#include "cli/apply_plan.h"
#include "cli/cloudflow2/cloudflow2_view.h"
#include "cli/cloudflow2/record.h"
#include "cli/cloudflow2_operator.h"
#include "cli/take_over.h"
#include "planner/application/image_reference.h"
#include "providers/kubernetes/cluster/pull_credentials.h"
#include "providers/kubernetes/cluster/streamlet_status.h"
#include "sdk/support/text.h"

namespace cloudflow::cloudflow2 {
namespace {

/// Replicas that were asked for before: as the last deploy kept them, else as what runs has them.
std::optional<std::map<std::string, int>> earlier_replicas(Session& session) {
  const auto record = read_record(session.cluster(), session.application().id, session.host().finish);
  if (!record) {
    session.view().error(record.error());
    return std::nullopt;
  }
  if (*record) return (*record)->replicas;
  const auto running = streamlet_status(session.cluster(), session.host().finish);
  if (!running) {
    session.view().error(running.error());
    return std::nullopt;
  }
  std::map<std::string, int> out;
  for (const StreamletStatus& streamlet : *running) out[streamlet.streamlet] = streamlet.wanted;
  return out;
}

/// Descriptor < earlier < asked for now; what the application no longer has is forgotten.
Environment with_replicas(Environment environment, const Application& application,
                          const std::map<std::string, int>& earlier, const std::map<std::string, int>& asked) {
  for (const Streamlet& streamlet : application.streamlets) {
    if (streamlet.replicas) environment.replicas[streamlet.name] = {.value = *streamlet.replicas};
  }
  for (const auto& [streamlet, count] : earlier) {
    if (application.streamlet(streamlet) != nullptr) environment.replicas[streamlet] = {.value = count};
  }
  for (const auto& [streamlet, count] : asked) {
    environment.replicas[streamlet] = {.value = count, .where = {.file = "--scale"}};
  }
  return environment;
}

/// Everything up to the plan.
std::optional<Plan> plan_release(Session& session, const Release& release, const GlobalOptions& global) {
  if (!session.open_application() || !session.choose_environment() || !session.connect()) return std::nullopt;
  if (operator_in_the_way(session, global.operator_ns, global.ignore_operator)) return std::nullopt;
  // Under the lock: what another deploy or scale just asks for is not overlooked.
  if (!session.lock()) return std::nullopt;
  const auto earlier = earlier_replicas(session);
  if (!earlier) return std::nullopt;
  session.replace_environment(with_replicas(session.environment(), session.application(), *earlier, release.replicas));
  if (!session.gather()) return std::nullopt;
  const Result<std::string> descriptor = session.tree().read(session.project().from);
  if (!descriptor) {
    session.view().error(descriptor.error());
    return std::nullopt;
  }
  Environment environment = session.environment();
  environment.kept = kept_keys(session, *descriptor);
  session.replace_environment(std::move(environment));
  if (!session.render()) return std::nullopt;
  session.replace_desired(with_topics_left_alone(session.desired()));
  if (!session.inventory().exists) {
    Result<KeptPods> kept = keep_unchanged_pods(session);
    if (!kept) {
      session.view().error(kept.error());
      return std::nullopt;
    }
    session.replace_desired(std::move(kept->desired));
  }
  return session.plan({});
}

}  // namespace

SourceOptions place_of(const GlobalOptions& global) { return {.ns = global.ns, .kubeconfig = global.kubeconfig}; }

ExitCode run_release(Release release, const GlobalOptions& global, const Host& host, View& view) {
  Given& given = release.given;
  if (!global.operator_ns.empty()) given.environment.kubernetes.kafka_ns = global.operator_ns;
  if (given.environment.kubernetes.kafka_ns.empty()) given.environment.kubernetes.kafka_ns = "*";
  given.environment.name = environment_name;
  for (auto& [mount, claim] : given.environment.volume_mounts) claim.where = {.file = "--volume-mount"};
  given.project.folder = no_folder;
  given.project.environments.emplace(given.environment.name, given.environment);
  Session session(host, view, place_of(global));
  session.adopt();
  session.use(std::move(given.files), std::move(given.project));
  const std::optional<Plan> plan = plan_release(session, release, global);
  if (!plan) return host.finish.stop_requested() ? ExitCode::interrupted : ExitCode::failed;
  view.plan(*plan);
  if (why_not_applicable(session, *plan)) return ExitCode::failed;
  if (release.credentials) {
    const std::string registry = registry_of(session.application());
    const Result<void> written = add_pull_credentials(session.cluster(), registry, release.credentials->username,
                                                      release.credentials->password, host.finish);
    if (!written) {
      view.error(written.error());
      return ExitCode::failed;
    }
  }
  if (!has_changes(*plan) && !was_interrupted(session.inventory())) return report_no_changes(session, *plan, false);
  return apply_plan(session, *plan, {.await_workloads = false});
}

bool open_deployed(Session& session, const std::string& application, const GlobalOptions& global) {
  Environment environment = session.environment();
  environment.name = environment_name;
  session.replace_environment(std::move(environment));
  return session.open_deployed(application) &&
         !operator_in_the_way(session, global.operator_ns, global.ignore_operator);
}

ExitCode not_found(Session& session, const std::string& application) {
  session.view().error({ErrorKind::not_found, fmt::format("there is no application {} in namespace {}",
                                                          quote(application), quote(session.cluster().ns()))});
  return ExitCode::failed;
}

std::optional<Record> deployed_record(Session& session, const std::string& application) {
  auto record = read_record(session.cluster(), application, session.host().finish);
  if (!record) {
    session.view().error(record.error());
    return std::nullopt;
  }
  if (*record) return std::move(*record);
  const Result<Inventory> inventory = session.cluster().record().read(session.host().finish);
  if (inventory && inventory->exists && !inventory->resources.empty()) {
    session.view().error({ErrorKind::conflict,
                          fmt::format("application {} was not deployed with kubectl-cloudflow", quote(application)),
                          std::nullopt, "change its cloudflow.yaml and run cloudflow apply"});
  } else {
    not_found(session, application);
  }
  return std::nullopt;
}

}  // namespace cloudflow::cloudflow2
