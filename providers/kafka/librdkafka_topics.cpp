// Topics and their configuration: describe, create, alter, grow, delete.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "providers/kafka/librdkafka_admin.h"
#include "sdk/base/handle.h"
#include "sdk/base/text.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;
using TopicCollection = Handle<rd_kafka_TopicCollection_t, rd_kafka_TopicCollection_destroy>;
using ConfigResource = Handle<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;
using NewTopicHandle = Handle<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using NewPartitions = Handle<rd_kafka_NewPartitions_t, rd_kafka_NewPartitions_destroy>;
using DeleteTopic = Handle<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy>;

constexpr std::size_t chunk = 1000;  ///< items in one request
constexpr auto write_deadline = 30s;
constexpr auto broker_deadline = 1500ms;

std::size_t chunks(std::size_t items) { return (items + chunk - 1) / chunk; }

template <class T>
std::span<T> part(std::span<T> items, std::size_t index) {
  return items.subspan(index * chunk, std::min(chunk, items.size() - index * chunk));
}

/// The raw pointers of a list of handles, as the array calls want them.
template <class HandleType>
std::vector<typename HandleType::pointer> raw(const std::vector<HandleType>& handles) {
  std::vector<typename HandleType::pointer> out;
  out.reserve(handles.size());
  for (const HandleType& handle : handles) out.push_back(handle.get());
  return out;
}

/// Where each name is in the answer, whose order is the server's.
template <class T>
class Answers {
 public:
  Answers(std::size_t count, std::string_view doing)
      : values_(count, failure(ErrorKind::unavailable, fmt::format("{}: the broker's answer leaves it out", doing))) {}
  void expect(const std::string& name, std::size_t index) { index_.emplace(name, index); }
  void set(const char* name, Result<T> value) {
    if (const auto found = index_.find(name); found != index_.end()) values_[found->second] = std::move(value);
  }
  std::vector<Result<T>> take() { return std::move(values_); }

 private:
  std::vector<Result<T>> values_;
  std::unordered_map<std::string, std::size_t> index_{};
};

std::string about(std::string_view doing, std::string_view topic) {
  return fmt::format("{} topic {}", doing, quote(topic));
}

TopicInfo topic_info(const rd_kafka_TopicDescription_t* topic) {
  TopicInfo info;
  info.name = rd_kafka_TopicDescription_name(topic);
  info.internal = rd_kafka_TopicDescription_is_internal(topic) != 0;
  if (const rd_kafka_Uuid_t* id = rd_kafka_TopicDescription_topic_id(topic)) {
    if (rd_kafka_Uuid_most_significant_bits(id) != 0 || rd_kafka_Uuid_least_significant_bits(id) != 0)
      info.topic_id = rd_kafka_Uuid_base64str(id);
  }
  std::size_t count = 0;
  const rd_kafka_TopicPartitionInfo_t** partitions = rd_kafka_TopicDescription_partitions(topic, &count);
  for (std::size_t i = 0; i < count; ++i) {
    PartitionInfo partition;
    if (const rd_kafka_Node_t* leader = rd_kafka_TopicPartitionInfo_leader(partitions[i]))
      partition.leader = rd_kafka_Node_id(leader);
    std::size_t nodes = 0;
    rd_kafka_TopicPartitionInfo_replicas(partitions[i], &nodes);
    partition.replicas = static_cast<int>(nodes);
    rd_kafka_TopicPartitionInfo_isr(partitions[i], &nodes);
    partition.in_sync = static_cast<int>(nodes);
    info.partitions.push_back(partition);
  }
  return info;
}

