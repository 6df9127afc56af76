// The plan as a value: what would change, in order, and what it would cost.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cloudflow/change.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// Everything a reader, a policy or the executor needs; nothing in it refers to live objects but the preconditions.
struct Plan {
  std::string application{};
  std::string version{};
  std::string environment{};
  Revision revision{};
  std::vector<std::string> targets{};  ///< "kubernetes prod/call-records", "kafka default 4L6g3nShT-eMCtK--X86sw"
  std::vector<Change> changes{};       ///< without Action::none; each after those it waits for
  std::vector<Error> rejections{};     ///< what an outside system will not accept; such a plan cannot be applied
  std::vector<std::string> notes{};    ///< what a reader should know beside the changes, one line each
  std::vector<std::string>
      violations{};  ///< budgets of the policy that the plan exceeds; it is then refused as a whole
  /// Why the new schemas cannot be rolled out in any order; policy makes violations of them.
  std::vector<std::string> unsafe_order{};
  /// Change → what does not change and has to be ready before it starts.
  std::map<ResourceId, std::vector<ResourceId>> awaits{};
  /// Those of `awaits` that only the order of schemas asks for: readers that have to come to their end.
  std::set<ResourceId> drains{};
  /// Change of a reader that leaves a topic → changes after which writers have left it, too: refused with one of them.
  std::map<ResourceId, std::vector<ResourceId>> stays_with{};
  /// File and line → who wrote it last, for the fields that the source changes.
  std::map<std::pair<std::string, int>, Blame> writers{};
  /// What cloudflow keeps in the cluster for itself, and in a word what that is: "contracts".
  std::map<ResourceId, std::string> records{};
  /// Topics that exist and become this application's as they are: "topic/calls".
  std::vector<std::string> takes_over{};
  bool is_part = false;      ///< only what was named is in it: nothing is said of the rest
  bool removes_all = false;  ///< nothing is asked for any more: the application is destroyed
  int unchanged = 0;
  int pods = 0;  ///< pods that the application asks for altogether
};

/// The numbers of the footer. A replacement counts as one addition and one removal.
struct PlanCounts {
  int add = 0;
  int change = 0;
  int remove = 0;
  int refused = 0;
  int restarts = 0;
  bool loses_data = false;             ///< something is lost, or may be
  bool only_may_lose = false;          ///< no loss is certain
  bool refused_loses_data = false;     ///< what is refused would lose something
  bool refused_only_may_lose = false;  ///< no loss of these is certain
};
PlanCounts count(const Plan& plan);

/// The writer of the line that a field comes from; null when it is not known.
const Blame* writer_of(const Plan& plan, const FieldChange& field);

/// Whether anything would be written.
bool has_changes(const Plan& plan);

}  // namespace cloudflow
