// From arguments to the running application.
#include "cli/cloudflow2/release.h"

#include <fmt/format.h>

#include "cli/apply_plan.h"
#include "cli/approval.h"
#include "cli/cloudflow2/cloudflow2_view.h"
#include "cli/cloudflow2/record.h"
#include "cli/cloudflow2_operator.h"
#include "cli/pipeline/plans.h"
#include "cli/pipeline/record.h"
#include "cli/steps.h"
#include "cli/take_over.h"
#include "planner/application/image_reference.h"
#include "providers/kubernetes/cluster/pull_credentials.h"
#include "providers/kubernetes/cluster/streamlet_status.h"
#include "sdk/support/text.h"

namespace cloudflow::cloudflow2 {
namespace {

/// Replicas that were asked for before: as the last deploy kept them, else as what runs has them.
std::optional<std::map<std::string, int>> earlier_replicas(KubernetesCluster& cluster, const std::string& application,
                                                           const Host& host, View& view) {
  const auto record = read_record(cluster, application, host.finish);
  if (!record) {
    view.error(record.error());
    return std::nullopt;
  }
  if (*record) return (*record)->replicas;
  const auto running = streamlet_status(cluster, host.finish);
  if (!running) {
    view.error(running.error());
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

/// What is desired: topics stay as they are, and where nothing was deployed before so do pods that may.
Step<Desired> desired_release(const Source& source, Outside& outside, Gathered gathered, const Host& host) {
  const Result<std::string> descriptor = source.tree->read(source.project.from);
  if (!descriptor) return Step<Desired>::failed(descriptor.error());
  gathered.environment.kept = kept_keys(source, gathered, *descriptor);
  Step<Desired> out = desired_of(source, std::move(gathered));
  if (!out.value) return out;
  const Result<Inventory> record = outside.record();
  if (!record) return Step<Desired>::failed(record.error());
  Desired& desired = *out.value;
  desired.resources = with_topics_left_alone(std::move(desired.resources));
  if (!record->exists) {
    Result<KeptPods> kept = keep_unchanged_pods(source, desired, outside.cluster(), host.finish);
    if (!kept) return Step<Desired>::failed(kept.error());
    desired.resources = std::move(kept->desired);
  }
  if (const auto connected = outside.connect_kafka(desired.config, desired.from.environment); !connected)
    return Step<Desired>::failed(connected.error());
  return out;
}

/// Everything up to the plan.
std::optional<Run> plan_release(Source& source, Access& access, const Release& release, const GlobalOptions& global,
                                const Host& host, View& view) {
  Outside* outside = shown(access, view);
  if (outside == nullptr ||
      operator_in_the_way(outside->cluster(), global.operator_ns, global.ignore_operator, host, view))
    return std::nullopt;
  // Under the lock: what another deploy or scale just asks for is not overlooked.
  if (!take_lock(*outside, lock_patience, view)) return std::nullopt;
  const auto earlier = earlier_replicas(outside->cluster(), source.application.id, host, view);
  if (!earlier) return std::nullopt;
  source.environment = with_replicas(std::move(source.environment), source.application, *earlier, release.replicas);
  outside->begin_reading(source.tree.get());
  std::optional<Gathered> gathered = shown(gather(source, access, host.finish), view);
  if (!gathered) return std::nullopt;
  std::optional<Desired> desired = shown(desired_release(source, *outside, *std::move(gathered), host), view);
  if (!desired) return std::nullopt;
  std::optional<Planned> planned = shown(plan_take_over(source, *outside, *desired, host.finish), view);
  if (!planned) return std::nullopt;
  return Run(host, view, *outside, source.application.id, std::move(desired->resources), *std::move(planned));
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
  std::optional<Source> source =
      shown(read_given(place_of(global), show_files_of(std::move(given.files), view), std::move(given.project)), view);
  if (source) source = shown(in_environment(*std::move(source)), view);
  if (!source) return without_plan(host);
  Access access = connect(*source, host, true);
  const std::optional<Run> run = plan_release(*source, access, release, global, host, view);
  if (!run) return without_plan(host);
  view.plan(run->plan);
  if (why_not_applicable(view, run->plan)) return ExitCode::failed;
  if (release.credentials) {
    const std::string registry = registry_of(source->application);
    const Result<void> written = add_pull_credentials(run->outside.cluster(), registry, release.credentials->username,
                                                      release.credentials->password, host.finish);
    if (!written) {
      view.error(written.error());
      return ExitCode::failed;
    }
  }
  if (!has_changes(run->plan) && !was_interrupted(run->record)) return report_no_changes(*run, false);
  return apply_plan(*run, {.await_workloads = false});
}

Environment environment_of(const std::string& application, const GlobalOptions& global) {
  return {.name = environment_name,
          .kubernetes = {.ns = global.ns.empty() ? application : global.ns, .kubeconfig = global.kubeconfig}};
}

std::unique_ptr<Outside> open_deployed(const std::string& application, const GlobalOptions& global, const Host& host,
                                       View& view) {
  Access access = Outside::connect(
      {.application = application, .kubernetes = environment_of(application, global).kubernetes}, host.finish);
  Outside* outside = shown(access, view);
  if (outside == nullptr ||
      operator_in_the_way(outside->cluster(), global.operator_ns, global.ignore_operator, host, view))
    return nullptr;
  return *std::move(access);
}

ExitCode not_found(Outside& outside, const std::string& application, View& view) {
  view.error({ErrorKind::not_found, fmt::format("there is no application {} in namespace {}", quote(application),
                                                quote(outside.cluster().ns()))});
  return ExitCode::failed;
}

std::optional<Record> deployed_record(Outside& outside, const std::string& application, const Host& host, View& view) {
  auto record = read_record(outside.cluster(), application, host.finish);
  if (!record) {
    view.error(record.error());
    return std::nullopt;
  }
  if (*record) return std::move(*record);
  const Result<Inventory> inventory = outside.cluster().record().read(host.finish);
  if (inventory && inventory->exists && !inventory->resources.empty()) {
    view.error({ErrorKind::conflict,
                fmt::format("application {} was not deployed with kubectl-cloudflow", quote(application)), std::nullopt,
                "change its cloudflow.yaml and run cloudflow apply"});
  } else {
    not_found(outside, application, view);
  }
  return std::nullopt;
}

}  // namespace cloudflow::cloudflow2
