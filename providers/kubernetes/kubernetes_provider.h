// Provider over the Kubernetes API.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cloudflow/provider.h"
#include "providers/kubernetes/cluster/cluster.h"

namespace cloudflow {

/// A search of read() for what the record does not name: where it is gone, was edited, or lacks kinds of what is there.
struct RecordSearch {
  bool made = false;
  std::vector<std::string> unseen{};  ///< kinds and API groups that could not be looked at, sorted
};

class KubernetesProvider final : public Provider {
 public:
  /// Of the application that the cluster is opened for; which has to outlive it.
  explicit KubernetesProvider(KubernetesCluster& cluster);
  ~KubernetesProvider() override;
  KubernetesProvider(const KubernetesProvider&) = delete;
  KubernetesProvider& operator=(const KubernetesProvider&) = delete;

  std::string_view name() const override { return "kubernetes"; }
  Traits traits(const ResourceId& id) const override;
  std::string headline(const Resource& desired) const override;

  Result<std::vector<Live>> read(std::span<const Resource> desired, const Inventory& inventory,
                                 std::stop_token stop) override;
  Result<Change> compare(const Resource* desired, const Live* live) const override;
  Result<std::vector<Error>> verify(std::span<Change> changes, std::stop_token stop) override;
  Result<void> apply(const Change& change, std::stop_token stop) override;
  Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token stop) override;
  /// How long a replacement waits until what it replaces is gone; two minutes unless told.
  void set_deadline(std::chrono::milliseconds deadline);
  /// What the server warned of while changes were made and had not said of their dry run: "secret/a: …", sorted.
  std::vector<std::string> take_warnings();
  /// Ready when no pod of the application's streamlets runs any more, whatever became of what made them.
  ResourceId all_pods() const;

  /// Begins to list what `inventory` names, in the background; the next read() takes the lists from there.
  void read_ahead(const Inventory& inventory, std::stop_token stop);
  /// Begins, in the background and before the record is known, to list what is desired where nothing else is doing so.
  /// read() takes only lists that are as new as the record. `to_change`: most likely an apply of changes follows.
  void read_early(std::span<const Resource> desired, bool to_change, const std::stop_token& stop);
  void forget_read_ahead();
  /// What the last read() had to look for.
  RecordSearch record_search();

 private:
  struct State;
  /// compare() with the digests of its configuration as this namespace's key makes them.
  Result<Change> compare_keyed(const Resource* desired, const Live* live) const;
  std::unique_ptr<State> state_;
};

}  // namespace cloudflow
