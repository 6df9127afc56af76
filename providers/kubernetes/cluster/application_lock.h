// The lock of an application in its cluster: one run writes at a time.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "cloudflow/result.h"
#include "providers/kubernetes/ownership/lock_request.h"

namespace cloudflow {

struct ClusterState;

/// A handle: all that come from the same cluster are about the same lock.
class ApplicationLock {
 public:
  explicit ApplicationLock(ClusterState& cluster) : cluster_(cluster) {}

  /// Takes the application's Lease, and waits for whoever has it as long as the request allows; then conflict, which
  /// names the holder. not_found where the namespace does not exist. It is renewed in the background until give_back()
  /// or the end of the cluster, and every write asks confirm() first.
  Result<void> take(const LockRequest& request, std::stop_token stop);
  void give_back();
  /// Stops when the lock is not ours any more before give_back() was called. Never, where nothing is locked.
  std::stop_token lost();
  /// Who has it after lost(); empty where nobody was seen to have it.
  std::string taken_by();
  /// Succeeds while the lock is ours for certain, or where nothing was locked; renews it first where that was long ago.
  Result<void> confirm(const std::stop_token& stop);
  /// What its holder is about, for those who wait for it.
  void say_commit(const std::string& commit);
  /// How far it is, likewise: "3 of 8 changes made".
  void say_progress(const std::string& done);

  /// Who has it; nothing where nobody does.
  Result<std::optional<LockSeen>> holder(std::stop_token stop);
  /// Whether the holder that was seen is at work: takes some seconds.
  Result<bool> is_at_work(const LockSeen& seen, std::stop_token stop);
  /// Takes it away from the holder that was seen; conflict when it has another one by now.
  Result<void> take_away_from(const LockSeen& seen, std::stop_token stop);

 private:
  ClusterState& cluster_;
};

}  // namespace cloudflow
