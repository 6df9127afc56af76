// A provider with the cluster that it stands on.
#pragma once

#include <catch2/catch_all.hpp>

#include <memory>
#include <utility>

#include "providers/kubernetes/kubernetes_provider.h"

namespace cloudflow::testing {

struct OpenedCluster {
  std::unique_ptr<KubernetesCluster> cluster{};
  std::unique_ptr<KubernetesProvider> provider{};

  ApplicationLock lock() const { return cluster->lock(); }
  ApplicationRecord record() const { return cluster->record(); }
  KubernetesProvider* operator->() const { return provider.get(); }
  KubernetesProvider& operator*() const { return *provider; }
};

inline OpenedCluster open_cluster(const KubernetesOptions& options, Clock& clock) {
  auto cluster = KubernetesCluster::open(options, clock);
  INFO((cluster ? "" : cluster.error().message));
  REQUIRE(cluster.has_value());
  OpenedCluster out{.cluster = *std::move(cluster)};
  out.provider = std::make_unique<KubernetesProvider>(*out.cluster);
  return out;
}

}  // namespace cloudflow::testing
