// Makes the changes of a plan, as many at once as their order allows.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "cloudflow/provider.h"
#include "planner/apply/event.h"
#include "planner/plan/plan.h"
#include "sdk/support/clock.h"

namespace cloudflow {

struct ExecuteOptions {
  int workers = 32;  ///< changes being written at once
  std::chrono::milliseconds deadline =
      std::chrono::minutes(5);                ///< per change, from when it is written until it is ready
  std::chrono::milliseconds first_poll{100};  ///< readiness is asked after this, then ever more rarely
  std::chrono::milliseconds slowest_poll{2000};
  bool await_workloads = true;  ///< false: a workload counts as done once it is written
  /// What does not change and is waited for all the same, so that all is ready in the end.
  std::vector<ResourceId> also{};
};

/// Executes exactly the plan: a change starts when all it waits for are ready; a failure skips only those that wait for
/// it. A write that finds its system away (ErrorKind::unavailable) is made again until the deadline. What waits without
/// a reason is about to be ready and is asked for more often. `finish` stops starting new changes and lets those in
/// flight end their write; `abort` leaves at once. `events` is called from the calling thread only.
Outcome execute(const Plan& plan, std::span<Provider* const> providers, Clock& clock, const ExecuteOptions& options,
                const std::function<void(const Event&)>& events, std::stop_token finish, std::stop_token abort);

/// Waits until all of these are ready, as after an interrupted apply; reports like execute. `finish` and `abort` end
/// it.
Outcome await_ready(std::span<const ResourceId> ids, std::span<Provider* const> providers, Clock& clock,
                    const ExecuteOptions& options, const std::function<void(const Event&)>& events,
                    std::stop_token finish, std::stop_token abort);

}  // namespace cloudflow
