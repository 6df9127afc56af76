// Reads the records of a topic with librdkafka.
#include "providers/sandbox/topic_reader.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>

#include "sdk/support/handle.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

constexpr int patience_ms = 10'000;

using Conf = Handle<rd_kafka_conf_t, rd_kafka_conf_destroy>;

Result<Conf> settings_for(const std::string& brokers) {
  Conf out(rd_kafka_conf_new());
  std::array<char, 512> why{};
  // A group has to be named, and is never joined.
  for (const auto& [name, value] : {std::pair<const char*, const char*>{"bootstrap.servers", brokers.c_str()},
                                    {"group.id", "cloudflow-sandbox-tail"},
                                    {"enable.auto.commit", "false"},
                                    {"allow.auto.create.topics", "false"},
                                    {"log_level", "0"}}) {
    if (rd_kafka_conf_set(out.get(), name, value, why.data(), why.size()) != RD_KAFKA_CONF_OK)
      return failure(ErrorKind::invalid_input, fmt::format("{}: {}", name, why.data()));
  }
  return out;
}

}  // namespace

struct TopicReader::Handles {
  Handle<rd_kafka_t, rd_kafka_destroy> client{};
  std::string topic{};
};

TopicReader::TopicReader(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
TopicReader::~TopicReader() { rd_kafka_consumer_close(handles_->client.get()); }

Result<std::unique_ptr<TopicReader>> TopicReader::open(const std::string& brokers, const std::string& topic,
                                                       bool from_beginning) {
  CF_TRY(Conf settings, settings_for(brokers));
  std::array<char, 512> why{};
  auto handles = std::make_unique<Handles>();
  handles->topic = topic;
  handles->client.reset(rd_kafka_new(RD_KAFKA_CONSUMER, settings.get(), why.data(), why.size()));
  if (!handles->client)
    return failure(ErrorKind::unsupported, fmt::format("a consumer cannot be made: {}", why.data()));
  static_cast<void>(settings.release());  // the client's by now
  std::unique_ptr<TopicReader> out(new TopicReader(std::move(handles)));
  rd_kafka_t* client = out->handles_->client.get();
  rd_kafka_poll_set_consumer(client);
  const Handle<rd_kafka_topic_t, rd_kafka_topic_destroy> named(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  Handle<const struct rd_kafka_metadata, rd_kafka_metadata_destroy> found;
  const rd_kafka_resp_err_t asked = rd_kafka_metadata(client, 0, named.get(), Out<decltype(found)>(found), patience_ms);
  if (asked != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure(ErrorKind::unavailable,
                   fmt::format("the brokers {} do not answer: {}", brokers, rd_kafka_err2str(asked)));
  if (found->topic_cnt != 1 || found->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR ||
      found->topics[0].partition_cnt == 0)
    return failure(ErrorKind::not_found, fmt::format("there is no topic {} on {}", quote(topic), brokers));
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
