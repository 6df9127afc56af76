// How many records topics have, by librdkafka.
#include "providers/sandbox/flow_meter.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <vector>

#include "sdk/support/handle.h"

namespace cloudflow {
namespace {

constexpr int patience_ms = 1'000;
/// What is asked for without any group's offsets.
constexpr const char* no_group = "cloudflow-sandbox-meter";

using Partitions = Handle<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;

struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

auto unanswered(const std::string& brokers, rd_kafka_resp_err_t why) {
  return failure(ErrorKind::unavailable,
                 fmt::format("the brokers {} do not answer: {}", brokers, rd_kafka_err2str(why)));
}

/// How many of the records in these ranges, one for each partition, the group of the client has not read.
Result<std::int64_t> lag_of(rd_kafka_s* client, const std::string& brokers, const std::string& topic,
                            const std::vector<Range>& ranges) {
  const Partitions asked(rd_kafka_topic_partition_list_new(static_cast<int>(ranges.size())));
  for (std::size_t i = 0; i < ranges.size(); ++i)
    rd_kafka_topic_partition_list_add(asked.get(), topic.c_str(), static_cast<int>(i));
  if (const rd_kafka_resp_err_t why = rd_kafka_committed(client, asked.get(), patience_ms);
      why != RD_KAFKA_RESP_ERR_NO_ERROR)
    return unanswered(brokers, why);
  std::int64_t out = 0;
  for (int i = 0; i < asked->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = asked->elems[i];
    const Range& range = ranges[static_cast<std::size_t>(one.partition)];
    out += std::max<std::int64_t>(0, range.end - std::max(range.begin, one.offset));  // negative: nothing is committed
  }
  return out;
}

}  // namespace

Result<rd_kafka_s*> FlowMeter::client_of(const std::string& group) {
  KafkaClient& client = clients_[group];
  if (client == nullptr) {
    CF_TRY(client, kafka_client(KafkaRole::consumer, {{"bootstrap.servers", brokers_}, {"group.id", group}}));
  }
  return client.get();
}

Result<std::map<std::string, TopicCounts>> FlowMeter::read(const std::map<std::string, std::set<std::string>>& topics) {
  CF_TRY(rd_kafka_s* const client, client_of(no_group));
  std::map<std::string, TopicCounts> out;
  Handle<const struct rd_kafka_metadata, rd_kafka_metadata_destroy> all;
  if (const rd_kafka_resp_err_t why = rd_kafka_metadata(client, 1, nullptr, Out<decltype(all)>(all), patience_ms);
      why != RD_KAFKA_RESP_ERR_NO_ERROR)
    return unanswered(brokers_, why);
  for (int i = 0; i < all->topic_cnt; ++i) {
    const auto wanted = topics.find(all->topics[i].topic);
    if (wanted == topics.end() || all->topics[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    std::vector<Range> ranges(static_cast<std::size_t>(all->topics[i].partition_cnt));
    TopicCounts counts{.partitions = all->topics[i].partition_cnt};
    for (std::size_t partition = 0; partition < ranges.size(); ++partition) {
      Range& range = ranges[partition];
      if (const rd_kafka_resp_err_t why = rd_kafka_query_watermark_offsets(
              client, wanted->first.c_str(), static_cast<int>(partition), &range.begin, &range.end, patience_ms);
          why != RD_KAFKA_RESP_ERR_NO_ERROR)
        return unanswered(brokers_, why);
      counts.written += range.end;
    }
    for (const std::string& group : wanted->second) {
      CF_TRY(rd_kafka_s* const reader, client_of(group));
      CF_TRY(counts.lag[group], lag_of(reader, brokers_, wanted->first, ranges));
    }
    out.emplace(wanted->first, std::move(counts));
  }
  return out;
}

}  // namespace cloudflow
