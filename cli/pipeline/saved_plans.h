// Saved plans: what is written into them, and whether one may be applied here and now.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/pipeline/outside.h"
#include "cli/pipeline/planning.h"
#include "cli/pipeline/source.h"
#include "planner/saved/hold_to.h"
#include "planner/saved/saved_plan.h"

namespace cloudflow {

/// A plan, and what its changes were before the systems were asked about them.
struct ToSave {
  const Planned& planned;
  const Compared& compared;
};

/// The plan as a file has it. Asks Kubernetes which cluster it is.
Result<SavedPlan> save(const Source& source, Outside& outside, const ToSave& what, const Allowances& allowed,
                       const std::stop_token& stop);
/// Writes the file whole or not at all.
Result<void> write_saved_plan(const std::string& file, const std::string& text);
/// Removes one that an earlier run has written: where this one fails, nobody must take that for its plan.
void remove_saved_plan(const std::string& file);
/// Reads it; errors name the file.
Result<SavedPlan> load_saved_plan(const std::string& file);
/// Signs a plan with the private key in a file.
Result<void> sign(SavedPlan& plan, const std::string& key_file);
/// Why the plan does not count as signed by one of the public keys in a file.
std::optional<Error> why_not_signed(const SavedPlan& plan, const std::string& keys_file);

/// Where its source is read again: its commit, in the repository that the options name, or that holds their folder, or
/// that the plan names. invalid_input where the options ask for something that is not in the plan.
Result<SourceOptions> source_of(const SavedPlan& saved, SourceOptions given);

/// Whether that source is there.
Result<void> check_source(const SavedPlan& saved, const SourceRequest& request);

/// Why it may not be applied to these systems: it is for others, or for another application.
std::optional<Error> why_not_for(const SavedPlan& saved, const Source& source, Outside& outside,
                                 const std::stop_token& stop);
/// Why it may not be applied any more: it was applied, or another apply came in between.
std::optional<Error> why_not_any_more(const SavedPlan& saved, const Inventory& record);

/// With what changes are digested here. Reads must have been made.
Digester digester_of(Outside& outside);

/// What a reader is to know of a plan that was held to a saved one.
std::vector<Note> notes_of(const SavedPlan& saved, const HeldTo& held, MovedChanges moved);

}  // namespace cloudflow
