// The steps of planning, in order.
#include "cli/pipeline/planning.h"

#include <fmt/format.h>

#include <utility>

#include "cli/pipeline/kafka_clusters.h"
#include "cli/pipeline/plan_notes.h"
#include "cli/pipeline/source.h"
#include "cli/pipeline/topic_adoption.h"
#include "cli/pipeline/topic_ownership.h"
#include "planner/plan/field_writers.h"
#include "planner/plan/make_plan.h"
#include "planner/render/contracts_configmap.h"
#include "planner/render/render.h"
#include "planner/render/secret_resources.h"

namespace cloudflow {
namespace {

/// Headings: what this is the plan of.
void say_what_it_is(const PlanningInput& input, const Revision& revision, std::vector<std::string> targets,
                    Plan& plan) {
  const std::string ns = namespace_of(input.application, input.environment);
  plan.application = input.application.id;
  plan.version = input.application.version;
  plan.environment = input.environment.name;
  plan.removes_all = input.desired.empty();
  plan.revision = revision;
  plan.targets = std::move(targets);
  plan.records = {{contracts_id(input.application, ns), "contracts"},
                  {configuration_id(input.application, ns), "configuration"}};
}

}  // namespace

std::vector<std::string> targets_of(const std::string& kubernetes, const EffectiveConfig& config,
                                    const ClusterIds& cluster_ids, const Inventory& record) {
  std::vector<std::string> out;
  if (!kubernetes.empty()) out.push_back(kubernetes);
  for (const auto& [name, settings] : config.clusters) {
    const auto id = cluster_ids.find(name);
    out.push_back(fmt::format("kafka {}{}", name, id == cluster_ids.end() ? "" : " " + id->second));
  }
  // Where only topics are that have left the source.
  for (const auto& [name, id] : cluster_ids) {
    if (!config.clusters.contains(name) && record.topics.contains(id))
      out.push_back(fmt::format("kafka {} {}", name, id));
  }
  return out;
}

Result<Planned> plan_for(PlanningInput input, Inventory record, const SharedTopics& shared,
                         const PlanningQuestions& questions, const Allowances& allowed, const std::stop_token& stop) {
  Planned out{.record = std::move(record)};
  ClusterIds cluster_ids;
  const TopicAdoption named{.desired = input.desired, .policy = input.environment.policy, .allowed = allowed};
  if (adopts_topics(named)) {
    CF_TRY(cluster_ids, questions.cluster_ids());
    CF_TRY(out.adopted, adopt_topics(named, shared, cluster_ids, questions.topics, out.record));
  }
  const std::string without_commit = input.tree == nullptr || !input.is_project ? "" : why_no_commit(input.revision);
  const Revision revision = input.revision ? *std::move(input.revision) : Revision{};
  CF_TRY(out.plan,
         make_plan({.desired = input.desired,
                    .inventory = out.record,
                    .providers = input.providers,
                    .application = input.application.id,
                    .groups = input.environment.group_prefix + input.application.id,
                    .kafka_clusters = clusters_by_brokers(input.config),
                    .commit = revision.commit,
                    .contracts = contracts_id(input.application, namespace_of(input.application, input.environment)),
                    .drain = allowed.drain},
                   stop));
  CF_TRY(cluster_ids, questions.cluster_ids());
  Plan& plan = out.plan;
  say_what_it_is(input, revision, targets_of(input.where, input.config, cluster_ids, out.record), plan);
  if (input.tree != nullptr) find_writers(plan, *input.tree);
  out.adopted = settle_adopted_topics(std::move(out.adopted), cluster_ids, out.record, plan);
  note_topic_makers(input.desired, out.record, out.adopted, shared, cluster_ids, questions.topics, plan);
  keep_shared_topics(shared, cluster_ids, plan);
  note_shared_groups(input.desired, input.application, questions.elsewhere, plan);
  leave_finished_jobs(input.desired, out.record, plan);
  note_record(input.desired, out.record, questions.record_search(), cluster_ids, plan);
  if (std::optional<std::string> note = note_of_unknown_clusters(out.record, cluster_ids);
      note && input.tree != nullptr)
    plan.notes.push_back(*std::move(note));
  note_destroy(out.record, plan);
  if (!without_commit.empty()) plan.notes.push_back(without_commit);
  apply_policy(plan, input.environment.policy, allowed);
  return out;
}

}  // namespace cloudflow
