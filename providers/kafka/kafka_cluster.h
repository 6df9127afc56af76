// One Kafka cluster and the work on its topics; the provider has one for each name.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "cloudflow/change.h"
#include "cloudflow/provider.h"
#include "providers/kafka/admin/batcher.h"
#include "providers/kafka/admin/kafka_admin.h"
#include "providers/kafka/admin/topic_use.h"
#include "providers/kafka/kafka_provider.h"
#include "providers/kafka/topic/topic_model.h"

namespace cloudflow {

class KafkaCluster {
 public:
  KafkaCluster(KafkaClusterOptions options, std::shared_ptr<KafkaAdmin> admin, Clock& clock);

  const std::string& name() const { return options_.name; }
  /// Waits out that the cluster is restarted; see PatientAdmin.
  KafkaAdmin& admin() { return *admin_; }
  /// Does not: for what is asked again and again anyway.
  KafkaAdmin& impatient_admin() { return *direct_; }
  /// Every write from here on asks `fence` first. To be called before the first one.
  void guard_writes(Fence fence) { fence_ = std::move(fence); }
  /// Id and live brokers; conflict when the id is not the pinned one.
  Result<ClusterInfo> info(std::stop_token stop) { return info_from(*admin_, std::move(stop)); }
  /// The same without waiting for a cluster that is away.
  Result<ClusterInfo> info_at_once(std::stop_token stop) { return info_from(*direct_, std::move(stop)); }
  bool is_spare() const { return options_.is_spare; }

  struct TopicQuery {
    std::string topic{};
    std::map<std::string, std::string> wanted{};  ///< configuration asked for, whose defaults are of interest
    bool is_desired = true;                       ///< false: what it falls back to is of no interest
  };
  /// Topics and their configuration as they are, in two requests at the same time; nothing for a topic that does not
  /// exist.
  Result<std::vector<Result<std::optional<TopicFacts>>>> facts(std::span<const TopicQuery> queries,
                                                               std::stop_token stop);

  /// A change as it was planned, and what the brokers say against it.
  struct Rejected {
    Change* change = nullptr;
    Error error{};
    /// Whether the topic is not any more what it was when it was read.
    bool has_moved() const { return error.kind == ErrorKind::conflict || error.kind == ErrorKind::not_found; }
  };
  /// Asks the brokers about these changes (all of this cluster) without making them; see Provider::verify. The removal
  /// of a topic that is gone is rejected, too.
  Result<void> verify(std::span<Change*> changes, std::vector<Rejected>& rejections, std::stop_token stop);
  /// See Provider::apply.
  Result<void> apply(const Change& change, std::stop_token stop);
  /// See Provider::unread; of readers that are all on this cluster. Of kind Drain: only what cannot be waited for.
  Result<std::vector<std::vector<Loss>>> unread(std::span<const ResourceId> readers, std::stop_token stop);
  /// See KafkaProvider::expect_end_of.
  void expect_end_of(std::string groups) { ending_ = std::move(groups); }
  /// Topic → Kafka's id of it, of those of `topics` that exist.
  Result<std::map<std::string, std::string>> topic_ids(const std::vector<std::string>& topics, std::stop_token stop);
  /// Whether no record was ever written to a topic; false where that cannot be seen.
  bool is_untouched(const std::string& topic, int partitions, const std::stop_token& stop);
  /// Whether a topic that apply() was to create was there already, so that somebody else has made it.
  bool was_there(const std::string& topic);
  /// One answer per topic.
  Result<std::vector<Readiness>> readiness(const std::vector<std::string>& topics, std::stop_token stop);

 private:
  Result<void> may_write(const std::stop_token& stop) const { return fence_ ? fence_(stop) : Result<void>(); }
  /// What was written and may not have reached every broker.
  struct Expected {
    bool gone = false;
    int partitions = 0;
  };
  Result<ClusterInfo> info_from(KafkaAdmin& admin, std::stop_token stop);
  Result<void> create(const Change& change, std::stop_token stop);
  Result<void> update(const Change& change, std::stop_token stop);
  Result<void> remove(const Change& change, std::stop_token stop);
  Result<void> check(const Change& change, std::stop_token stop);
  Result<std::optional<Live>> live(const ResourceId& id, const Json& spec, std::stop_token stop);
  /// What a change comes to whose topic the brokers do not know: that it is gone, or else what they said.
  Result<void> gone_since(const Change& change, const Result<void>& refused, const std::stop_token& stop);
  /// Reads until nothing is left to do for `desired`; `last` is what a write answered.
  Result<void> confirm(const Change& change, const Result<void>& last, std::stop_token stop);
  /// Completes what overridden settings fall back to: from other topics, else from the brokers.
  void add_fallbacks(std::span<const TopicQuery> queries, std::vector<Result<std::vector<ConfigEntry>>>& configs,
                     std::stop_token stop);
  /// What all brokers agree on; nothing where they may not be asked.
  std::map<std::string, std::string> broker_defaults(const std::set<std::string>& keys, std::stop_token stop);
  /// Adds to a change that cuts what a topic keeps how many records are past the new limits, and who has not read them.
  void count_what_goes(std::span<Change* const> changes, std::stop_token stop);
  void expect(const std::string& topic, Expected expected);
  /// info() without patience, or what it gave not long ago: readiness is asked often, and one broker that hangs must
  /// not hide the others.
  Result<ClusterInfo> members(std::stop_token stop);

  /// Who uses a topic that is to be deleted; those that are coming to an end are given time for it.
  Result<TopicUse> last_use(const std::string& topic, int partitions, const std::stop_token& stop);

  KafkaClusterOptions options_{};
  std::string ending_{};  ///< how names of groups begin that come to an end with this apply; empty: of none
  std::shared_ptr<KafkaAdmin> direct_{};
  std::shared_ptr<KafkaAdmin> admin_{};  ///< direct_, with patience
  Fence fence_{};
  Clock& clock_;
  Batcher<TopicQuery, std::optional<TopicFacts>> reading_;
  Batcher<NewTopic, std::monostate> creating_;
  Batcher<ConfigAlteration, std::monostate> altering_;
  Batcher<MorePartitions, std::monostate> growing_;
  Batcher<std::string, std::monostate> deleting_;
  Batcher<TopicSize, TopicUse> using_;
  std::mutex mutex_{};
  std::map<std::string, Expected> expected_{};
  std::set<std::string> tried_{};  ///< to be created
  std::set<std::string> were_there_{};
  std::optional<ClusterInfo> known_{};  ///< what info() last gave
  std::chrono::steady_clock::time_point known_at_{};
};

/// See KafkaProvider::topics and KafkaProvider::lag.
Result<std::vector<TopicStatus>> topic_status(KafkaCluster& cluster, const std::vector<std::string>& topics,
                                              std::stop_token stop);
Result<std::vector<GroupLag>> group_lag(KafkaCluster& cluster,
                                        const std::map<std::string, std::vector<std::string>>& groups,
                                        std::stop_token stop);

}  // namespace cloudflow
