// Provider that stops managing what an application made in Kubernetes, and leaves all of it as it is.
#pragma once

#include "cloudflow/provider.h"
#include "providers/kubernetes/cluster/cluster.h"
#include "providers/kubernetes/kubernetes_provider.h"

namespace cloudflow {

/// Its changes take the mark of the application away, one object each. Done again it finds only what still has it.
class ForgettingProvider final : public Provider {
 public:
  /// Both have to outlive it.
  ForgettingProvider(KubernetesCluster& cluster, KubernetesProvider& kubernetes)
      : cluster_(cluster), kubernetes_(kubernetes) {}

  std::string_view name() const override { return "kubernetes"; }

  /// All that carries the mark; nothing is desired.
  Result<std::vector<Live>> read(std::span<const Resource> desired, const Inventory& inventory,
                                 std::stop_token stop) override;
  Result<Change> compare(const Resource* desired, const Live* live) const override;
  Result<std::vector<Error>> verify(std::span<Change> changes, std::stop_token stop) override;
  Result<void> apply(const Change& change, std::stop_token stop) override;
  /// Nothing runs otherwise than before, so nothing is waited for.
  Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token stop) override;

 private:
  Result<void> unmark(const Change& change, bool dry_run, const std::stop_token& stop);

  KubernetesCluster& cluster_;
  KubernetesProvider& kubernetes_;
};

}  // namespace cloudflow
