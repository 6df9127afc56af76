// Carries out an approved plan: lock, record, execute, record, unlock.
#pragma once

#include "cli/exit_code.h"
#include "cli/pipeline/record.h"
#include "cli/session.h"
#include "planner/apply/executor.h"

namespace cloudflow {

/// What becomes of the lock when the plan is carried out and recorded.
enum class LockAfter { given_back, kept };

/// Executes the plan and shows progress. The session holds the lock, unless the namespace is only made by this plan.
ExitCode apply_plan(Session& session, Plan plan, const ExecuteOptions& options, LockAfter lock = LockAfter::given_back);
/// The same, or nothing where another run has deployed the application since this was planned without a namespace, and
/// so without a lock. Nothing was changed then; the plan has to be made again, by another session.
std::optional<ExitCode> apply_plan_or_plan_again(Session& session, Plan plan, const ExecuteOptions& options);
/// The same for a plan that has only some of the changes: what the others are about stays recorded as it was.
ExitCode apply_part(Session& session, Plan plan, const ExecuteOptions& options);

/// Whether the lock was had, whatever became of it since. It was not where there was no namespace, in which it is: what
/// is there by now is another run's.
bool has_lock(Session& session);

/// The namespace in which lock and record are has to be there before they can be: makes it and takes it out of the
/// plan, where that creates it, and counts it in `added`. Nothing is locked yet. False when it could not be made.
bool make_own_namespace(Session& session, Plan& plan, int& added);

/// Where nothing is to be changed: waits until all that the source asks for is ready. Says how it ended where it had to
/// wait, where the last apply did not end, where something was refused, and when it is to be said `always`.
ExitCode finish_without_changes(Session& session, const Plan& plan, const ExecuteOptions& options, bool always);

/// Where nothing was there to be removed, not even the namespace in which the lock would be: done, unless another run
/// has made that namespace meanwhile. What runs in it by then is that run's, and nobody waits for its end.
ExitCode end_without_lock(Session& session);

/// Waits until no pod of the application runs any more, though nothing is left that made them.
ExitCode await_end_of_pods(Session& session, const Plan& plan, const ExecuteOptions& options);

/// After everything was removed, and with the lock still held: takes away the record, or says what it still stands for
/// (topics that stay), and gives the lock back.
bool forget_application(Session& session);

/// A plan in which nothing may be done: says what was refused, and completes the record where it lacks something.
/// `always` also where nothing was.
ExitCode report_no_changes(Session& session, const Plan& plan, bool always);

/// Everything before a plan that will be carried out: source, environment, cluster, and the lock, which is settled
/// while planning; for up to `patience` another run is waited for.
bool open_to_change(Session& session, std::chrono::milliseconds patience);

/// What is asked before anything is changed.
struct Question {
  std::string text{};
  std::string answer{};     ///< the only one that is taken as agreement
  std::string verb{};       ///< "apply"
  std::string otherwise{};  ///< said to any other answer
};
/// Whether the user agrees. Without a terminal nobody can be asked, which is an error that names --yes.
bool is_approved(Session& session, bool as_json, const Question& question);

/// The exit code for a plan that must not be applied; nothing when it may. Says the reasons too where the plan was not
/// shown.
std::optional<ExitCode> why_not_applicable(Session& session, const Plan& plan, bool is_shown = true);

}  // namespace cloudflow
