// Changelogs over librdkafka.
#include "sdk/streamlet/changelog.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>

#include "sdk/streamlet/free.h"
#include "sdk/streamlet/log.h"

namespace cloudflow::streamlet {
namespace {

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Free<rd_kafka_NewTopic_destroy>>;
using Options = std::unique_ptr<rd_kafka_AdminOptions_t, Free<rd_kafka_AdminOptions_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Free<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Free<rd_kafka_event_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Free<rd_kafka_topic_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, Free<rd_kafka_topic_partition_list_destroy>>;
using RecordHandle = std::unique_ptr<rd_kafka_message_t, Free<rd_kafka_message_destroy>>;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Free<rd_kafka_metadata_destroy>>;

constexpr int patience = 10'000;  ///< milliseconds, for an answer
constexpr int moment = 100;
constexpr std::size_t most_at_once = 4 << 20;  ///< bytes of changes in memory while a store is restored

/// What the brokers say of a request for a topic; with a text where there is one.
struct Answer {
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string text{};
};

Answer create(rd_kafka_t* client, const std::string& topic, int partitions) {
  std::array<char, 512> reason{};
  const NewTopic wanted(rd_kafka_NewTopic_new(topic.c_str(), partitions, -1, reason.data(), reason.size()));
  if (!wanted) return {RD_KAFKA_RESP_ERR__INVALID_ARG, reason.data()};
  rd_kafka_NewTopic_set_config(wanted.get(), "cleanup.policy", "compact");
  const Options options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), patience, reason.data(), reason.size());
  const Queue queue(rd_kafka_queue_new(client));
  rd_kafka_NewTopic_t* all = wanted.get();
  rd_kafka_CreateTopics(client, &all, 1, options.get(), queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), patience * 2));
  if (!event) return {RD_KAFKA_RESP_ERR__TIMED_OUT, "no answer"};
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return {code, rd_kafka_event_error_string(event.get())};
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count == 0) return {};
  const char* said = rd_kafka_topic_result_error_string(results[0]);
  return {rd_kafka_topic_result_error(results[0]), said == nullptr ? "" : said};
}

/// librdkafka's mock cluster, as in the sandbox, makes no topics by request, but any that it is asked for.
bool is_mock(rd_kafka_t* client) {
  struct FreeText {
    void operator()(char* text) const { rd_kafka_mem_free(nullptr, text); }
  };
  const std::unique_ptr<char, FreeText> id(rd_kafka_clusterid(client, patience));
  return id && std::string_view(id.get()).starts_with("mockCluster");
}

}  // namespace

Result<int> partition_count(const Client& client, const std::string& topic) {
  const TopicHandle handle(rd_kafka_topic_new(client.handle(), topic.c_str(), nullptr));
  const rd_kafka_metadata_t* got = nullptr;
  const auto code = rd_kafka_metadata(client.handle(), 0, handle.get(), &got, patience);
  const Metadata answer(got);
  const auto said = code != RD_KAFKA_RESP_ERR_NO_ERROR || answer->topic_cnt == 0 ? code : answer->topics[0].err;
  if (said == RD_KAFKA_RESP_ERR_NO_ERROR) return answer->topics[0].partition_cnt;
  const bool is_there = said != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && said != RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
  return failure(is_there ? ErrorKind::unavailable : ErrorKind::not_found,
                 client.place(fmt::format("topic {}: {}", topic, rd_kafka_err2str(said))));
}

Result<void> Changelog::make(Producer& producer, int partitions,
                             const std::function<bool(std::chrono::milliseconds)>& wait) const {
  Result<int> count = partition_count(producer, topic_);
  if (!count && count.error().kind == ErrorKind::not_found && is_mock(producer.handle())) {
    CF_TRY(const auto consumer, Consumer::open_alone(fmt::format("changelog {}", topic_), cluster_, true));
    count = partition_count(*consumer, topic_);
  } else if (!count && count.error().kind == ErrorKind::not_found) {
    const Answer answer = create(producer.handle(), topic_, partitions);
    if (answer.code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      log::info(fmt::format("made the topic {} with {} partitions", topic_, partitions));
    } else if (answer.code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {  // another process was faster
      return failure(
          ErrorKind::denied,
          producer.place(fmt::format("the topic {} of a store's changes is not there, and cannot be made: {}", topic_,
                                     answer.text)),
          fmt::format("make it with {} partitions and cleanup.policy=compact", partitions));
    }
    CF_CHECK(producer.check_topic(topic_, wait));
    count = partition_count(producer, topic_);
  }
  if (!count) return std::unexpected(count.error());
  if (*count >= partitions) return {};
  return failure(ErrorKind::invalid_input,
                 producer.place(fmt::format("the topic {} of a store's changes has {} partitions, and the inlet's {}",
                                            topic_, *count, partitions)),
                 "keys have moved to other partitions: delete it, and read the inlet's topic anew");
}

Result<Changelog::Extent> Changelog::extent(const Producer& producer, int partition, const GoOn& go_on) const {
  while (true) {
    Extent out;
    const auto code =
        rd_kafka_query_watermark_offsets(producer.handle(), topic_.c_str(), partition, &out.first, &out.end, patience);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return out;
    if (!go_on()) return failure(ErrorKind::interrupted, "stopped before the end of a changelog was known");
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
      return failure(ErrorKind::denied, producer.place(fmt::format("topic {}: {}", topic_, rd_kafka_err2str(code))));
  }
}

Result<bool> Changelog::read(int partition, std::int64_t from, std::int64_t end, const GoOn& go_on,
                             const std::function<void(const Changes& changes, std::int64_t next)>& take) const {
  CF_TRY(const auto consumer, Consumer::open_alone(fmt::format("changelog {}", topic_), cluster_));
  const Partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = from;
  if (const auto code = rd_kafka_assign(consumer->handle(), list.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure(ErrorKind::invalid_input, consumer->place(rd_kafka_err2str(code)));
  Changes changes;
  std::size_t bytes = 0;
  std::int64_t next = from;
  const auto hand_over = [&] {
    take(changes, next);
    changes.clear();
    bytes = 0;
  };
  while (next < end) {
    if (!go_on()) return false;
    consumer->look();
    const RecordHandle record(rd_kafka_consumer_poll(consumer->handle(), moment));
    if (!record) continue;
    if (record->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {  // behind markers of transactions, which are no records
      next = std::max(next, record->offset);
      continue;
    }
    if (record->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (record->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        return failure(ErrorKind::denied, consumer->place(rd_kafka_message_errstr(record.get())));
      continue;  // it goes on by itself
    }
    next = record->offset + 1;
    std::string key(static_cast<const char*>(record->key), record->key == nullptr ? 0 : record->key_len);
    bytes += key.size() + record->len;
    changes[std::move(key)] =
        record->payload == nullptr
            ? std::nullopt
            : std::optional<std::string>(std::in_place, static_cast<const char*>(record->payload), record->len);
    if (bytes > most_at_once) hand_over();
  }
  hand_over();
  return true;
}

}  // namespace cloudflow::streamlet
