// Questions to a cluster that is being restarted are asked again.
#include "providers/kafka/admin/patient_admin.h"

#include <algorithm>

#include "sdk/support/outage.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::milliseconds patience = 60s;
/// A coordinator loads, or a leader is elected, in a few seconds; a partition that has lost its only replica never is.
constexpr std::chrono::milliseconds item_patience = 15s;
constexpr std::chrono::milliseconds first_pause = 100ms;
constexpr std::chrono::milliseconds longest_pause = 2s;

bool may_pass(const Error& error) { return error.kind == ErrorKind::unavailable; }

/// What of an answer is still to come; null when nothing is.
template <class T>
const Error* missing_item(const Result<T>&) {
  return nullptr;
}
template <class T>
const Error* missing_item(const KafkaAdmin::PerItem<T>& answer) {
  const auto found = std::ranges::find_if(*answer, [](const auto& one) { return !one && may_pass(one.error()); });
  return found == answer->end() ? nullptr : &found->error();
}

}  // namespace

template <class Ask>
auto PatientAdmin::patiently(const std::stop_token& stop, const Ask& ask) {
  const auto begun = clock_.now();
  for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
    auto answer = ask();
    if (answer) {
      has_answered_ = true;
      outage::over("kafka");
    }
    const Error* trouble = answer ? missing_item(answer) : may_pass(answer.error()) ? &answer.error() : nullptr;
    if (trouble == nullptr || !has_answered_ || stop.stop_requested()) return answer;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        begun + (answer ? item_patience : patience) - clock_.now());
    if (left <= pause) return answer;
    outage::say("kafka", trouble->message, left);
    clock_.sleep(pause, stop);
  }
}

Result<ClusterInfo> PatientAdmin::cluster(std::stop_token stop) {
  return patiently(stop, [&] { return admin_->cluster(stop); });
}

KafkaAdmin::PerItem<TopicInfo> PatientAdmin::describe_topics(std::span<const std::string> names,
                                                             std::optional<int> broker, std::stop_token stop) {
  if (broker) return admin_->describe_topics(names, broker, stop);
  return patiently(stop, [&] { return admin_->describe_topics(names, broker, stop); });
}

KafkaAdmin::PerItem<std::vector<ConfigEntry>> PatientAdmin::describe_configs(std::span<const std::string> topics,
                                                                             std::stop_token stop) {
  return patiently(stop, [&] { return admin_->describe_configs(topics, stop); });
}

KafkaAdmin::PerItem<void> PatientAdmin::create_topics(std::span<const NewTopic> topics, Write write,
                                                      std::stop_token stop) {
  if (write == Write::really) return admin_->create_topics(topics, write, stop);
  return patiently(stop, [&] { return admin_->create_topics(topics, write, stop); });
}

KafkaAdmin::PerItem<void> PatientAdmin::alter_configs(std::span<const ConfigAlteration> topics, Write write,
                                                      std::stop_token stop) {
  if (write == Write::really) return admin_->alter_configs(topics, write, stop);
  return patiently(stop, [&] { return admin_->alter_configs(topics, write, stop); });
}

KafkaAdmin::PerItem<void> PatientAdmin::create_partitions(std::span<const MorePartitions> topics, Write write,
                                                          std::stop_token stop) {
  if (write == Write::really) return admin_->create_partitions(topics, write, stop);
  return patiently(stop, [&] { return admin_->create_partitions(topics, write, stop); });
}

KafkaAdmin::PerItem<void> PatientAdmin::delete_topics(std::span<const std::string> names, std::stop_token stop) {
  return admin_->delete_topics(names, std::move(stop));
}

Result<std::vector<ConfigEntry>> PatientAdmin::broker_configs(int broker, std::stop_token stop) {
  return admin_->broker_configs(broker, std::move(stop));
}

Result<std::vector<GroupListing>> PatientAdmin::groups(std::stop_token stop) {
  return patiently(stop, [&] { return admin_->groups(stop); });
}

KafkaAdmin::PerItem<GroupInfo> PatientAdmin::describe_groups(std::span<const std::string> groups,
                                                             std::stop_token stop) {
  return patiently(stop, [&] { return admin_->describe_groups(groups, stop); });
}

KafkaAdmin::PerItem<std::map<TopicPartition, long long>> PatientAdmin::committed(std::span<const std::string> groups,
                                                                                 std::stop_token stop) {
  return patiently(stop, [&] { return admin_->committed(groups, stop); });
}

KafkaAdmin::PerItem<long long> PatientAdmin::offsets(std::span<const TopicPartition> partitions, OffsetSpec spec,
                                                     std::stop_token stop) {
  return admin_->offsets(partitions, spec, std::move(stop));
}

KafkaAdmin::PerItem<long long> PatientAdmin::offsets_since(std::span<const TopicPartition> partitions, long long since,
                                                           std::stop_token stop) {
  return admin_->offsets_since(partitions, since, std::move(stop));
}

}  // namespace cloudflow
