// Topics are created, changed, grown and deleted.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "providers/kafka/admin/librdkafka_batch.h"
#include "sdk/support/handle.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;
using ConfigResource = Handle<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;
using NewTopicHandle = Handle<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using NewPartitions = Handle<rd_kafka_NewPartitions_t, rd_kafka_NewPartitions_destroy>;
using DeleteTopic = Handle<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy>;

constexpr auto write_deadline = 30s;

/// `moved` is the code by which the brokers say that the topic is not any more what the request was made for.
void read_topic_results(const rd_kafka_topic_result_t** results, std::size_t count, std::string_view doing,
                        Answers<void>& answers, rd_kafka_resp_err_t moved = RD_KAFKA_RESP_ERR_NO_ERROR) {
  for (std::size_t i = 0; i < count; ++i) {
    const char* name = rd_kafka_topic_result_name(results[i]);
    const auto code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      answers.set(name, {});
    } else {
      Error error = broker_error(about(doing, name), code, rd_kafka_topic_result_error_string(results[i]));
      if (code == moved) error.kind = ErrorKind::conflict;
      answers.set(name, std::unexpected(std::move(error)));
    }
  }
}

}  // namespace

KafkaAdmin::PerItem<void> LibrdkafkaAdmin::create_topics(std::span<const NewTopic> topics, Write write,
                                                         std::stop_token stop) {
  if (topics.empty()) return std::vector<Result<void>>{};
  CF_CHECK(refuse_empty_names(topics, &NewTopic::name));
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
  CF_CHECK(refuse_empty_names(topics, &ConfigAlteration::topic));
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
  CF_CHECK(refuse_empty_names(topics, &MorePartitions::topic));
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
    read_topic_results(results, count, "create partitions of", answers, RD_KAFKA_RESP_ERR_INVALID_PARTITIONS);
  }
  return answers.take();
}

KafkaAdmin::PerItem<void> LibrdkafkaAdmin::delete_topics(std::span<const std::string> names, std::stop_token stop) {
  if (names.empty()) return std::vector<Result<void>>{};
  CF_CHECK(refuse_empty_names(names));
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
