// The seam to one outside system.
#pragma once

#include <chrono>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "cloudflow/change.h"
#include "cloudflow/resource.h"
#include "cloudflow/traits.h"

namespace cloudflow {

/// Whether those that wait for a resource may start.
struct Readiness {
  enum class State {
    ready,
    waiting,  ///< not yet; `reason` says what it waits for
    failed,   ///< will not become ready by waiting; `reason` says why
    missing,  ///< does not exist
  };
  State state = State::waiting;
  std::string reason{};  ///< one line, e.g. "1 of 3 pods ready; aggregator-7d-x2: ImagePullBackOff"
  /// For so long it waits only for time to pass: asked before, the answer is the same. 0: not known.
  std::chrono::milliseconds left{0};
};

/// Reads and changes one outside system on behalf of one application.
/// Calls may block; each is safe from any thread and returns soon after `stop` is requested (ErrorKind::interrupted).
class Provider {
 public:
  virtual ~Provider() = default;

  /// Matches ResourceId::provider.
  virtual std::string_view name() const = 0;

  /// What its kind is to the resources around it.
  virtual Traits traits(const ResourceId& id) const {
    static_cast<void>(id);
    return {};
  }

  /// What is worth saying of a new thing in one line: "3 partitions, retention.ms=1000". Secret values stand as
  /// "(secret)". Empty: its id says enough.
  virtual std::string headline(const Resource& desired) const {
    static_cast<void>(desired);
    return {};
  }

  /// What exists of `desired`, and everything else that this application owns. Complete, or an error.
  virtual Result<std::vector<Live>> read(std::span<const Resource> desired, const Inventory& inventory,
                                         std::stop_token stop) = 0;

  /// What turns live into desired, and what that costs. Null means absent; at least one is given. Does no I/O.
  /// Action::none when nothing differs.
  virtual Result<Change> compare(const Resource* desired, const Live* live) const = 0;

  /// Asks the system what it thinks of the changes without making them (dry run, validate only), all at once, and
  /// refines them in place: action none where the system sees no difference, `verified`, take-overs, notes.
  /// What it rejects becomes `rejections`, one Error for each, with `where` set when the place is known. A change that
  /// comes as Verified::server was asked about before, and need not be asked about again.
  virtual Result<std::vector<Error>> verify(std::span<Change> changes, std::stop_token stop) = 0;

  /// Makes one change if its precondition still holds; ErrorKind::conflict when the live thing has moved in a way that
  /// matters. Repeating a change that already holds succeeds.
  virtual Result<void> apply(const Change& change, std::stop_token stop) = 0;

  /// What is lost when each of `readers` (named GROUP:TOPIC) never reads again: what it has not read yet, and what
  /// cannot be known of it. Of kind ConsumerGroup it is known to read; of kind Port it may be a writer as well, and of
  /// a group that does not exist that is said. One answer per reader, in the same order; systems without readers have
  /// none.
  virtual Result<std::vector<std::vector<Loss>>> unread(std::span<const ResourceId> readers, std::stop_token stop) {
    static_cast<void>(stop);
    return std::vector<std::vector<Loss>>(readers.size());
  }

  /// One answer per id, in the same order. Polled while waiting; returns within a second or two.
  virtual Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token stop) = 0;
};

}  // namespace cloudflow
