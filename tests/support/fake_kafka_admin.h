// A Kafka cluster in memory, with switches for what goes wrong.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <mutex>
#include <set>
#include <utility>

#include "providers/kafka/admin/kafka_admin.h"

namespace cloudflow::testing {

/// Set the fields before the calls; `calls` tells what was asked, in order, e.g. "create_topics 3".
class FakeKafkaAdmin final : public KafkaAdmin {
 public:
  struct Topic {
    TopicInfo info{};
    std::map<std::string, std::string> config{};
  };
  struct Group {
    GroupInfo info{};
    std::map<TopicPartition, long long> committed{};
    bool opaque = false;
    std::optional<Error> hidden{};  ///< the answer to whoever looks into it
  };

  std::string id = "cluster-1";
  std::vector<int> brokers{1};
  std::map<std::string, Topic> topics{};
  std::map<std::string, std::string> defaults{{"retention.ms", "604800000"}, {"cleanup.policy", "delete"}};
  std::map<std::string, Group> consumer_groups{};
  std::map<TopicPartition, long long> begins{};
  std::map<TopicPartition, long long> ends{};
  /// Partition → the time of each record after the first offset, for offsets_since().
  std::map<TopicPartition, std::vector<long long>> times{};
  bool shows_all_groups = true;
  /// Broker → its own settings; a broker without an entry may not be asked.
  std::map<int, std::map<std::string, std::string>> broker_settings{};
  /// Keys whose default an overridden topic does not show.
  std::set<std::string> hidden_fallbacks{};
  int default_partitions = 1;
  /// Called before every call; an Error is its answer.
  std::function<std::optional<Error>(const std::string& call)> before_call{};
  /// The write is made, yet its answer is this error ("the answer got lost").
  std::optional<Error> lost_answer{};
  /// Errors of single topics in writes.
  std::map<std::string, Error> rejected{};
  /// Brokers that do not know a topic yet, or do not answer at all.
  std::set<std::pair<int, std::string>> unaware{};
  std::set<int> silent{};
  std::vector<std::string> calls{};

  Topic& add(const std::string& name, int partitions, int replicas = 1,
             std::map<std::string, std::string> config = {}) {
    Topic topic;
    topic.info = {.name = name, .topic_id = fmt::format("id-{}", ++made_)};
    topic.info.partitions.assign(static_cast<std::size_t>(partitions),
                                 {.leader = 1, .replicas = replicas, .in_sync = replicas});
    topic.config = std::move(config);
    return topics.insert_or_assign(name, std::move(topic)).first->second;
  }

  Result<ClusterInfo> cluster(std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    if (auto error = begin("cluster", 1)) return std::unexpected(*error);
    return ClusterInfo{.id = id, .brokers = brokers, .shows_all_groups = shows_all_groups};
  }

  PerItem<TopicInfo> describe_topics(std::span<const std::string> names, std::optional<int> broker,
                                     std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    if (auto error = begin(broker ? fmt::format("describe_topics on {}", *broker) : "describe_topics", names.size()))
      return std::unexpected(*error);
    if (broker && silent.contains(*broker)) return failure(ErrorKind::unavailable, "timed out");
    std::vector<Result<TopicInfo>> out;
    for (const std::string& name : names) {
      const auto found = topics.find(name);
      if (found == topics.end() || (broker && unaware.contains({*broker, name}))) {
        out.emplace_back(failure(ErrorKind::not_found, "unknown topic"));
      } else {
        out.emplace_back(found->second.info);
      }
    }
    return out;
  }

  PerItem<std::vector<ConfigEntry>> describe_configs(std::span<const std::string> names, std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    if (auto error = begin("describe_configs", names.size())) return std::unexpected(*error);
    std::vector<Result<std::vector<ConfigEntry>>> out;
    for (const std::string& name : names) {
      const auto found = topics.find(name);
      if (found == topics.end()) {
        out.emplace_back(failure(ErrorKind::not_found, "unknown topic"));
        continue;
      }
      std::map<std::string, ConfigEntry> entries;
      for (const auto& [key, value] : defaults) entries[key] = {.key = key, .value = value, .fallback = value};
      for (const auto& [key, value] : found->second.config) {
        ConfigEntry& entry = entries[key];
        entry.key = key;
        entry.value = value;
        entry.overridden = true;
        if (hidden_fallbacks.contains(key)) entry.fallback = std::nullopt;
      }
      std::vector<ConfigEntry> list;
      for (auto& [key, entry] : entries) list.push_back(std::move(entry));
      out.emplace_back(std::move(list));
    }
    return out;
  }

  PerItem<void> create_topics(std::span<const NewTopic> wanted, Write write, std::stop_token) override {
    return write_each(
        "create_topics", wanted, write,
        [this](const NewTopic& topic, bool really) -> Result<void> {
          if (topics.contains(topic.name)) return failure(ErrorKind::conflict, "topic exists");
          if (really)
            add(topic.name, topic.partitions < 0 ? default_partitions : topic.partitions,
                topic.replicas < 0 ? 1 : topic.replicas, topic.config);
          return {};
        },
        &NewTopic::name);
  }

  PerItem<void> alter_configs(std::span<const ConfigAlteration> wanted, Write write, std::stop_token) override {
    return write_each(
        "alter_configs", wanted, write,
        [this](const ConfigAlteration& alteration, bool really) -> Result<void> {
          const auto found = topics.find(alteration.topic);
          if (found == topics.end()) return failure(ErrorKind::not_found, "unknown topic");
          if (!really) return {};
          for (const auto& [key, value] : alteration.set) found->second.config[key] = value;
          for (const std::string& key : alteration.unset) found->second.config.erase(key);
          return {};
        },
        &ConfigAlteration::topic);
  }

