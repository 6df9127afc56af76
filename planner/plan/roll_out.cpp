// From the record of contracts to the order of a plan.
#include "planner/plan/roll_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sdk/base/text.h"

namespace cloudflow {
namespace {

/// Without a record nothing can be said of a roll-out; of a first one nothing has to be.
bool rolls_unrecorded(const ContractsInPlan& contracts, std::span<const Change> changes) {
  if (contracts.known || contracts.desired == nullptr) return false;
  std::set<ResourceId> workloads;
  for (const auto& [streamlet, ids] : contracts.after.workloads) workloads.insert(ids.begin(), ids.end());
  return std::ranges::any_of(changes, [&](const Change& change) {
    return (change.action == Action::update || change.action == Action::replace) && workloads.contains(change.id);
  });
}

/// The record is written when everything runs; an apply that was cut short may have left it unready and unchanged.
void await_unchanged(const ContractsInPlan& contracts, std::span<const Change> changes, Plan& plan) {
  if (contracts.desired == nullptr) return;
  std::set<ResourceId> changing;
  for (const Change& change : changes) changing.insert(change.id);
  if (!changing.contains(contracts.desired->id)) return;
  for (const ResourceId& id : contracts.desired->after) {
    if (id.kind != "Namespace" && !changing.contains(id)) plan.awaits[contracts.desired->id].push_back(id);
  }
}

}  // namespace

ContractsInPlan find_contracts(const ResourceId& id, std::span<const Resource> desired, std::span<const Live> live) {
  ContractsInPlan out;
  if (id.name.empty()) return out;
  if (const auto asked = std::ranges::find(desired, id, &Resource::id); asked != desired.end()) {
    out.desired = &*asked;
    if (const Json* data = find(asked->spec, {"data"})) out.after = read_contracts(*data);
  }
  if (const auto there = std::ranges::find(live, id, &Live::id); there != live.end()) {
    const Result<Json> object = parse_json(there->document, id.text());
    const Json* data = object ? find(*object, {"data"}) : nullptr;
    if (data != nullptr) out.before = read_contracts(*data);
    out.known = data != nullptr;
  }
  return out;
}

std::vector<RollWait> order_roll_out(const ContractsInPlan& contracts, std::span<const Change> changes, Plan& plan) {
  await_unchanged(contracts, changes, plan);
  if (rolls_unrecorded(contracts, changes)) {
    plan.notes.emplace_back(
        "the schemas of what is deployed are not recorded yet, so the order of this roll-out is not checked");
  }
  if (!contracts.known || contracts.desired == nullptr) return {};
  RollOut roll = plan_roll_out(contracts.before, contracts.after);
  for (const RollProblem& problem : roll.problems) {
    const auto place = contracts.desired->origins.find("/data/" + pointer_step(problem.port));
    const bool placed = place != contracts.desired->origins.end() && place->second.line > 0;
    plan.unsafe_order.push_back(placed ? fmt::format("{}: {}", place->second.text(), problem.text) : problem.text);
  }
  if (!plan.unsafe_order.empty()) return {};
  std::vector<RollWait> waits = roll_waits(roll, contracts.before, contracts.after, changes);
  for (const RollWait& wait : waits) {
    if (!wait.because.empty()) plan.notes.push_back(wait.because);
    if (!wait.in_plan) plan.awaits[wait.change].push_back(wait.before);
  }
  std::ranges::move(roll.notes, std::back_inserter(plan.notes));
  return waits;
}

}  // namespace cloudflow
