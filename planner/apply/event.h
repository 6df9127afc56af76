// What the executor reports: progress as values.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "cloudflow/change.h"

namespace cloudflow {

struct Started {
  ResourceId id{};
  Action action = Action::none;
};
/// Sent when what a change waits for is said for the first time or becomes something else; and once more when it has
/// waited for a while.
struct Waiting {
  ResourceId id{};
  std::string reason{};
  std::chrono::milliseconds left{0};  ///< how much longer it may wait; said once, when it has waited for a while
};
struct Finished {
  ResourceId id{};
  Action action = Action::none;
  std::chrono::milliseconds took{};
  bool is_left_to_others = false;  ///< a removal that only took our mark away: others keep fields in it
};
struct Failed {
  ResourceId id{};
  Action action = Action::none;
  Error error{};
};
struct Skipped {
  ResourceId id{};
  Action action = Action::none;
  std::string because{};
  bool written = false;  ///< only its becoming ready was not waited for; `because` is what it waited for last
};

using Event = std::variant<Started, Waiting, Finished, Failed, Skipped>;

/// How an apply ended.
struct Outcome {
  int added = 0;
  int changed = 0;
  int removed = 0;
  int refused = 0;
  int skipped = 0;
  int unready = 0;  ///< not seen ready when the run was interrupted, although written
  std::vector<Failed> failures{};
  bool interrupted = false;
  std::vector<ResourceId> done{};  ///< changes that were made, ready or not
  std::chrono::milliseconds took{};

  bool complete() const { return failures.empty() && skipped == 0 && !interrupted; }
  /// Whether anything was written, ready or not.
  bool made_anything() const { return !done.empty() || added + changed + removed > 0; }
  /// Whether a change that failed may yet take effect: what a server has begun to delete goes when nothing holds it.
  bool may_go_on() const {
    return std::ranges::any_of(failures, [](const Failed& one) {
      return one.error.kind == ErrorKind::timeout && (one.action == Action::remove || one.action == Action::replace);
    });
  }
};

}  // namespace cloudflow
