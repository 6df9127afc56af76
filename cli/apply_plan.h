// Carries out an approved plan: lock, record, execute, record, unlock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/host.h"
#include "cli/pipeline/outside.h"
#include "cli/pipeline/planning.h"
#include "cli/views/view.h"
#include "planner/apply/executor.h"
#include "sdk/support/digest.h"
#include "sdk/support/random_bytes.h"

namespace cloudflow {

/// A plan, and all that carrying it out needs.
struct Run {
  Run(const Host& on, View& shown_by, Outside& systems, std::string application_id, std::vector<Resource> asked_for,
      Planned planned)
      : host(on),
        view(shown_by),
        outside(systems),
        application(std::move(application_id)),
        desired(std::move(asked_for)),
        plan(std::move(planned.plan)),
        record(std::move(planned.record)),
        adopted_topics(std::move(planned.adopted)),
        id(hex(random_bytes(8))) {}

  const Host& host;
  View& view;
  Outside& outside;
  std::string application;
  std::vector<Resource> desired;
  Plan plan;
  Inventory record;  ///< as it was read, with what the plan takes over
  std::vector<ResourceId> adopted_topics;
  std::string saved_plan{};       ///< digest of the file that was approved; empty: none
  std::string command = "apply";  ///< what the user ran, for the history
  std::string id;                 ///< of this run alone
};

/// What becomes of the lock when the plan is carried out and recorded.
enum class LockAfter { given_back, kept };

/// Executes the plan and shows progress. The run holds the lock, unless the namespace is only made by this plan.
ExitCode apply_plan(const Run& run, const ExecuteOptions& options, LockAfter lock = LockAfter::given_back);
/// The same, or nothing where another run has deployed the application since this was planned without a namespace, and
/// so without a lock. Nothing was changed then; the plan has to be made again.
std::optional<ExitCode> apply_plan_or_plan_again(const Run& run, const ExecuteOptions& options);
/// The same for a plan that has only some of the changes: what the others are about stays recorded as it was.
ExitCode apply_part(const Run& run, const ExecuteOptions& options);

/// Where nothing is to be changed: waits until all that the source asks for is ready. Says how it ended where it had to
/// wait, where the last apply did not end, where something was refused, and when it is to be said `always`.
ExitCode finish_without_changes(const Run& run, const ExecuteOptions& options, bool always);

/// Where nothing was there to be removed, not even the namespace in which the lock would be: done, unless another run
/// has made that namespace meanwhile. What runs in it by then is that run's, and nobody waits for its end.
ExitCode end_without_lock(const Run& run);

/// Waits until no pod of the application runs any more, though nothing is left that made them.
ExitCode await_end_of_pods(const Run& run, const ExecuteOptions& options);

/// After everything was removed, and with the lock still held: takes away the record, or says what it still stands for
/// (topics that stay), and gives the lock back.
bool forget_application(const Run& run);

/// A plan in which nothing may be done: says what was refused, and completes the record where it lacks something.
/// `always` also where nothing was.
ExitCode report_no_changes(const Run& run, bool always);

}  // namespace cloudflow
