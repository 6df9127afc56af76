// The record of an application: what it says before the first change of a run, and what it says afterwards.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cli/pipeline/topic_questions.h"
#include "cloudflow/resource.h"
#include "planner/apply/event.h"
#include "planner/plan/plan.h"
#include "sdk/support/clock.h"

namespace cloudflow {

/// Members of Inventory::last: the digest of the saved plan that the last apply has applied, and those of the last ones
/// that were.
inline constexpr const char* plan_member = "plan";
inline constexpr const char* plans_member = "plans";

/// One run, as far as its record tells of it. What it refers to must outlive it.
struct RecordedRun {
  const Plan& plan;
  std::span<const Resource> desired;
  const Inventory& before;                                ///< the record as it was read, with what the plan took over
  const std::map<std::string, std::string>& cluster_ids;  ///< Kafka's ids of clusters, by the names of the environment
  const std::string& application;
  std::string by;  ///< "user@machine"
  const Clock& clock;
  const TopicQuestions& kafka;
  std::string saved_plan{};  ///< digest of the file that it applies; empty: none
  std::string command = "apply";
  std::string id{};       ///< of this run alone
  std::string started{};  ///< RFC 3339
};

/// What the user ran, in a word.
inline std::string command_of(const RecordedRun& run) { return run.plan.removes_all ? "destroy" : run.command; }

/// A record, and what its user is to know of how it came about.
struct Recorded {
  Inventory record{};
  std::vector<std::string> notes{};
};

/// Before the first change: all that was there and all that will be, so that a run that is killed is found by what it
/// may have changed.
Inventory record_before(const RecordedRun& run);
/// After the last change of a whole plan; `written` is the record that was written before. What was not finished stays
/// in it, so that the next plan looks there.
Recorded record_after(const RecordedRun& run, const Outcome& outcome, Inventory written);
/// After a plan of only some of the changes: everything that was recorded stays so.
Inventory record_after_part(const RecordedRun& run, Inventory written);

/// Completes Kafka's ids of recorded topics: of those without one, and of `made`, of which the record says only that
/// they were to be made. Where a cluster cannot be asked, the record goes on saying what it says; the error is the
/// first of that.
Result<void> record_topic_ids(const std::map<std::string, std::string>& cluster_ids, const TopicQuestions& kafka,
                              const std::set<ResourceId>& made, Inventory& record);
/// Puts ids in place of intents that have come true: whoever writes to those topics from now on does not make them
/// others'.
void settle_intents(const std::map<std::string, std::string>& cluster_ids, const TopicQuestions& kafka,
                    Inventory& record);
/// Forgets recorded topics that nobody asks for any more and that no broker knows: a run may have deleted them that was
/// ended before it could write so. Where that cannot be asked they stay recorded. Whether there were any.
bool forget_gone_topics(std::span<const Resource> desired, const std::map<std::string, std::string>& cluster_ids,
                        const TopicQuestions& kafka, Inventory& record);

/// Whether the record names everything that `next` names.
bool names_all(const Inventory& record, const Inventory& next);
/// Kinds of which there are objects of ours in the cluster and that the record does not name: what leaves the source
/// later would not be found. "Secret in prod"
std::vector<std::string> unrecorded(const Inventory& record, std::span<const Resource> desired, const Plan& plan);
/// Whether the record lacks something of topics that could be written into it now: ids, or the topics of others that
/// this application uses.
bool lacks_topics(const RecordedRun& run);

/// Whether the last apply was started and never ended.
bool was_interrupted(const Inventory& record);

/// A Job that removes itself once it has finished (ttlSecondsAfterFinished).
bool removes_itself(const Resource& resource);
/// Whether such a Job was made as it is asked for now: then it is not made again.
bool has_run(const Inventory& record, const Resource& job);

}  // namespace cloudflow
