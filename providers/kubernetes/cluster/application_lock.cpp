// The lock of an application in its cluster: one run writes at a time.
#include "providers/kubernetes/cluster/application_lock.h"

#include "providers/kubernetes/cluster/cluster_state.h"

namespace cloudflow {

std::shared_ptr<Lease> ClusterState::held_lease() {
  const std::scoped_lock guard(lease_mutex);
  return lease;
}

Result<void> ApplicationLock::take(const LockRequest& request, std::stop_token stop) {
  if (const std::shared_ptr<Lease> lease = cluster_.held_lease(); lease && lease->held()) return {};
  give_back();
  auto lease =
      Lease::take(cluster_.client, cluster_.clock, cluster_.set.ns, cluster_.set.parent(), request, std::move(stop));
  if (!lease) return std::unexpected(std::move(lease).error());
  {
    const std::scoped_lock guard(cluster_.lease_mutex);
    cluster_.lease = std::make_shared<Lease>(*std::move(lease));
  }
  cluster_.client.guard_writes(
      [&cluster = cluster_](const std::stop_token& stopping) { return ApplicationLock(cluster).confirm(stopping); });
  return {};
}

void ApplicationLock::give_back() {
  const std::shared_ptr<Lease> lease = [&] {
    const std::scoped_lock guard(cluster_.lease_mutex);
    return std::exchange(cluster_.lease, nullptr);
  }();
}

std::stop_token ApplicationLock::lost() {
  const std::shared_ptr<Lease> lease = cluster_.held_lease();
  return lease ? lease->lost() : std::stop_token();
}

std::string ApplicationLock::taken_by() {
  const std::shared_ptr<Lease> lease = cluster_.held_lease();
  return lease ? lease->taken_by() : std::string();
}

Result<void> ApplicationLock::confirm(const std::stop_token& stop) {
  const std::shared_ptr<Lease> lease = cluster_.held_lease();
  return lease ? lease->confirm(stop) : Result<void>();
}

void ApplicationLock::say_commit(const std::string& commit) {
  if (const std::shared_ptr<Lease> lease = cluster_.held_lease()) lease->about(commit);
}

void ApplicationLock::say_progress(const std::string& done) {
  if (const std::shared_ptr<Lease> lease = cluster_.held_lease()) lease->progress(done);
}

Result<std::optional<LockSeen>> ApplicationLock::holder(std::stop_token stop) {
  return see_lock(cluster_.client, cluster_.set.ns, cluster_.set.parent(), stop);
}

Result<bool> ApplicationLock::is_at_work(const LockSeen& seen, std::stop_token stop) {
  return is_alive(cluster_.client, cluster_.clock, cluster_.set.ns, cluster_.set.parent(), seen, stop);
}

Result<void> ApplicationLock::take_away_from(const LockSeen& seen, std::stop_token stop) {
  return break_lock(cluster_.client, cluster_.set.ns, cluster_.set.parent(), seen, stop);
}

}  // namespace cloudflow
