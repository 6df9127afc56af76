// Reads the records of a topic with librdkafka.
#include "providers/sandbox/topic_reader.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "providers/sandbox/kafka_client.h"
#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int patience_ms = 10'000;

std::int64_t offset_of(const ReadFrom& from) {
  switch (from.kind) {
    case ReadFrom::Kind::now:
      break;
    case ReadFrom::Kind::beginning:
      return RD_KAFKA_OFFSET_BEGINNING;
    case ReadFrom::Kind::last:
      return RD_KAFKA_OFFSET_TAIL(from.count);
    case ReadFrom::Kind::since:
      return from.time;
    case ReadFrom::Kind::offset:
      return from.count;
  }
  return RD_KAFKA_OFFSET_END;
}

}  // namespace

struct TopicReader::Handles {
  KafkaClient client{};
  std::string topic{};
};

TopicReader::TopicReader(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
TopicReader::~TopicReader() { rd_kafka_consumer_close(handles_->client.get()); }

Result<std::unique_ptr<TopicReader>> TopicReader::open(const std::string& brokers, const std::string& topic,
                                                       const ReadFrom& from) {
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
        offset_of(from);
  }
  if (from.kind == ReadFrom::Kind::since) {
    // Goes in as a time and comes out as an offset; the end where nothing is as new.
    const rd_kafka_resp_err_t found_out = rd_kafka_offsets_for_times(client, all.get(), patience_ms);
    if (found_out != RD_KAFKA_RESP_ERR_NO_ERROR)
      return failure(ErrorKind::unavailable, fmt::format("the brokers {} do not tell what topic {} had at a time: {}",
                                                         brokers, quote(topic), rd_kafka_err2str(found_out)));
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
