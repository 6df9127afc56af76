// The plans that commands make of an application.
#include "cli/pipeline/plans.h"

#include <fmt/format.h>

#include <utility>

#include "cli/systems.h"
#include "planner/plan/plan.h"
#include "sdk/support/background_task.h"

namespace cloudflow {
namespace {

TopicMakers makers_seen(KubernetesCluster& cluster, const std::stop_token& stop) {
  auto asked = topic_makers(cluster, stop);
  return asked ? *std::move(asked) : TopicMakers();  // a help, not a condition
}

/// What plan_for() asks whatever the plan is for.
PlanningQuestions questions_of(Outside& outside, const std::stop_token& stop) {
  return {.cluster_ids = [&outside] { return outside.cluster_ids(); },
          .record_search = [&outside] { return outside.kubernetes().record_search(); },
          .elsewhere = [&outside, stop] { return deployed_elsewhere(outside.cluster(), stop); },
          .topics = questions_for(outside.kafka(), stop)};
}

/// Plans with the record as it was read.
Step<Planned> plan_with(PlanningInput input, Inventory record, Outside& outside, const PlanningQuestions& questions,
                        const Allowances& allowed, const std::stop_token& stop) {
  input.revision = outside.revision(input.tree);
  if (!input.revision && input.revision.error().kind == ErrorKind::interrupted)
    return Step<Planned>::failed(input.revision.error());
  if (allowed.drain && outside.kafka() != nullptr)
    outside.kafka()->expect_end_of(input.environment.group_prefix + input.application.id + ".");
  const std::vector<Provider*> providers = outside.providers();
  input.providers = providers;
  input.where = outside.name();
  const SharedTopics shared([&] { return makers_seen(outside.cluster(), stop); });
  Result<Planned> planned = plan_for(std::move(input), std::move(record), shared, questions, allowed, stop);
  if (!planned) return Step<Planned>::failed(planned.error());
  Step<Planned> out{.problems = std::move(planned->problems)};
  if (!out.problems.has_errors()) out.value = *std::move(planned);
  return out;
}

Step<Planned> plan_all(const Source& source, Outside& outside, const Desired& desired, const Allowances& allowed,
                       bool others_make_pod_reads, const std::stop_token& stop, const PlanHooks& hooks) {
  Result<Inventory> record = outside.record();
  if (!record) return Step<Planned>::failed(record.error());
  BackgroundTask<PodReadsFound> reads(
      [&](const std::stop_token& end) { return look_at_pod_reads(desired.resources, outside.kubernetes(), end); },
      stop);
  PlanningQuestions questions = questions_of(outside, stop);
  questions.pod_reads = [&] { return reads.take(); };
  questions.more = hooks.more;
  questions.compared = hooks.compared;
  questions.hold = hooks.hold;
  return plan_with({.application = source.application,
                    .environment = desired.from.environment,
                    .config = desired.config,
                    .desired = desired.resources,
                    .tree = source.tree.get(),
                    .is_project = !source.is_given,
                    .others_make_pod_reads = others_make_pod_reads},
                   *std::move(record), outside, questions, allowed, stop);
}

/// What a plan for having nothing says beside it.
Result<PlanAdditions> more_of_removal(Outside& outside, const Plan& plan, const Inventory& record) {
  PlanAdditions out;
  if (outside.has_lock() && (record.exists || has_changes(plan))) {  // the namespace is where the lock is
    out.notes.emplace_back(fmt::format(
        "namespace/{0} stays, as others may use it; what is left in it goes with it: kubectl delete namespace {0}",
        outside.cluster().ns()));
  }
  // An earlier run may have removed what made them: pods that still run read and write their topics.
  for (const Change& change : plan.changes) {
    if (is_topic(change.id) && change.action == Action::remove)
      out.awaits[change.id] = {outside.kubernetes().all_pods()};
  }
  return out;
}

}  // namespace

Step<Planned> plan_desired(const Source& source, Outside& outside, const Desired& desired, const Allowances& allowed,
                           const std::stop_token& stop, const PlanHooks& hooks) {
  return plan_all(source, outside, desired, allowed, source.is_given, stop, hooks);
}

Step<Planned> plan_take_over(const Source& source, Outside& outside, const Desired& desired,
                             const std::stop_token& stop, const MoreOfPlan& more) {
  return plan_all(source, outside, desired, {}, true, stop, {.more = more});
}

Step<Planned> plan_removal(const Source& source, Outside& outside, const Desired& desired, const Allowances& allowed,
                           const std::stop_token& stop) {
  Result<Inventory> record = outside.record();
  if (!record) return Step<Planned>::failed(record.error());
  // What is owned is found by where it was recorded; what this source asks for may add places.
  for (const Resource& resource : desired.resources) {
    if (is_object(resource.id))
      record->resources.push_back({resource.id.provider, resource.id.kind, resource.id.scope, ""});
  }
  PlanningQuestions questions = questions_of(outside, stop);
  questions.more = [&](const Plan& plan, const Inventory& before) { return more_of_removal(outside, plan, before); };
  return plan_with({.application = source.application,
                    .environment = desired.from.environment,
                    .config = desired.config,
                    .desired = {},
                    .tree = source.tree.get(),
                    .is_project = !source.is_given,
                    .others_make_pod_reads = source.is_given},
                   *std::move(record), outside, questions, allowed, stop);
}

Step<Planned> plan_removal_of_deployed(const Application& application, const Environment& environment, Outside& outside,
                                       const std::stop_token& stop) {
  Result<Inventory> record = outside.record();
  if (!record) return Step<Planned>::failed(record.error());
  const EffectiveConfig none;
  return plan_with(
      {.application = application, .environment = environment, .config = none, .desired = {}, .is_project = true},
      *std::move(record), outside, questions_of(outside, stop), {}, stop);
}

}  // namespace cloudflow
