// From the record of contracts to the order of a plan.
#include "planner/rollout/roll_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "planner/schema/schema_format.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

/// Both versions of the record.
struct Versions {
  DeployedContracts before{};
  DeployedContracts after{};
  bool known = false;  ///< what is deployed has one with schemas
};

/// Bytes of any kind have no schema that could change.
bool has_schemas(const DeployedContracts& contracts) {
  return std::ranges::any_of(contracts.ports, [](const DeployedPort& port) {
    return schema_format(port.schema.format) != SchemaFormat::bytes;
  });
}

Versions read_versions(const ContractsInPlan& contracts) {
  Versions out;
  if (const Json* data = find(contracts.desired->spec, {"data"})) out.after = read_contracts(*data);
  const Result<Json> object = parse_json(contracts.live, contracts.desired->id.text());
  const Json* data = object ? find(*object, {"data"}) : nullptr;
  if (data != nullptr) out.before = read_contracts(*data);
  out.known = has_schemas(out.before);
  return out;
}

/// A first roll-out only makes things.
bool replaces_workloads(const DeployedContracts& contracts, std::span<const Change> changes) {
  std::set<ResourceId> workloads;
  for (const auto& [streamlet, ids] : contracts.workloads) workloads.insert(ids.begin(), ids.end());
  return std::ranges::any_of(changes, [&](const Change& change) {
    return (change.action == Action::update || change.action == Action::replace) && workloads.contains(change.id);
  });
}

bool changes_schemas(const Versions& contracts) {
  return std::ranges::any_of(contracts.after.ports, [&](const DeployedPort& port) {
    const DeployedPort* before = contracts.before.find(port);
    return before == nullptr || !before->same_schema(port);
  });
}

/// The application goes on without any schema: what old and new pods make of each other's records is not known.
void note_given_up(const ContractsInPlan& contracts, std::span<const Change> changes, RollOutPlan& plan) {
  const Json object = Json::parse(contracts.live, nullptr, false);
  const Json* data = find(object, {"data"});
  const DeployedContracts before = data == nullptr ? DeployedContracts() : read_contracts(*data);
  if (!has_schemas(before) || !replaces_workloads(before, changes)) return;
  plan.notes.emplace_back(
      "no port has a schema any more, as those that are deployed have, so the order of this roll-out is not checked");
}

/// The record is written when everything runs; an apply that was cut short may have left it unready and unchanged.
void await_unchanged(const Resource& record, std::span<const Change> changes, RollOutPlan& plan) {
  std::set<ResourceId> changing;
  for (const Change& change : changes) changing.insert(change.id);
  for (const ResourceId& id : record.after) {
    if (id.kind != "Namespace" && !changing.contains(id)) plan.awaits[record.id].push_back(id);
  }
}

void add_problems(const RollOut& roll, const Resource& record, RollOutPlan& plan) {
  for (const RollProblem& problem : roll.problems) {
    const SourcePos* place = record.origins.at("/data/" + pointer_step(problem.port));
    const bool placed = place != nullptr && place->line > 0;
    plan.conflicts.push_back(placed ? fmt::format("{}: {}", place->text(), problem.text) : problem.text);
  }
}

/// Before the new readers start, and when no old writer is left, the old readers have to come to the end.
void add_drains(const RollOut& roll, const Versions& versions, const std::string& groups,
                std::span<const Change> changes, RollOutPlan& plan) {
  const auto workloads = [](const DeployedContracts& contracts, const std::string& streamlet) {
    const auto found = contracts.workloads.find(streamlet);
    return found == contracts.workloads.end() ? std::vector<ResourceId>() : found->second;
  };
  const auto is_changed = [&](const ResourceId& id, bool removed) {
    const auto change = std::ranges::find(changes, id, &Change::id);
    return change != changes.end() && change->action != Action::none && (change->action == Action::remove) == removed;
  };
  for (const RollDrain& drain : roll.drains) {
    const ResourceId group = drain_id(drain, groups);
    bool waited_for = false;
    for (const ResourceId& reader : workloads(versions.after, drain.then)) {
      if (!is_changed(reader, false)) continue;
      std::vector<ResourceId>& awaits = plan.awaits[reader];
      if (std::ranges::find(awaits, group) == awaits.end()) awaits.push_back(group);
      plan.drains.insert(group);
      waited_for = true;
    }
    if (!waited_for) continue;
    std::vector<ResourceId>& writers = plan.awaits[group];
    std::ranges::move(workloads(versions.after, drain.first), std::back_inserter(writers));
    for (const ResourceId& writer : workloads(versions.before, drain.first)) {
      if (is_changed(writer, true)) writers.push_back(writer);
    }
    std::ranges::sort(writers);
    writers.erase(std::ranges::unique(writers).begin(), writers.end());
    plan.notes.push_back(fmt::format(
        "order: {} changes when its old version has read what topic {} holds then: {} (--allow-unsafe-order does "
        "not wait)",
        drain.then, drain.topic, group.text()));
  }
}

}  // namespace

