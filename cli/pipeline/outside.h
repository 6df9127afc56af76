// The two systems of an application, as one run talks to them.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/pipeline/pending.h"
#include "cloudflow/provider.h"
#include "planner/project/project.h"
#include "planner/settings/effective_config.h"
#include "planner/source/source_tree.h"
#include "providers/kafka/kafka_provider.h"
#include "providers/kubernetes/cluster/cluster.h"
#include "providers/kubernetes/kubernetes_provider.h"

namespace cloudflow {

/// For so long another run is waited for, if nothing else is said: a dead one loses the lock in that time.
inline constexpr std::chrono::seconds lock_patience = lock_duration + std::chrono::seconds(15);

class Outside;
/// The way to the systems, or why there is none, which matters only where they are needed.
using Access = Result<std::unique_ptr<Outside>>;

/// Which application is looked for where.
struct Target {
  std::string application{};
  KubernetesSettings kubernetes{};
  bool adopts = false;  ///< objects that Cloudflow 2's operator made for this application are taken over
};

/// Kubernetes from the start, Kafka once the configuration says where it is. Questions may be on their way to both
/// while there is other work: this is the one owner of their threads. begin_…() asks in the background, and what has
/// not begun is asked when it is needed; mistakes come out then. Everything ends with `stop`.
class Outside {
 public:
  using Say = std::function<void(const std::string&)>;

  /// Reads credentials, and asks nothing yet.
  static Access connect(const Target& target, std::stop_token stop);
  Outside(std::unique_ptr<KubernetesCluster> cluster, std::stop_token stop);
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

  KubernetesCluster& cluster() { return *cluster_; }
  KubernetesProvider& kubernetes() { return *kubernetes_; }
  /// Null where no Kafka is connected to.
  KafkaProvider* kafka() { return kafka_.get(); }
  std::vector<Provider*> providers();
  /// "kubernetes prod/call-records"
  std::string name() const;

  /// Opens clients for the Kafka clusters in use, unless that is done.
  Result<void> connect_kafka(const EffectiveConfig& config, const Environment& environment);
  void begin_cluster_ids();
  /// Kafka's ids of clusters, by the names of the environment; may know more after each answer of Kafka.
  Result<std::map<std::string, std::string>> cluster_ids();
  /// Those that were asked for.
  const std::map<std::string, std::string>& known_cluster_ids() const { return cluster_ids_; }

  /// The record of the application, with the lists that it names, and the revision of the source, if there is a tree.
  void begin_reading(const SourceTree* tree);
  /// Lists what is desired before the record is known.
  void read_early(std::span<const Resource> desired);
  Result<Inventory> record();
  Result<Revision> revision(const SourceTree* tree);
  /// Forgets all that was read: it may be old.
  void forget_readings();

  /// Takes the application's lock, and says for whom it waits. Succeeds also where the namespace does not exist, in
  /// which the lock would be: then has_lock() is false.
  Result<void> lock(std::chrono::milliseconds patience, const Say& say);
  /// Whether the lock was had, whatever became of it since. It was not where there was no namespace: what is there by
  /// now is another run's.
  bool has_lock() const { return cluster_->lock().lost().stop_possible(); }
  /// lock() while the next questions are asked already.
  void begin_locking(std::chrono::milliseconds patience, Say say);
  /// Waits for what begin_locking() began. Whether what was read meanwhile may be old: another run was waited for, or
  /// has written the record since.
  Result<bool> settle_lock();

  void look_for_other_run();
  /// What that found; nothing where nobody is at work, or it cannot be seen.
  std::optional<LockSeen> other_run();

 private:
  /// What a first try to take the lock came to.
  struct LockTry {
    Result<void> result{};
    std::vector<std::string> said{};       ///< in order
    Result<std::string> record_version{};  ///< of the record as it was once the lock was ours
  };

  std::stop_token stop_;
  std::unique_ptr<KubernetesCluster> cluster_;
  std::unique_ptr<KubernetesProvider> kubernetes_;
  std::unique_ptr<KafkaProvider> kafka_{};
  std::map<std::string, std::string> cluster_ids_{};
  std::optional<Inventory> record_{};
  std::chrono::milliseconds patience_{0};
  Say say_{};
  // They use what is above, so they end first.
  Pending<Result<Revision>> asked_revision_{};
  Pending<Result<Inventory>> asked_record_{};
  Pending<Result<std::map<std::string, std::string>>> asked_cluster_ids_{};
  Pending<Result<std::optional<LockSeen>>> asked_other_run_{};
  Pending<LockTry> locking_{};
};

}  // namespace cloudflow
