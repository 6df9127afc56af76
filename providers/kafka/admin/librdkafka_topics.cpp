// Topics and their configuration as they are.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "providers/kafka/admin/librdkafka_admin.h"
#include "providers/kafka/admin/librdkafka_batch.h"
#include "sdk/support/handle.h"

namespace cloudflow {
namespace {

using namespace std::chrono_literals;
using TopicCollection = Handle<rd_kafka_TopicCollection_t, rd_kafka_TopicCollection_destroy>;
using ConfigResource = Handle<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;

constexpr auto broker_deadline = 1500ms;

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

}  // namespace

KafkaAdmin::PerItem<TopicInfo> LibrdkafkaAdmin::describe_topics(std::span<const std::string> names,
                                                                std::optional<int> broker, std::stop_token stop) {
  if (names.empty()) return std::vector<Result<TopicInfo>>{};
  CF_CHECK(refuse_empty_names(names));
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
  CF_CHECK(refuse_empty_names(topics));
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

Result<std::vector<ConfigEntry>> LibrdkafkaAdmin::broker_configs(int broker, std::stop_token stop) {
  const CallOptions options{.doing = fmt::format("describe configs of broker {}", broker),
                            .operation = RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
                            .deadline = 8s,
                            .broker = {}};
  CF_TRY(const std::vector<Event> events,
         call(
             options, 1,
             [&](std::size_t, const rd_kafka_AdminOptions_t* admin_options, rd_kafka_queue_t* queue) {
               const ConfigResource resource(
                   rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, fmt::format("{}", broker).c_str()));
               rd_kafka_ConfigResource_t* one = resource.get();
               rd_kafka_DescribeConfigs(client_.get(), &one, 1, admin_options, queue);
             },
             stop));
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** resources =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(events.front().get()), &count);
  if (count == 0) return failure(ErrorKind::unavailable, place(options.doing + ": the answer is empty"));
  if (const auto code = rd_kafka_ConfigResource_error(resources[0]); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return std::unexpected(
        broker_error(place(options.doing), code, rd_kafka_ConfigResource_error_string(resources[0])));
  std::size_t entries = 0;
  const rd_kafka_ConfigEntry_t** configs = rd_kafka_ConfigResource_configs(resources[0], &entries);
  std::vector<ConfigEntry> out;
  for (std::size_t e = 0; e < entries; ++e) out.push_back(config_entry(configs[e]));
  return out;
}

}  // namespace cloudflow
