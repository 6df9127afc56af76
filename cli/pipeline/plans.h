// The plans that commands make of an application, with the systems asked.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "cli/pipeline/desired.h"
#include "cli/pipeline/outside.h"
#include "cli/pipeline/planning.h"
#include "cli/pipeline/source.h"
#include "cli/pipeline/step.h"

namespace cloudflow {

/// What a command does while a plan is made; see PlanningQuestions.
struct PlanHooks {
  MoreOfPlan more{};
  std::function<void(std::span<Change>)> compared{};
  std::function<void(Plan&)> hold{};
};

/// The plan for what is desired.
Step<Planned> plan_desired(const Source& source, Outside& outside, const Desired& desired, const Allowances& allowed,
                           const std::stop_token& stop, const PlanHooks& hooks = {});
/// The same for an application that is being taken over, which may do without what its pods read.
Step<Planned> plan_take_over(const Source& source, Outside& outside, const Desired& desired,
                             const std::stop_token& stop, const MoreOfPlan& more = {});
/// The plan for having nothing at all. Where resources of `desired` are, too, is searched for what is owned.
Step<Planned> plan_removal(const Source& source, Outside& outside, const Desired& desired, const Allowances& allowed,
                           const std::stop_token& stop);
/// The same for an application of which only name and namespace are known: what its record names, no topics.
Step<Planned> plan_removal_of_deployed(const Application& application, const Environment& environment, Outside& outside,
                                       const std::stop_token& stop);

}  // namespace cloudflow
