// Reads the records of a topic with librdkafka.
#include "providers/sandbox/topic_reader.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "providers/sandbox/kafka_client.h"
#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {
struct TopicReader::Handles {
  KafkaClient client{};
  std::string topic{};
};

TopicReader::TopicReader(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
TopicReader::~TopicReader() { rd_kafka_consumer_close(handles_->client.get()); }

Result<std::unique_ptr<TopicReader>> TopicReader::open(const std::string& brokers, const std::string& topic,
                                                       bool from_beginning) {
  auto handles = std::make_unique<Handles>();
  handles->topic = topic;
  // A group has to be named, and is never joined.
  CF_TRY(handles->client, kafka_client(KafkaRole::consumer, {{"bootstrap.servers", brokers},
                                                             {"group.id", "cloudflow-sandbox-tail"},
                                                             {"enable.auto.commit", "false"}}));
  std::unique_ptr<TopicReader> out(new TopicReader(std::move(handles)));
  rd_kafka_t* client = out->handles_->client.get();
  rd_kafka_poll_set_consumer(client);
  CF_TRY(const KafkaMetadata found, topic_metadata(client, brokers, topic));
  const Handle<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy> all(
      rd_kafka_topic_partition_list_new(found->topics[0].partition_cnt));
  for (int i = 0; i < found->topics[0].partition_cnt; ++i) {
    rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), found->topics[0].partitions[i].id)->offset =
        from_beginning ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
  }
  if (const rd_kafka_resp_err_t taken = rd_kafka_assign(client, all.get()); taken != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure(ErrorKind::unavailable,
                   fmt::format("topic {} cannot be read: {}", quote(topic), rd_kafka_err2str(taken)));
  return out;
}

Result<std::optional<ReadRecord>> TopicReader::next(std::chrono::milliseconds time) {
  const Handle<rd_kafka_message_t, rd_kafka_message_destroy> got(
      rd_kafka_consumer_poll(handles_->client.get(), static_cast<int>(time.count())));
  if (!got) return std::optional<ReadRecord>();
  if (got->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    return failure(ErrorKind::not_found, fmt::format("topic {} is gone", quote(handles_->topic)));
  if (got->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return failure(ErrorKind::unavailable, "the broker has ended");
  if (got->err != RD_KAFKA_RESP_ERR_NO_ERROR) return std::optional<ReadRecord>();  // what the client mends by itself
  const auto text = [](const void* bytes, std::size_t size) {
    return bytes == nullptr ? std::nullopt : std::optional(std::string(static_cast<const char*>(bytes), size));
  };
  rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  return std::optional(ReadRecord{.partition = got->partition,
                                  .offset = got->offset,
                                  .time = rd_kafka_message_timestamp(got.get(), &kind),
                                  .key = text(got->key, got->key_len),
                                  .value = text(got->payload, got->len)});
}

}  // namespace cloudflow
