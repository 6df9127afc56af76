// A Kubernetes API server as one user sees it, for one application: its lock, its record, and what the provider and
// the questions of this folder stand on.
#pragma once

#include <memory>
#include <string>

#include "cloudflow/result.h"
#include "providers/kubernetes/cluster/application_history.h"
#include "providers/kubernetes/cluster/application_lock.h"
#include "providers/kubernetes/cluster/application_record.h"
#include "sdk/support/clock.h"

namespace cloudflow {

/// Which cluster, as whom, and for which application.
struct KubernetesOptions {
  std::string kubeconfig{};   ///< path list as in KUBECONFIG; empty: in-cluster credentials
  std::string context{};      ///< empty: the current one
  std::string as{};           ///< user to impersonate; empty: none
  std::string ns{};           ///< the application's namespace
  std::string application{};  ///< id; owner of everything that is read and written
  std::string version{};      ///< of this program, for the inventory's tooling annotation
  bool adopt = false;         ///< Cloudflow 2's objects of the application of the same name are taken over
};

class KubernetesCluster {
 public:
  /// Loads credentials; does not talk to the cluster yet.
  static Result<std::unique_ptr<KubernetesCluster>> open(const KubernetesOptions& options, Clock& clock);
  ~KubernetesCluster();
  KubernetesCluster(const KubernetesCluster&) = delete;
  KubernetesCluster& operator=(const KubernetesCluster&) = delete;

  const std::string& context() const;  ///< the context in use, for headings
  const std::string& ns() const;       ///< the application's namespace
  /// So many calls will soon be made at once: where the server is far away, connections are opened for them.
  void expect(int calls);
  ApplicationLock lock() { return ApplicationLock(*state_); }
  ApplicationRecord record() { return ApplicationRecord(*state_); }
  ApplicationHistory history() { return ApplicationHistory(*state_); }
  /// For the sources of this module.
  ClusterState& state() { return *state_; }

 private:
  explicit KubernetesCluster(std::unique_ptr<ClusterState> state);
  std::unique_ptr<ClusterState> state_;
};

}  // namespace cloudflow
