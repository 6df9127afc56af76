// Which changes of others stay, because the source says so.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cloudflow/provider.h"
#include "planner/project/project.h"

namespace cloudflow {

/// Whether the rule is about this field of a live thing. A rule for a path holds for what is inside it, too.
bool is_about(const DriftRule& rule, const ResourceId& id, const FieldChange& field);

/// A comparison, and which fields it left to others: "spec.replicas (hpa)".
struct RuledChange {
  Change change{};
  std::vector<std::string> left{};
};

/// Compares as if the source did not ask for what a rule leaves to others: Change::desired, which is what will be
/// written, does not have it, or has the live value where the system tells no managers. Only what others have written
/// is left: what the source asks for anew is made.
Result<RuledChange> compare_with_rules(const Provider& provider, const Resource& desired, const Live& live,
                                       std::span<const DriftRule> rules);

}  // namespace cloudflow
