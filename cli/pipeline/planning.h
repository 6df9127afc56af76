// From what is asked for to a plan that can be shown: what the planner finds, with its headings, notes and policy.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/pipeline/pod_read_check.h"
#include "cli/pipeline/shared_topics.h"
#include "cli/pipeline/topic_questions.h"
#include "cloudflow/diagnostics.h"
#include "cloudflow/provider.h"
#include "planner/application/application.h"
#include "planner/plan/plan.h"
#include "planner/plan/policy.h"
#include "planner/project/project.h"
#include "planner/settings/effective_config.h"
#include "planner/source/source_tree.h"
#include "providers/kubernetes/kubernetes_provider.h"

namespace cloudflow {

/// What a plan is made from; it must outlive the call.
struct PlanningInput {
  const Application& application;
  const Environment& environment;
  const EffectiveConfig& config;
  std::span<const Resource> desired;  ///< nothing: all is to go
  std::span<Provider* const> providers{};
  const SourceTree* tree = nullptr;  ///< null where only the name of the application is known
  bool is_project = true;            ///< false: what is asked for was given in another way than by a project file
  Result<Revision> revision{};
  std::string where{};  ///< "kubernetes prod/call-records"; empty without Kubernetes
  /// Somebody else may make what pods read: an application that is taken over may do without.
  bool others_make_pod_reads = false;
};

/// What a command adds to a plan that has all else in it.
struct PlanAdditions {
  std::vector<Note> notes{};
  std::vector<ResourceId> takes_over{};                    ///< topics that the record now names
  std::map<ResourceId, std::vector<ResourceId>> awaits{};  ///< change → what else has to be ready before it
};

/// May enter into the record what is taken over.
using MoreOfPlan = std::function<Result<PlanAdditions>(const Plan&, Inventory& record)>;

/// What is asked only when it is needed. The first three must be given; of the others none is asked where it is empty.
struct PlanningQuestions {
  std::function<Result<ClusterIds>()> cluster_ids{};  ///< of Kafka; may know more after each answer
  std::function<RecordSearch()> record_search{};      ///< how the record was found, known once live things are read
  std::function<Result<std::vector<OtherDeployment>>()> elsewhere{};
  TopicQuestions topics{};
  std::function<PodReadsFound()> pod_reads{};  ///< asked last of the systems: it may be on its way meanwhile
  MoreOfPlan more{};
  /// As PlanRequest::compared.
  std::function<void(std::span<Change>)> compared{};
  /// Refuses what may not be done whatever the policy says, before that is applied.
  std::function<void(Plan&)> hold{};
};

/// A plan and what came to light on the way.
struct Planned {
  Plan plan{};
  Inventory record{};                 ///< as it was read, with topics that are taken over
  std::vector<ResourceId> adopted{};  ///< these topics; they exist
  Diagnostics problems{};             ///< in the source: with errors the plan may not be shown
};

/// The systems that a plan is about: "kubernetes prod/call-records", "kafka default 4L6g3nShT-eMCtK--X86sw".
std::vector<std::string> targets_of(const std::string& kubernetes, const EffectiveConfig& config,
                                    const ClusterIds& cluster_ids, const Inventory& record);

/// Reads, compares, orders, takes over topics that are named, applies the policy. Changes nothing outside.
Result<Planned> plan_for(PlanningInput input, Inventory record, const SharedTopics& shared,
                         const PlanningQuestions& questions, const Allowances& allowed, const std::stop_token& stop);

}  // namespace cloudflow