ConfigEntry config_entry(const rd_kafka_ConfigEntry_t* entry) {
  ConfigEntry out;
  out.key = rd_kafka_ConfigEntry_name(entry);
  if (const char* value = rd_kafka_ConfigEntry_value(entry)) out.value = value;
  out.overridden = rd_kafka_ConfigEntry_source(entry) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
  out.read_only = rd_kafka_ConfigEntry_is_read_only(entry) == 1;
  out.sensitive = rd_kafka_ConfigEntry_is_sensitive(entry) == 1;
  if (!out.overridden) {
    out.fallback = out.value;
    return out;
  }
  std::size_t count = 0;
  const rd_kafka_ConfigEntry_t** chain = rd_kafka_ConfigEntry_synonyms(entry, &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (rd_kafka_ConfigEntry_source(chain[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG) continue;
    if (const char* value = rd_kafka_ConfigEntry_value(chain[i])) out.fallback = value;
    break;
  }
  return out;
}

void read_topic_results(const rd_kafka_topic_result_t** results, std::size_t count, std::string_view doing,
                        Answers<void>& answers) {
  for (std::size_t i = 0; i < count; ++i) {
    const char* name = rd_kafka_topic_result_name(results[i]);
    const auto code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      answers.set(name, {});
    } else {
      answers.set(name, std::unexpected(
                            broker_error(about(doing, name), code, rd_kafka_topic_result_error_string(results[i]))));
    }
  }
}

}  // namespace

KafkaAdmin::PerItem<TopicInfo> LibrdkafkaAdmin::describe_topics(std::span<const std::string> names,
                                                                std::optional<int> broker, std::stop_token stop) {
  if (names.empty()) return std::vector<Result<TopicInfo>>{};
  const CallOptions options{.doing = broker ? fmt::format("describe topics on broker {}", *broker) : "describe topics",
                            .operation = RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
                            .deadline = broker ? std::chrono::milliseconds(broker_deadline) : 30s,
                            .broker = broker};
  Answers<TopicInfo> answers(names.size(), options.doing);
  for (std::size_t i = 0; i < names.size(); ++i) answers.expect(names[i], i);
  CF_TRY(const std::vector<Event> events,
         call(
             options, chunks(names.size()),
             [&](std::size_t index, const rd_kafka_AdminOptions_t* admin_options, rd_kafka_queue_t* queue) {
               std::vector<const char*> texts;
               for (const std::string& name : part(names, index)) texts.push_back(name.c_str());
               const TopicCollection topics(rd_kafka_TopicCollection_of_topic_names(texts.data(), texts.size()));
               rd_kafka_DescribeTopics(client_.get(), topics.get(), admin_options, queue);
             },
             stop));
  for (const Event& event : events) {
    std::size_t count = 0;
    const rd_kafka_TopicDescription_t** topics =
        rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event.get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
      const char* name = rd_kafka_TopicDescription_name(topics[i]);
      const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(topics[i]);
      const auto code = rd_kafka_error_code(error);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        answers.set(name, topic_info(topics[i]));
      } else {
        answers.set(name,
                    std::unexpected(broker_error(place(about("describe", name)), code, rd_kafka_error_string(error))));
      }
    }
  }
  return answers.take();
}

KafkaAdmin::PerItem<std::vector<ConfigEntry>> LibrdkafkaAdmin::describe_configs(std::span<const std::string> topics,
                                                                                std::stop_token stop) {
  if (topics.empty()) return std::vector<Result<std::vector<ConfigEntry>>>{};
  const CallOptions options{.doing = "describe configs", .operation = RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, .broker = {}};
  Answers<std::vector<ConfigEntry>> answers(topics.size(), options.doing);
  for (std::size_t i = 0; i < topics.size(); ++i) answers.expect(topics[i], i);
  CF_TRY(const std::vector<Event> events,
         call(
             options, chunks(topics.size()),
             [&](std::size_t index, const rd_kafka_AdminOptions_t* admin_options, rd_kafka_queue_t* queue) {
               std::vector<ConfigResource> resources;
               for (const std::string& topic : part(topics, index))
                 resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
               auto pointers = raw(resources);
               rd_kafka_DescribeConfigs(client_.get(), pointers.data(), pointers.size(), admin_options, queue);
             },
             stop));
  for (const Event& event : events) {
    std::size_t count = 0;
    const rd_kafka_ConfigResource_t** resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
      const char* name = rd_kafka_ConfigResource_name(resources[i]);
      if (const auto code = rd_kafka_ConfigResource_error(resources[i]); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        answers.set(name, std::unexpected(broker_error(place(about("describe configs of", name)), code,
                                                       rd_kafka_ConfigResource_error_string(resources[i]))));
        continue;
      }
      std::size_t entries = 0;
      const rd_kafka_ConfigEntry_t** configs = rd_kafka_ConfigResource_configs(resources[i], &entries);
      std::vector<ConfigEntry> out;
      out.reserve(entries);
      for (std::size_t e = 0; e < entries; ++e) out.push_back(config_entry(configs[e]));
      answers.set(name, std::move(out));
    }
  }
  return answers.take();
}

