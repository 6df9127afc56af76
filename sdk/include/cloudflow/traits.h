// What a kind of resource is to the resources around it.
#pragma once

namespace cloudflow {

/// A provider tells these of each of its kinds, so that the planner and the executor need to know no kind by name.
struct Traits {
  /// Keeps pods running: looked at once more before an apply ends, as one that was ready early may have crashed.
  bool runs_pods = false;
  /// Only holds or names something: that it is there does not show that its streamlet runs.
  bool runs_nothing = false;
  /// Is ready as soon as it is written: nobody asks for its readiness.
  bool ready_when_written = false;
  /// Pods read it when they start: it does not change while those who read it must not.
  bool read_by_pods = false;
  /// Holds what only its users can bring back: it is removed when it is named for that, or the policy names it.
  bool removed_by_name = false;
  /// The system tells who set a field. Where it does not, drift is all that shows that somebody else did.
  bool tells_managers = true;
  /// When it is removed. Rank 0 is what uses the others: nothing is removed before all of it are updated or gone. What
  /// has a rank above the usual one holds others: it waits for all lower ranks. The rest goes side by side.
  int removal_rank = 3;
};

}  // namespace cloudflow
