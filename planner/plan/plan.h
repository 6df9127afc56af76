// The plan as a value: what would change, in order, and what it would cost.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloudflow/change.h"
#include "planner/source/source_tree.h"

namespace cloudflow {

/// What a reader should know beside the changes: one line. Nobody may decide by its words.
struct Note {
  Note(std::string its_text, ResourceId its_subject = {})  // NOLINT: most notes are only a text
      : text(std::move(its_text)), about(std::move(its_subject)) {}
  Note(const char* its_text) : text(its_text) {}  // NOLINT

  std::string text{};
  ResourceId about{};  ///< the one thing that it is about; empty where that is the plan, or several
};

/// Everything a reader, a policy or the executor needs; nothing in it refers to live objects but the preconditions.
/// plan_for() in cli/pipeline/planning.h is its one maker and returns it finished (`forget`, which compares nothing
/// with a source, makes its own); from then on it is only read, or copied into a part of it. Said of each member: who
/// sets it, and who relies on it.
struct Plan {
  // plan_for(), from the source, for headings and the record:
  std::string application{};
  std::string version{};
  std::string environment{};
  Revision revision{};                 ///< also compared with the tip of a branch (sync), and recorded
  std::vector<std::string> targets{};  ///< "kubernetes prod/call-records", "kafka default 4L6g3nShT-eMCtK--X86sw"
  bool removes_all = false;            ///< nothing is asked for any more: the application is destroyed
  /// What cloudflow keeps in the cluster for itself, and in a word what that is: "contracts". For views.
  std::map<ResourceId, std::string> records{};

  // make_plan(), from the providers and the roll-out:
  std::vector<Change> changes{};    ///< without Action::none; each after those it waits for. The policy adds `refused`
  std::vector<Error> rejections{};  ///< what an outside system will not accept; such a plan cannot be applied
  /// Why the new schemas cannot be rolled out in any order; the policy makes violations of them.
  std::vector<std::string> unsafe_order{};
  /// Change → what does not change and has to be ready before it starts. For the executor.
  std::map<ResourceId, std::vector<ResourceId>> awaits{};
  /// Those of `awaits` that only the order of schemas asks for: readers that have to come to their end.
  std::set<ResourceId> drains{};
  /// Change of a reader that leaves a topic → changes after which writers have left it, too: refused with one of them.
  std::map<ResourceId, std::vector<ResourceId>> stays_with{};
  int unchanged = 0;
  int pods = 0;  ///< pods that the application asks for altogether

  // the policy: budgets that the plan exceeds; it is then refused as a whole
  std::vector<std::string> violations{};

  // all of these, for readers alone:
  std::vector<Note> notes{};
  /// File and line → who wrote it last, for the fields that the source changes.
  std::map<std::pair<std::string, int>, Blame> writers{};
  /// Topics that exist and become this application's as they are: "topic/calls".
  std::vector<std::string> takes_over{};
  bool is_part = false;  ///< only what was named is in it: nothing is said of the rest
};

/// The plan without these changes, and without waits for them.
void take_out(Plan& plan, const std::set<ResourceId>& ids);

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

/// What is said of a thing once that was done to it: "created"; "ready" where nothing was.
std::string_view done_word(Action action);

}  // namespace cloudflow