KafkaAdmin::PerItem<void> LibrdkafkaAdmin::create_topics(std::span<const NewTopic> topics, Write write,
                                                         std::stop_token stop) {
  if (topics.empty()) return std::vector<Result<void>>{};
  const CallOptions options{.doing = "create topics",
                            .operation = RD_KAFKA_ADMIN_OP_CREATETOPICS,
                            .deadline = write_deadline,
                            .write = write == Write::really,
                            .validate_only = write == Write::validate_only,
                            .broker = {}};
  Answers<void> answers(topics.size(), options.doing);
  std::vector<NewTopicHandle> handles;
  std::array<char, 512> reason{};
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const NewTopic& topic = topics[i];
    NewTopicHandle handle(
        rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replicas, reason.data(), reason.size()));
    answers.expect(topic.name, i);
    if (!handle) {
      answers.set(topic.name.c_str(),
                  failure(ErrorKind::invalid_input, about("create", topic.name) + ": " + reason.data()));
      continue;
    }
    for (const auto& [key, value] : topic.config)
      rd_kafka_NewTopic_set_config(handle.get(), key.c_str(), value.c_str());
    handles.push_back(std::move(handle));
  }
  std::vector<rd_kafka_NewTopic_t*> pointers = raw(handles);
  CF_TRY(const std::vector<Event> events,
         call(
             options, chunks(pointers.size()),
             [&](std::size_t index, const rd_kafka_AdminOptions_t* admin_options, rd_kafka_queue_t* queue) {
               const auto mine = part(std::span(pointers), index);
               rd_kafka_CreateTopics(client_.get(), mine.data(), mine.size(), admin_options, queue);
             },
             stop));
  for (const Event& event : events) {
    std::size_t count = 0;
    const rd_kafka_topic_result_t** results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    read_topic_results(results, count, "create", answers);
  }
  return answers.take();
}

KafkaAdmin::PerItem<void> LibrdkafkaAdmin::alter_configs(std::span<const ConfigAlteration> topics, Write write,
                                                         std::stop_token stop) {
  if (topics.empty()) return std::vector<Result<void>>{};
  const CallOptions options{.doing = "alter configs",
                            .operation = RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS,
                            .deadline = write_deadline,
                            .write = write == Write::really,
                            .validate_only = write == Write::validate_only,
                            .broker = {}};
  Answers<void> answers(topics.size(), options.doing);
  std::vector<ConfigResource> handles;
  for (std::size_t i = 0; i < topics.size(); ++i) {
    ConfigResource handle(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topics[i].topic.c_str()));
    const auto add = [&](const std::string& key, rd_kafka_AlterConfigOpType_t type, const char* value) {
      using ErrorHandle = Handle<rd_kafka_error_t, rd_kafka_error_destroy>;
      const ErrorHandle error(rd_kafka_ConfigResource_add_incremental_config(handle.get(), key.c_str(), type, value));
      return !error;
    };
    bool fine = true;
    for (const auto& [key, value] : topics[i].set)
      fine = add(key, RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, value.c_str()) && fine;
    for (const std::string& key : topics[i].unset)
      fine = add(key, RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE, nullptr) && fine;
    if (!fine)
      return failure(ErrorKind::invalid_input, place(about("alter configs of", topics[i].topic) + ": an empty key"));
    answers.expect(topics[i].topic, i);
    handles.push_back(std::move(handle));
  }
  std::vector<rd_kafka_ConfigResource_t*> pointers = raw(handles);
  CF_TRY(const std::vector<Event> events,
         call(
             options, chunks(topics.size()),
             [&](std::size_t index, const rd_kafka_AdminOptions_t* admin_options, rd_kafka_queue_t* queue) {
               const auto mine = part(std::span(pointers), index);
               rd_kafka_IncrementalAlterConfigs(client_.get(), mine.data(), mine.size(), admin_options, queue);
             },
             stop));
  for (const Event& event : events) {
    std::size_t count = 0;
    const rd_kafka_ConfigResource_t** results = rd_kafka_IncrementalAlterConfigs_result_resources(
        rd_kafka_event_IncrementalAlterConfigs_result(event.get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
      const char* name = rd_kafka_ConfigResource_name(results[i]);
      const auto code = rd_kafka_ConfigResource_error(results[i]);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        answers.set(name, {});
      } else {
        answers.set(name, std::unexpected(broker_error(about("alter configs of", name), code,
                                                       rd_kafka_ConfigResource_error_string(results[i]))));
      }
    }
  }
  return answers.take();
}

