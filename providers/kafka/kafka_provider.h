// Provider over Kafka topics, and what else the cli needs of a Kafka cluster: lag and topic status.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cloudflow/provider.h"
#include "sdk/support/clock.h"
#include "sdk/support/fence.h"
#include "sdk/support/secret.h"

namespace cloudflow {

/// How to reach one Kafka cluster.
struct KafkaClusterOptions {
  std::string name{};  ///< "default" or the blueprint's cluster name
  std::string bootstrap_servers{};
  std::string cluster_id{};                    ///< pin; empty for any
  std::map<std::string, Secret> properties{};  ///< Java client properties of connection-config, dotted names
  std::optional<SourcePos> where{};            ///< where the bootstrap servers are given
  /// Patterns over names of groups that are said to read none of this application's topics (name_pattern.h): such a
  /// group that cannot be looked into holds back no deletion.
  std::vector<std::string> unrelated_groups{};
  /// Nothing that is asked for is on it: it is connected to only when topics are recorded for a cluster that none of
  /// the others is, or when a reader on it is asked for.
  bool is_spare = false;
};

/// One topic as it is, for status.
struct TopicStatus {
  std::string cluster{};
  std::string topic{};
  bool exists = false;
  int partitions = 0;
  int under_replicated = 0;
  int offline = 0;
};

/// A consumer group on a topic, for status.
struct GroupLag {
  std::string group{};
  std::string topic{};
  std::string state{};  ///< "Stable", "Empty" …; "none" when the group does not exist
  int members = 0;
  long long lag = 0;  ///< records not yet read; -1 when no offset is committed
  /// Why state, members or lag are not known; empty when they are. A share group shows nothing, a streams group its
  /// lag.
  std::string unknown{};
};

class KafkaAdmin;

/// A cluster with the client that reaches it.
struct KafkaConnection {
  KafkaClusterOptions options{};
  std::shared_ptr<KafkaAdmin> admin{};  ///< null: made when the cluster is needed
};

class KafkaProvider final : public Provider {
 public:
  /// Prepares clients; does not talk to the brokers yet.
  static Result<std::unique_ptr<KafkaProvider>> open(std::vector<KafkaClusterOptions> clusters, Clock& clock);
  /// The same over clients that are there already.
  static std::unique_ptr<KafkaProvider> over(std::vector<KafkaConnection> connections, Clock& clock);
  ~KafkaProvider() override;
  /// Every write from here on asks `fence` first. To be called before the first one.
  void guard_writes(const Fence& fence);
  KafkaProvider(const KafkaProvider&) = delete;
  KafkaProvider& operator=(const KafkaProvider&) = delete;

  std::string_view name() const override { return "kafka"; }
  Traits traits(const ResourceId& id) const override;
  std::string headline(const Resource& desired) const override;
  Result<std::vector<Live>> read(std::span<const Resource> desired, const Inventory& inventory,
                                 std::stop_token stop) override;
  Result<Change> compare(const Resource* desired, const Live* live) const override;
  Result<std::vector<Error>> verify(std::span<Change> changes, std::stop_token stop) override;
  Result<void> apply(const Change& change, std::stop_token stop) override;
  Result<std::vector<Readiness>> readiness(std::span<const ResourceId> ids, std::stop_token stop) override;
  Result<std::vector<std::vector<Loss>>> unread(std::span<const ResourceId> readers, std::stop_token stop) override;

  /// From now on verify() does not hold against the removal of a topic what groups whose names begin with `groups` have
  /// left to read, nor that it is written to: they are brought to an end before. apply() looks again, gives such
  /// groups a minute to leave, and keeps a topic that is still used.
  void expect_end_of(const std::string& groups);

  /// Cluster id by cluster name, without the spare ones; checks the pin. An error when a cluster cannot be reached.
  Result<std::map<std::string, std::string>> cluster_ids(std::stop_token stop);
  /// The same of the spare ones that read() has looked at, because recorded topics might be there. Asks nothing.
  std::map<std::string, std::string> spare_ids();
  /// Topic → Kafka's own id of it, of those of `topics` that exist.
  Result<std::map<std::string, std::string>> topic_ids(const std::string& cluster,
                                                       const std::vector<std::string>& topics, std::stop_token stop);
  /// Topics that the record names without id, as what an apply was about to make, and that read() has taken for this
  /// application's: nobody has written to them.
  std::vector<ResourceId> confirmed();
  /// Whether a topic that apply() was to create was there already: it is not this application's.
  bool was_there(const ResourceId& topic);
  Result<std::vector<TopicStatus>> topics(const std::string& cluster, const std::vector<std::string>& topics,
                                          std::stop_token stop);
  /// group → topics it reads.
  Result<std::vector<GroupLag>> lag(const std::string& cluster,
                                    const std::map<std::string, std::vector<std::string>>& groups,
                                    std::stop_token stop);

 private:
  struct State;
  explicit KafkaProvider(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cloudflow
