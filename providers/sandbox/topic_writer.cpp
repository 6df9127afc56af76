// Writes records to a topic with librdkafka.
#include "providers/sandbox/topic_writer.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "providers/sandbox/kafka_client.h"
#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int patience_ms = 10'000;

}  // namespace

struct TopicWriter::Handles {
  KafkaClient client{};
  Handle<rd_kafka_topic_t, rd_kafka_topic_destroy> topic{};
  Handle<rd_kafka_queue_t, rd_kafka_queue_destroy> events{};
  std::int64_t written = 0;
  rd_kafka_resp_err_t trouble = RD_KAFKA_RESP_ERR_NO_ERROR;  ///< of the first record that was not written

  /// What became of a batch of records.
  void take_answers(int wait_ms) {
    const Handle<rd_kafka_event_t, rd_kafka_event_destroy> event(rd_kafka_queue_poll(events.get(), wait_ms));
    if (!event || rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_DR) return;
    while (const rd_kafka_message_t* one = rd_kafka_event_message_next(event.get())) {
      if (one->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++written;
      } else if (trouble == RD_KAFKA_RESP_ERR_NO_ERROR) {
        trouble = one->err;
      }
    }
  }
};

TopicWriter::TopicWriter(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
TopicWriter::~TopicWriter() = default;

Result<std::unique_ptr<TopicWriter>> TopicWriter::open(const std::string& brokers, const std::string& topic) {
  auto handles = std::make_unique<Handles>();
  CF_TRY(handles->client, kafka_client(KafkaRole::producer, {{"bootstrap.servers", brokers},
                                                             {"partitioner", "murmur2_random"},
                                                             {"message.timeout.ms", std::to_string(patience_ms)}}));
  CF_CHECK(topic_metadata(handles->client.get(), brokers, topic));
  handles->topic.reset(rd_kafka_topic_new(handles->client.get(), topic.c_str(), nullptr));
  handles->events.reset(rd_kafka_queue_get_main(handles->client.get()));
  return std::unique_ptr<TopicWriter>(new TopicWriter(std::move(handles)));
}

Result<void> TopicWriter::write(const std::optional<std::string>& key, const std::optional<std::string>& value) {
  for (;;) {
    handles_->take_answers(0);
    if (handles_->trouble != RD_KAFKA_RESP_ERR_NO_ERROR) break;
    // The client copies both and changes neither.
    const int said =
        rd_kafka_produce(handles_->topic.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                         value ? const_cast<char*>(value->data()) : nullptr,  // NOLINT
                         value ? value->size() : 0, key ? key->data() : nullptr, key ? key->size() : 0, nullptr);
    if (said == 0) return {};
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      handles_->trouble = rd_kafka_last_error();
      break;
    }
    handles_->take_answers(100);
  }
  return failure(ErrorKind::unavailable,
                 fmt::format("a record cannot be written: {}", rd_kafka_err2str(handles_->trouble)));
}

Result<std::int64_t> TopicWriter::finish() {
  while (rd_kafka_outq_len(handles_->client.get()) > 0 && handles_->trouble == RD_KAFKA_RESP_ERR_NO_ERROR)
    handles_->take_answers(100);
  handles_->take_answers(0);
  if (handles_->trouble == RD_KAFKA_RESP_ERR_NO_ERROR) return handles_->written;
  return failure(ErrorKind::unavailable,
                 fmt::format("{} written, the next was not: {}", counted(handles_->written, "record"),
                             rd_kafka_err2str(handles_->trouble)));
}

}  // namespace cloudflow
