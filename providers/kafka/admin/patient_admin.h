// Questions to a cluster that is being restarted are asked again; writes are the executor's business.
#pragma once

#include <atomic>
#include <memory>

#include "providers/kafka/admin/kafka_admin.h"
#include "sdk/support/clock.h"

namespace cloudflow {

/// Asks again what fails with ErrorKind::unavailable (no connection, no leader, a coordinator that still loads), for up
/// to a minute where the cluster does not answer and for some seconds where it answers, but not for an item. A cluster
/// that has never answered is not waited for: its address may be wrong. Passed on once: writes, and what is asked of
/// one broker or about offsets, which one broker that is away for good must not hold up.
class PatientAdmin final : public KafkaAdmin {
 public:
  PatientAdmin(std::shared_ptr<KafkaAdmin> admin, Clock& clock) : admin_(std::move(admin)), clock_(clock) {}

  Result<ClusterInfo> cluster(std::stop_token stop) override;
  PerItem<TopicInfo> describe_topics(std::span<const std::string> names, std::optional<int> broker,
                                     std::stop_token stop) override;
  PerItem<std::vector<ConfigEntry>> describe_configs(std::span<const std::string> topics,
                                                     std::stop_token stop) override;
  PerItem<void> create_topics(std::span<const NewTopic> topics, Write write, std::stop_token stop) override;
  PerItem<void> alter_configs(std::span<const ConfigAlteration> topics, Write write, std::stop_token stop) override;
  PerItem<void> create_partitions(std::span<const MorePartitions> topics, Write write, std::stop_token stop) override;
  PerItem<void> delete_topics(std::span<const std::string> names, std::stop_token stop) override;
  Result<std::vector<ConfigEntry>> broker_configs(int broker, std::stop_token stop) override;
  Result<std::vector<GroupListing>> groups(std::stop_token stop) override;
  PerItem<GroupInfo> describe_groups(std::span<const std::string> groups, std::stop_token stop) override;
  PerItem<std::map<TopicPartition, long long>> committed(std::span<const std::string> groups,
                                                         std::stop_token stop) override;
  PerItem<long long> offsets(std::span<const TopicPartition> partitions, OffsetSpec spec,
                             std::stop_token stop) override;
  PerItem<long long> offsets_since(std::span<const TopicPartition> partitions, long long since,
                                   std::stop_token stop) override;

 private:
  template <class Ask>
  auto patiently(const std::stop_token& stop, const Ask& ask);

  std::shared_ptr<KafkaAdmin> admin_;
  Clock& clock_;
  std::atomic<bool> has_answered_ = false;
};

}  // namespace cloudflow