  PerItem<void> create_partitions(std::span<const MorePartitions> wanted, Write write, std::stop_token) override {
    return write_each(
        "create_partitions", wanted, write,
        [this](const MorePartitions& more, bool really) -> Result<void> {
          const auto found = topics.find(more.topic);
          if (found == topics.end()) return failure(ErrorKind::not_found, "unknown topic");
          auto& partitions = found->second.info.partitions;
          if (std::cmp_greater_equal(partitions.size(), more.total))
            return failure(ErrorKind::conflict, fmt::format("Topic already has {} partition(s)", partitions.size()));
          if (really) partitions.resize(static_cast<std::size_t>(more.total), partitions.front());
          return {};
        },
        &MorePartitions::topic);
  }

  PerItem<void> delete_topics(std::span<const std::string> names, std::stop_token) override {
    struct Named {
      std::string name{};
    };
    std::vector<Named> wanted;
    for (const std::string& name : names) wanted.push_back({name});
    return write_each(
        "delete_topics", std::span<const Named>(wanted), Write::really,
        [this](const Named& one, bool) -> Result<void> {
          if (topics.erase(one.name) == 0) return failure(ErrorKind::not_found, "unknown topic");
          return {};
        },
        &Named::name);
  }

  Result<std::vector<ConfigEntry>> broker_configs(int broker, std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    if (auto error = begin(fmt::format("broker_configs {}", broker), 1)) return std::unexpected(*error);
    const auto found = broker_settings.find(broker);
    if (found == broker_settings.end()) return failure(ErrorKind::denied, "Cluster authorization failed");
    std::vector<ConfigEntry> out;
    for (const auto& [key, value] : found->second) out.push_back({.key = key, .value = value});
    return out;
  }

  Result<std::vector<GroupListing>> groups(std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    if (auto error = begin("groups", 1)) return std::unexpected(*error);
    std::vector<GroupListing> out;
    for (const auto& [name, group] : consumer_groups) out.push_back({.name = name, .opaque = group.opaque});
    return out;
  }

  PerItem<GroupInfo> describe_groups(std::span<const std::string> names, std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    if (auto error = begin("describe_groups", names.size())) return std::unexpected(*error);
    std::vector<Result<GroupInfo>> out;
    for (const std::string& name : names) {
      const auto found = consumer_groups.find(name);
      if (found == consumer_groups.end() || found->second.opaque) {
        out.emplace_back(GroupInfo{.state = "Dead"});
      } else if (found->second.hidden) {
        out.emplace_back(std::unexpected(*found->second.hidden));
      } else {
        out.emplace_back(found->second.info);
      }
    }
    return out;
  }

  PerItem<std::map<TopicPartition, long long>> committed(std::span<const std::string> names, std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    if (auto error = begin("committed", names.size())) return std::unexpected(*error);
    std::vector<Result<std::map<TopicPartition, long long>>> out;
    for (const std::string& name : names) {
      const auto found = consumer_groups.find(name);
      if (found != consumer_groups.end() && found->second.hidden) {
        out.emplace_back(std::unexpected(*found->second.hidden));
      } else {
        out.emplace_back(found == consumer_groups.end() ? std::map<TopicPartition, long long>{}
                                                        : found->second.committed);
      }
    }
    return out;
  }

  PerItem<long long> offsets(std::span<const TopicPartition> partitions, OffsetSpec spec, std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    if (auto error = begin("offsets", partitions.size())) return std::unexpected(*error);
    std::vector<Result<long long>> out;
    for (const TopicPartition& partition : partitions) {
      if (!topics.contains(partition.topic)) {
        out.emplace_back(failure(ErrorKind::not_found, "unknown topic"));
        continue;
      }
      const auto& offsets = spec == OffsetSpec::earliest ? begins : ends;
      const auto found = offsets.find(partition);
      out.emplace_back(found == offsets.end() ? 0 : found->second);
    }
    return out;
  }

  PerItem<long long> offsets_since(std::span<const TopicPartition> partitions, long long since,
                                   std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    if (auto error = begin("offsets_since", partitions.size())) return std::unexpected(*error);
    std::vector<Result<long long>> out;
    for (const TopicPartition& partition : partitions) {
      const auto first = begins.find(partition);
      long long offset = first == begins.end() ? 0 : first->second;
      bool any = false;
      for (const long long time : times[partition]) {
        any = time >= since;
        if (any) break;
        ++offset;
      }
      out.emplace_back(any ? offset : -1);
    }
    return out;
  }

 private:
  std::optional<Error> begin(const std::string& call, std::size_t items) {
    calls.push_back(fmt::format("{} {}", call, items));
    return before_call ? before_call(call) : std::nullopt;
  }

  template <class Item, class Make>
  PerItem<void> write_each(const std::string& call, std::span<const Item> items, Write write, const Make& make,
                           std::string Item::* name) {
    const std::scoped_lock lock(mutex_);
    if (items.empty()) return std::vector<Result<void>>{};
    const bool really = write == Write::really;
    if (auto error = begin(really ? call : fmt::format("validate {}", call), items.size()))
      return std::unexpected(*error);
    std::vector<Result<void>> out;
    for (const Item& item : items) {
      const auto no = rejected.find(item.*name);
      out.push_back(no != rejected.end() ? Result<void>(std::unexpected(no->second)) : make(item, really));
    }
    if (really && lost_answer) return std::unexpected(*std::exchange(lost_answer, std::nullopt));
    return out;
  }

  std::mutex mutex_{};
  int made_ = 0;
};

}  // namespace cloudflow::testing
