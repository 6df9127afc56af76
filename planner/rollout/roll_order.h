// In which order streamlets get their new versions, so that nobody meets records that he cannot read.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cloudflow/change.h"
#include "planner/rollout/deployed_contracts.h"

namespace cloudflow {

/// The new version of `first` runs (or `first` is gone) before the new version of `then` starts.
struct RollEdge {
  std::string first{};
  std::string then{};
  std::string because{};  ///< "old consumer a.in cannot read what new producer b.out writes: …"
  bool operator==(const RollEdge&) const = default;
};

/// The new version of `then` cannot read what old versions of `first` wrote, so the old one has to have read it all.
struct RollDrain {
  std::string first{};
  std::string then{};
  std::string inlet{};  ///< of `then`
  std::string topic{};  ///< its name in Kafka
  std::string cluster{};
  bool operator==(const RollDrain&) const = default;
};

/// What no order makes safe.
struct RollProblem {
  std::string text{};  ///< "topic calls: new consumer …"
  std::string port{};  ///< "<streamlet>.<port>" whose place tells where; one of the new contracts where there is one
  bool operator==(const RollProblem&) const = default;
};

struct RollOut {
  std::vector<RollEdge> edges{};  ///< sorted; one for each pair of streamlets
  std::vector<RollDrain> drains{};
  std::vector<std::string> notes{};
  std::vector<RollProblem> problems{};
};

/// Old and new producers against old and new consumers of every topic in Kafka. A schema whose text is not known is
/// noted, and so is what could not be compared; streamlets that wait for each other in a circle are a problem that
/// names it.
RollOut plan_roll_out(const DeployedContracts& before, const DeployedContracts& after);

/// A change, and what has to be ready before it starts.
struct RollWait {
  ResourceId change{};
  ResourceId before{};
  bool in_plan = false;   ///< `before` changes, too; otherwise it is only waited for
  std::string because{};  ///< empty: known by the one before
};

/// What Provider::readiness of Kafka is asked: "ready" when the group has read the records that the topic held when it
/// was asked first. Named GROUP:TOPIC.
ResourceId drain_id(const RollDrain& drain, std::string_view application);

/// The edges between the workloads that change. What an edge puts first and does not change any more may still be on
/// its way from an apply that was cut short: it is waited for.
std::vector<RollWait> roll_waits(const RollOut& roll, const DeployedContracts& before, const DeployedContracts& after,
                                 std::span<const Change> changes);

}  // namespace cloudflow