ContractsInPlan find_contracts(const ResourceId& id, std::span<const Resource> desired, std::span<const Live> live) {
  ContractsInPlan out;
  if (id.name.empty()) return out;
  if (const auto asked = std::ranges::find(desired, id, &Resource::id); asked != desired.end()) out.desired = &*asked;
  if (const auto there = std::ranges::find(live, id, &Live::id); there != live.end()) out.live = there->document;
  return out;
}

std::vector<DeployedPort> deployed_ports(const ContractsInPlan& contracts) {
  if (contracts.live.empty()) return {};
  const Json object = Json::parse(contracts.live, nullptr, false);
  const Json* data = find(object, {"data"});
  return data == nullptr ? std::vector<DeployedPort>() : read_contracts(*data).ports;
}

RollOutPlan order_roll_out(const ContractsInPlan& contracts, std::span<const Change> changes, bool other_begun) {
  RollOutPlan plan;
  if (contracts.desired == nullptr) {
    note_given_up(contracts, changes, plan);
    return plan;
  }
  // Where the record stays as it is, so do the schemas.
  if (std::ranges::find(changes, contracts.desired->id, &Change::id) == changes.end()) return plan;
  await_unchanged(*contracts.desired, changes, plan);
  const Versions versions = read_versions(contracts);
  if (!has_schemas(versions.after)) {
    note_given_up(contracts, changes, plan);
    return plan;
  }
  if (!versions.known) {
    if (replaces_workloads(versions.after, changes)) {
      plan.notes.emplace_back(
          "no schemas of what is deployed are recorded, so the order of this roll-out is not checked");
    }
    return plan;
  }
  if (other_begun && changes_schemas(versions)) {
    plan.notes.emplace_back(
        "the last apply was of another commit and did not end: schemas that only it brought are not looked at");
  }
  RollOut roll = plan_roll_out(versions.before, versions.after);
  add_problems(roll, *contracts.desired, plan);
  if (!plan.conflicts.empty()) return plan;
  plan.waits = roll_waits(roll, versions.before, versions.after, changes);
  for (const RollWait& wait : plan.waits) {
    if (!wait.because.empty()) plan.notes.push_back(wait.because);
    if (!wait.in_plan) plan.awaits[wait.change].push_back(wait.before);
  }
  add_drains(roll, versions, contracts.groups, changes, plan);
  std::ranges::move(roll.notes, std::back_inserter(plan.notes));
  return plan;
}

void add_ports(const ContractsInPlan& contracts, std::span<const Resource> desired, Readers& readers) {
  for (const DeployedPort& port : deployed_ports(contracts)) {
    (port.produces ? readers.outlets : readers.inlets).insert(port.name());
    readers.recorded.emplace(port.name(), port.topic);
    readers.deployed.push_back(
        {.streamlet = port.streamlet, .port = port.port, .group = {}, .topic = port.topic, .cluster = port.cluster});
  }
  readers.groups = contracts.groups;
  if (const Json* data = contracts.desired == nullptr ? nullptr : find(contracts.desired->spec, {"data"})) {
    for (const DeployedPort& port : read_contracts(*data).ports) {
      (port.produces ? readers.asked_outlets : readers.asked_inlets).insert(port.name());
      if (readers.inlets.contains(port.name()) || readers.outlets.contains(port.name())) continue;
      (port.produces ? readers.outlets : readers.inlets).insert(port.name());
    }
  }
  for (const Resource& resource : desired) {
    if (keeps_replicas(resource.id) && int_at(resource.spec, {"spec", "replicas"}, 1) == 0)
      readers.stopped.insert(resource.streamlet);
  }
}

}  // namespace cloudflow