KafkaAdmin::PerItem<void> LibrdkafkaAdmin::create_partitions(std::span<const MorePartitions> topics, Write write,
                                                             std::stop_token stop) {
  if (topics.empty()) return std::vector<Result<void>>{};
  const CallOptions options{.doing = "create partitions",
                            .operation = RD_KAFKA_ADMIN_OP_CREATEPARTITIONS,
                            .deadline = write_deadline,
                            .write = write == Write::really,
                            .validate_only = write == Write::validate_only,
                            .broker = {}};
  Answers<void> answers(topics.size(), options.doing);
  std::vector<NewPartitions> handles;
  std::array<char, 512> reason{};
  for (std::size_t i = 0; i < topics.size(); ++i) {
    NewPartitions handle(rd_kafka_NewPartitions_new(
        topics[i].topic.c_str(), static_cast<std::size_t>(std::max(topics[i].total, 0)), reason.data(), reason.size()));
    if (!handle)
      return failure(ErrorKind::invalid_input,
                     place(about("create partitions of", topics[i].topic) + ": " + reason.data()));
    answers.expect(topics[i].topic, i);
    handles.push_back(std::move(handle));
  }
  std::vector<rd_kafka_NewPartitions_t*> pointers = raw(handles);
  CF_TRY(const std::vector<Event> events,
         call(
             options, chunks(topics.size()),
             [&](std::size_t index, const rd_kafka_AdminOptions_t* admin_options, rd_kafka_queue_t* queue) {
               const auto mine = part(std::span(pointers), index);
               rd_kafka_CreatePartitions(client_.get(), mine.data(), mine.size(), admin_options, queue);
             },
             stop));
  for (const Event& event : events) {
    std::size_t count = 0;
    const rd_kafka_topic_result_t** results =
        rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event.get()), &count);
    read_topic_results(results, count, "create partitions of", answers);
  }
  return answers.take();
}

KafkaAdmin::PerItem<void> LibrdkafkaAdmin::delete_topics(std::span<const std::string> names, std::stop_token stop) {
  if (names.empty()) return std::vector<Result<void>>{};
  const CallOptions options{.doing = "delete topics",
                            .operation = RD_KAFKA_ADMIN_OP_DELETETOPICS,
                            .deadline = write_deadline,
                            .write = true,
                            .broker = {}};
  Answers<void> answers(names.size(), options.doing);
  std::vector<DeleteTopic> handles;
  for (std::size_t i = 0; i < names.size(); ++i) {
    handles.emplace_back(rd_kafka_DeleteTopic_new(names[i].c_str()));
    answers.expect(names[i], i);
  }
  std::vector<rd_kafka_DeleteTopic_t*> pointers = raw(handles);
  CF_TRY(const std::vector<Event> events,
         call(
             options, chunks(names.size()),
             [&](std::size_t index, const rd_kafka_AdminOptions_t* admin_options, rd_kafka_queue_t* queue) {
               const auto mine = part(std::span(pointers), index);
               rd_kafka_DeleteTopics(client_.get(), mine.data(), mine.size(), admin_options, queue);
             },
             stop));
  for (const Event& event : events) {
    std::size_t count = 0;
    const rd_kafka_topic_result_t** results =
        rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
    read_topic_results(results, count, "delete", answers);
  }
  return answers.take();
}

}  // namespace cloudflow
