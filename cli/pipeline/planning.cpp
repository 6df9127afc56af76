// The steps of planning, in order.
#include "cli/pipeline/planning.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
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
                    .drain = allowed.drain,
                    .ignore_drift = input.environment.ignore_drift,
                    .compared = questions.compared},
                   stop));
  CF_TRY(cluster_ids, questions.cluster_ids());
  Plan& plan = out.plan;
  say_what_it_is(input, revision, targets_of(input.where, input.config, cluster_ids, out.record), plan);
  if (input.tree != nullptr) find_writers(plan, *input.tree);
  const auto note = [&](std::vector<Note> notes) { std::ranges::move(notes, std::back_inserter(plan.notes)); };
  TopicsTaken taken = settle_adopted_topics(out.adopted, cluster_ids, plan.changes, out.record);
  for (const ResourceId& id : taken.ids) plan.takes_over.push_back(id.text());
  out.adopted = std::move(taken.ids);
  note(std::move(taken.notes));
  note(notes_of_topic_makers(input.desired, out.record, out.adopted, shared, cluster_ids, questions.topics,
                             plan.changes));
  LeftOut kept = shared_topics_to_keep(shared, cluster_ids, plan.changes);
  take_out(plan, kept.ids);
  note(std::move(kept.notes));
  if (has_changes(plan)) note(notes_of_shared_groups(input.desired, input.application, questions.elsewhere));
  LeftOut finished = finished_jobs(input.desired, out.record, plan.changes);
  take_out(plan, finished.ids);
  plan.unchanged += static_cast<int>(finished.ids.size());
  note(std::move(finished.notes));
  note(notes_of_record(input.desired, out.record, questions.record_search(), cluster_ids, plan));
  if (std::optional<std::string> unknown = note_of_unknown_clusters(out.record, cluster_ids);
      unknown && input.tree != nullptr)
    note({*std::move(unknown)});
  if (!plan.removes_all) note(notes_of_destroy(out.record));
  if (!without_commit.empty()) note({without_commit});
  if (questions.hold) questions.hold(plan);
  apply_policy(plan, input.environment.policy, allowed);
  if (questions.pod_reads) {
    CF_TRY(PodReadCheck reads,
           check_pod_reads(input.desired, questions.pod_reads(), input.others_make_pod_reads, plan.changes));
    note(std::move(reads.notes));
    out.problems = std::move(reads.problems);
  }
  if (questions.more) {
    CF_TRY(PlanAdditions more, questions.more(plan, out.record));
    note(std::move(more.notes));
    for (const ResourceId& id : more.takes_over) plan.takes_over.push_back(id.text());
    for (auto& [change, awaited] : more.awaits) std::ranges::move(awaited, std::back_inserter(plan.awaits[change]));
  }
  return out;
}

}  // namespace cloudflow
